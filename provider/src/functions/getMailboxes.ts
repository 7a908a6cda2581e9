import * as pulumi from "@pulumi/pulumi";
import type { MailboxResult } from "../backends/dynamics365/questions/mailboxes";
import type { Organization } from "../resources/organization";
import type { TestStatus } from "../testing/types";
import { profileReference } from "./getEmailServerProfile";
import { ask, invalid, type FunctionOptions } from "./question";

/** Arguments of {@link getMailboxes}: all that are given must hold. */
export interface GetMailboxesArgs {
  /** @default Organization.fromConfig() */
  organization?: Organization;
  /** Mailboxes with this profile, by its name or its id. */
  profile?: { name: string } | { id: string };
  /** @default both */
  state?: "active" | "inactive";
  /** Status of {@link MailboxResult.status}. */
  status?: TestStatus;
}
/** The same with Inputs. */
export interface GetMailboxesOutputArgs {
  /** @default Organization.fromConfig() */
  organization?: Organization;
  profile?: { name: pulumi.Input<string> } | { id: pulumi.Input<string> };
  state?: "active" | "inactive";
  status?: TestStatus;
}

const states: readonly unknown[] = ["active", "inactive", undefined];
const statuses: readonly unknown[] = ["Not Run", "Success", "Failure", undefined];

/**
 * Lists the mailboxes of the organization in the order of their names. None is an empty list, a profile that does not
 * exist is an error.
 *
 * @example Mailboxes whose last Test & Enable failed.
 * ```ts
 * const failing = await getMailboxes({ state: "active", status: "Failure" });
 * ```
 * @throws ServerSideSyncError `record-not-found` and `record-ambiguous` about the profile, ...
 */
export async function getMailboxes(
  args: GetMailboxesArgs = {},
  options: FunctionOptions = {},
): Promise<MailboxResult[]> {
  const { organization, profile, state, status } = args;
  if (!states.includes(state) || !statuses.includes(status))
    throw invalid(
      "A filter of getMailboxes has a value that no mailbox has",
      'Use state "active" or "inactive", and status "Not Run", "Success" or "Failure".',
    );
  const filter = { profile: profile && profileReference(profile), state, status };
  return ask(organization, options, (context, { askMailboxes }) => askMailboxes(context, filter));
}

/**
 * {@link getMailboxes} as an Output.
 *
 * @example Mailboxes of a profile of this program.
 * ```ts
 * export const addresses = getMailboxesOutput({ profile: { id: profile.id } }).apply((mailboxes) =>
 *   mailboxes.map(({ emailAddress }) => emailAddress),
 * );
 * ```
 */
export function getMailboxesOutput(
  args: GetMailboxesOutputArgs = {},
  options: FunctionOptions = {},
): pulumi.Output<MailboxResult[]> {
  const { profile, ...others } = args;
  return pulumi
    .output(profile)
    .apply((known) => getMailboxes({ ...others, ...(known === undefined ? {} : { profile: known }) }, options));
}
