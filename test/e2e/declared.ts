import type { EmailServerProfileArgs, MailboxBindingArgs } from "pulumi-server-side-sync";
import type { PulumiProject } from "../support/pulumiProject";

export const success = "Success";
export const notRun = "Not Run";

export type DeclaredProfile = EmailServerProfileArgs & { name: string };
export type DeclaredMailbox = Omit<MailboxBindingArgs, "profile">;
/** What `programs/declared.ts` declares for one mailbox, and what its test is to find. */
export interface Declaration {
  profile: DeclaredProfile;
  mailbox: DeclaredMailbox;
  /** Status of incoming email, outgoing email, and appointments, contacts, and tasks. */
  expected: [string, string, string];
}

/** Keeps a secret in the environment, under a name; the declaration refers to it. */
export type Reference = (name: string, value: string) => { env: string; version: string };

/** Outputs of the binding of a declaration. */
export function outputsOf(stack: PulumiProject, name: string): Record<string, unknown> {
  return stack.resources().find(({ urn }) => urn.endsWith(`MailboxBinding::${name}`))?.outputs ?? {};
}

/** Holds every binding in the state to what its declaration expects. */
export function expectStatuses(stack: PulumiProject, declarations: readonly Declaration[]): void {
  const found = declarations.map(({ profile: { name } }) => {
    const { incomingEmailStatus, outgoingEmailStatus, appointmentsContactsTasksStatus } = outputsOf(stack, name);
    return [name, incomingEmailStatus, outgoingEmailStatus, appointmentsContactsTasksStatus];
  });
  expect(found).toEqual(declarations.map(({ profile: { name }, expected }) => [name, ...expected]));
}
