import type { SandboxAccess } from "../../test/servers/sandbox/sandbox";
import type { Backend } from "./arguments";
import { backendUrl, passphrase } from "./engine";
import { environmentFile } from "./sandboxProcess";

export const stack = "sandbox";

export function say(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

/** What is running on this machine for the show. */
export function opening(version: string, access: SandboxAccess): string {
  const { imapPort, pop3Port, smtpPort, ewsUrl, organization } = access;
  if (organization === undefined)
    return `Pulumi ${version}. Mail servers of the sandbox: IMAP ${imapPort} (TLS), POP3 ${pop3Port} (TLS), SMTP ${smtpPort} (STARTTLS), simulated Exchange Server ${ewsUrl}.`;
  const { url, version: release, username, earlierProfile } = organization;
  return `Pulumi ${version}. A simulated Dynamics 365 organization, on-premises ${release}: ${url}
Sign-in: Windows, as ${username}. Its mailboxes have the profile "${earlierProfile}", and no test has enabled them yet.
Mail servers of the sandbox: POP3 ${pop3Port} (TLS), SMTP ${smtpPort} (STARTTLS), simulated Exchange Server ${ewsUrl}.
IMAP is left out: Dynamics 365 on-premises has POP3 and Exchange only.`;
}

const preview = "The preview judges every combination, before anything is touched and without asking any server:";

export function stepsOn(backend: Backend) {
  return backend === "direct" ? onMailServers : onOrganization;
}

const onMailServers = {
  preview,
  update:
    "The update signs in to every mailbox as Dynamics would, sends it a message, waits for it and takes it away again:",
  again: "A second update finds nothing to do:",
};
const onOrganization = {
  preview,
  update:
    "The update makes each profile a record of the organization, gives it to the mailboxes, which are there already, and has Dynamics test and enable them. It asks every few seconds whether the tests are over:",
  again: "A second update finds nothing to do:",
};
export const givingBack = "The removal gives every mailbox back as it was found, and deletes the profiles:";

/** What the organization has to say beside the outputs of the stack. */
export function toldByOrganization(alerts: readonly string[]): string {
  return `These are the results of Dynamics' own Test & Enable: the organization signed in to the mail servers itself, with the passwords that its mailboxes were given. Its records hold the same statuses, and its alerts say:

${[...alerts]
  .sort()
  .map((alert) => `  ${alert}`)
  .join("\n")}`;
}

export function givenBack({ mailboxes }: { mailboxes: number }): string {
  return `Every mailbox is as it was found: all settings of ${mailboxes} mailboxes, of their queues, of the organization and of its profiles were compared with what was there before, and none differs. Only what Dynamics itself has written stays: the results, dates and marks of its tests.`;
}

export function howToPlay(backend: Backend): string {
  const signIn = backend === "direct" ? "" : `\n  . ${environmentFile}`;
  const what = backend === "direct" ? "Stack and mail servers" : "Stack, organization and mail servers";
  return `${what} are still there. To play with them:

  export PULUMI_BACKEND_URL=${backendUrl} PULUMI_CONFIG_PASSPHRASE=${passphrase}${signIn}
  npm run pulumi -- up --stack ${stack}
  npm run pulumi -- config get quickstart:passwords --stack ${stack}

To remove them: npm start -- --remove`;
}
