import type { CheckedBinding } from "../../model/binding";
import type { DeclaredMailboxCredentials } from "../../model/credentials";
import type { ProfileFacts } from "../../model/facts";
import type { Deployment } from "../../model/organization";
import { known } from "../../model/unknown";
import type { ColumnValue, ColumnValues } from "./columns/column";
import { assertFits } from "./columns/limits";
import { mailboxTable as table, type MailboxColumn } from "./columns/mailbox";
import {
  accessApprovals,
  actDeliveryMethods,
  incomingDeliveryMethods,
  outgoingDeliveryMethods,
  recordStates,
  testStatuses,
} from "./columns/optionSet";
import { changedColumns, readColumns, selected } from "./columns/record";
import { idOf } from "./columns/sameValue";

/** A binding as far as the mailbox's record is concerned. */
export type BoundRecord = CheckedBinding & { profile: Pick<ProfileFacts, "incoming" | "outgoing"> };

/** The password that a binding declares, where the profile signs in with the mailbox's own. */
export function mailboxPassword(
  mailbox: BoundRecord,
): Extract<DeclaredMailboxCredentials, { type: "password" }> | null {
  const { credentials, profile } = mailbox;
  if (credentials?.type !== "password") return null;
  const used = (["incoming", "outgoing"] as const).some(
    (direction) =>
      mailbox[`${direction}Email`] === "server-side-sync" && profile[direction].credentials?.source === "user-or-queue",
  );
  return used ? credentials : null;
}

/** What a binding wants in the columns that it governs, apart from the password and from what schedules the test. */
export function wantedMailboxColumns(mailbox: BoundRecord, profileId: string): ColumnValues {
  const password = mailboxPassword(mailbox);
  const after = known(mailbox.processEmailsReceivedAfter);
  const columns: Partial<Record<MailboxColumn, ColumnValue | undefined>> = {
    emailserverprofile: profileId,
    incomingemaildeliverymethod: incomingDeliveryMethods.valueOf(mailbox.incomingEmail),
    outgoingemaildeliverymethod: outgoingDeliveryMethods.valueOf(mailbox.outgoingEmail),
    actdeliverymethod: actMethod(mailbox),
    username: password === null ? undefined : (known(password.username) ?? known(mailbox.emailAddress)),
    allowemailconnectortousecredentials: password === null ? undefined : true,
    processemailreceivedafter: after,
    processanddeleteemails: mailbox.deleteEmailsAfterProcessing ?? undefined,
  };
  return present(columns);
}

function actMethod({ appointmentsContactsTasks: method }: CheckedBinding): number | undefined {
  return method === "leave" ? undefined : actDeliveryMethods.valueOf(method);
}

function present(columns: Readonly<Record<string, ColumnValue | undefined>>): ColumnValues {
  return Object.fromEntries(
    Object.entries(columns).filter((entry): entry is [string, ColumnValue] => entry[1] !== undefined),
  );
}

/** What schedules Test & Enable, in a write of its own: saving anything else is refused until it is over. */
export function testColumns(mailbox: Pick<CheckedBinding, "primaryForExchangeSync">): ColumnValues {
  return {
    ...(mailbox.primaryForExchangeSync ? { orgmarkedasprimaryforexchangesync: true } : {}),
    testemailconfigurationscheduled: true,
  };
}

export const mailboxSelect = (deployment: Deployment): string[] => selected(table, deployment);
export const readMailbox = (record: Record<string, unknown>): ColumnValues => readColumns(table, record);

/** What an update has to write. */
export function changedMailboxColumns(observed: ColumnValues, wanted: ColumnValues): Record<string, ColumnValue> {
  return changedColumns(table, observed, wanted);
}

const properties: Readonly<Partial<Record<MailboxColumn, string>>> = {
  emailserverprofile: "profile",
  incomingemaildeliverymethod: "incomingEmail",
  outgoingemaildeliverymethod: "outgoingEmail",
  actdeliverymethod: "appointmentsContactsTasks",
  username: "credentials.username",
  password: "credentials.password",
  allowemailconnectortousecredentials: "credentials",
  processemailreceivedafter: "processEmailsReceivedAfter",
  processanddeleteemails: "deleteEmailsAfterProcessing",
  orgmarkedasprimaryforexchangesync: "primaryForExchangeSync",
};

/** The argument behind a column, for messages. */
export function mailboxProperty(column: string): string | undefined {
  return properties[column as MailboxColumn];
}

/** @throws ServerSideSyncError `value-not-allowed-by-column` */
export function assertMailboxStorable(values: ColumnValues, deployment: Deployment): void {
  assertFits(table, values, { deployment, operation: "update" }, mailboxProperty);
}

/** The arguments of a binding that its mailbox contradicts, as they really are: what a refresh reports. */
export function driftedMailbox(
  mailbox: BoundRecord,
  observed: ColumnValues,
  profileId: string,
): Partial<CheckedBinding> & { profileId?: string | null } {
  const changed = changedMailboxColumns(observed, wantedMailboxColumns(mailbox, profileId));
  const found = Object.fromEntries(
    Object.keys(changed).flatMap((column) => {
      const value = observed[column];
      return value === undefined ? [] : [[column, value]];
    }),
  );
  return declaredFrom(mailbox, found);
}

function declaredFrom(
  mailbox: BoundRecord,
  found: ColumnValues,
): Partial<CheckedBinding> & { profileId?: string | null } {
  const { credentials } = mailbox;
  return {
    ...one(
      found,
      "incomingemaildeliverymethod",
      "incomingEmail",
      (value) => incomingDeliveryMethods.nameOf(value) ?? "none",
    ),
    ...one(
      found,
      "outgoingemaildeliverymethod",
      "outgoingEmail",
      (value) => outgoingDeliveryMethods.nameOf(value) ?? "none",
    ),
    ...one(
      found,
      "actdeliverymethod",
      "appointmentsContactsTasks",
      (value) => actDeliveryMethods.nameOf(value) ?? "none",
    ),
    ...one(found, "processemailreceivedafter", "processEmailsReceivedAfter", (value) => value),
    ...one(found, "processanddeleteemails", "deleteEmailsAfterProcessing", (value) => value === true),
    ...one(found, "username", "credentials", (username) => ({ ...credentials, username: username ?? "" })),
    ...one(found, "emailserverprofile", "profileId", (value) => idOf(value)),
  };
}

function one(
  found: ColumnValues,
  column: MailboxColumn,
  property: string,
  declared: (value: ColumnValue) => unknown,
): Record<string, unknown> {
  return column in found ? { [property]: declared(found[column] ?? null) } : {};
}

/** Outputs that a mailbox's record says by itself. */
export function mailboxOutputs(observed: ColumnValues, mailboxId: string): Record<string, unknown> {
  const status = (column: MailboxColumn) => testStatuses.nameOf(observed[column]) ?? "Not Run";
  return {
    mailboxId,
    incomingEmailStatus: status("incomingemailstatus"),
    outgoingEmailStatus: status("outgoingemailstatus"),
    appointmentsContactsTasksStatus: status("actstatus"),
    enabledForIncomingEmail: observed.enabledforincomingemail === true,
    enabledForOutgoingEmail: observed.enabledforoutgoingemail === true,
    enabledForAppointmentsContactsTasks: observed.enabledforact === true,
    emailAddressApproved:
      accessApprovals.nameOf(observed.emailrouteraccessapproval) === "approved" ||
      observed.isemailaddressapprovedbyo365admin === true,
  };
}

/** True for a mailbox that was deactivated, or whose user or queue was. */
export function isInactive(observed: ColumnValues): boolean {
  return recordStates.nameOf(observed.statecode) === "inactive";
}
