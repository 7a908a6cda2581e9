import type { TestStatus } from "../../../testing/types";
import { mailboxKind } from "../approval";
import type { ColumnValues } from "../columns/column";
import { mailboxTable as table, type MailboxColumn } from "../columns/mailbox";
import {
  actDeliveryMethods,
  incomingDeliveryMethods,
  outgoingDeliveryMethods,
  recordStates,
  testStatuses,
} from "../columns/optionSet";
import { selected } from "../columns/record";
import { idOf } from "../columns/sameValue";
import { mailboxOutputs, readMailbox } from "../mailboxRecord";
import { allOf, isId, isNumber } from "../webApi/literals";
import type { QuestionContext } from "./context";
import { askProfile, type ProfileReference } from "./profile";

/** A mailbox as it is. */
export interface MailboxResult {
  id: string;
  name: string;
  emailAddress: string | null;
  state: "active" | "inactive";
  /** Whose it is; null where the record does not say. */
  kind: "user" | "queue" | "forward-mailbox" | null;
  /** Id of the user or queue. */
  regardingId: string | null;
  profileId: string | null;
  /** Synchronization methods; null for what declarations cannot name. */
  incomingEmail: string | null;
  outgoingEmail: string | null;
  appointmentsContactsTasks: string | null;
  incomingEmailStatus: TestStatus;
  outgoingEmailStatus: TestStatus;
  appointmentsContactsTasksStatus: TestStatus;
  /** Of all directions by server-side synchronization the worst: Failure, then Not Run, then Success. Not Run without any. */
  status: TestStatus;
  enabledForIncomingEmail: boolean;
  enabledForOutgoingEmail: boolean;
  enabledForAppointmentsContactsTasks: boolean;
  emailAddressApproved: boolean;
  /** When Test & Enable ran last; null for never. */
  testedOn: string | null;
}

export interface MailboxFilter {
  profile?: ProfileReference | undefined;
  state?: "active" | "inactive" | undefined;
  status?: TestStatus | undefined;
}

const columns: readonly MailboxColumn[] = [
  "mailboxid",
  "name",
  "emailaddress",
  "emailserverprofile",
  "regardingobjectid",
  "isforwardmailbox",
  "incomingemaildeliverymethod",
  "outgoingemaildeliverymethod",
  "actdeliverymethod",
  "incomingemailstatus",
  "outgoingemailstatus",
  "actstatus",
  "enabledforincomingemail",
  "enabledforoutgoingemail",
  "enabledforact",
  "emailrouteraccessapproval",
  "isemailaddressapprovedbyo365admin",
  "testmailboxaccesscompletedon",
  "statecode",
];

/** In the order of their names. */
export async function askMailboxes(
  context: QuestionContext,
  { profile, state, status }: MailboxFilter,
): Promise<MailboxResult[]> {
  const { api, deployment, call } = context;
  const profileId = profile === undefined ? undefined : (await askProfile(context, profile)).id;
  const filter = allOf([
    ...(profileId === undefined ? [] : [isId("_emailserverprofile_value", profileId)]),
    ...(state === undefined ? [] : [isNumber("statecode", recordStates.valueOf(state))]),
  ]);
  const select = selected(table, deployment, columns);
  const records = await api.list(table.entitySet, { select, filter, orderby: "name" }, call);
  const mailboxes = records.map((record) => mailboxResult(readMailbox(record)));
  return status === undefined ? mailboxes : mailboxes.filter((mailbox) => mailbox.status === status);
}

function mailboxResult(values: ColumnValues): MailboxResult {
  const of = (column: MailboxColumn) => values[column];
  const id = text(of("mailboxid")) ?? "";
  const { mailboxId: _id, ...outputs } = mailboxOutputs(values, id) as unknown as MailboxOutputs;
  const testedOn = text(of("testmailboxaccesscompletedon"));
  return {
    id,
    name: text(of("name")) ?? "",
    emailAddress: text(of("emailaddress")),
    state: recordStates.nameOf(of("statecode")) ?? "active",
    kind: mailboxKind(values) ?? null,
    regardingId: idOf(of("regardingobjectid") ?? null),
    profileId: idOf(of("emailserverprofile") ?? null),
    incomingEmail: incomingDeliveryMethods.nameOf(of("incomingemaildeliverymethod")) ?? null,
    outgoingEmail: outgoingDeliveryMethods.nameOf(of("outgoingemaildeliverymethod")) ?? null,
    appointmentsContactsTasks: actDeliveryMethods.nameOf(of("actdeliverymethod")) ?? null,
    ...outputs,
    status: worst(values),
    // The year 1900 is how Dynamics says never.
    testedOn: testedOn?.startsWith("1900-01-01") === true ? null : testedOn,
  };
}

type MailboxOutputs = Pick<
  MailboxResult,
  | "incomingEmailStatus"
  | "outgoingEmailStatus"
  | "appointmentsContactsTasksStatus"
  | "enabledForIncomingEmail"
  | "enabledForOutgoingEmail"
  | "enabledForAppointmentsContactsTasks"
  | "emailAddressApproved"
> & { mailboxId: string };

function worst(values: ColumnValues): TestStatus {
  const directions = [
    [incomingDeliveryMethods.nameOf(values.incomingemaildeliverymethod), values.incomingemailstatus],
    [outgoingDeliveryMethods.nameOf(values.outgoingemaildeliverymethod), values.outgoingemailstatus],
    [actDeliveryMethods.nameOf(values.actdeliverymethod), values.actstatus],
  ] as const;
  const tested = directions.filter(([method]) => method === "server-side-sync");
  const statuses = tested.map(([, status]) => testStatuses.nameOf(status) ?? "Not Run");
  const order: readonly TestStatus[] = ["Failure", "Not Run", "Success"];
  return order.find((status) => statuses.includes(status)) ?? "Not Run";
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
