import { ServerSideSyncError } from "../../errors";
import { mailSystems, type EmailSystem } from "../../model/mailSystems";
import type { Deployment } from "../../model/organization";
import type { CheckedBinding } from "../../model/binding";
import type { ColumnValue, ColumnValues } from "./columns/column";
import { accessApprovals } from "./columns/optionSet";
import { idOf } from "./columns/sameValue";

export type MailboxKind = "user" | "queue" | "forward-mailbox";

/** Whose a mailbox is, by its record; undefined where the record does not say. */
export function mailboxKind(observed: ColumnValues): MailboxKind | undefined {
  const regarding = String(observed.regardingobjectid ?? "");
  if (regarding.startsWith("systemusers(")) return "user";
  if (regarding.startsWith("queues(")) return "queue";
  return observed.isforwardmailbox === true ? "forward-mailbox" : undefined;
}

export type ApprovalState = "approved" | "not-needed" | "missing";

/** The switches of `organization`; what was not read is taken for on, as it is by default. */
export type ApprovalSwitches = Readonly<{
  requireapprovalforuseremail?: ColumnValue;
  requireapprovalforqueueemail?: ColumnValue;
}>;

/** Whether the address of a mailbox is approved, or need not be. */
export function approvalState(observed: ColumnValues, switches: ApprovalSwitches): ApprovalState {
  const approval = accessApprovals.nameOf(observed.emailrouteraccessapproval);
  if (approval === "approved" || observed.isemailaddressapprovedbyo365admin === true) return "approved";
  const kind = mailboxKind(observed);
  // The switches are about users and queues; a forward mailbox is neither.
  if (kind === "forward-mailbox") return "not-needed";
  const required = kind === "queue" ? switches.requireapprovalforqueueemail : switches.requireapprovalforuseremail;
  return required === false ? "not-needed" : "missing";
}

/** What an approval writes. */
export const approvalColumns = { emailrouteraccessapproval: accessApprovals.valueOf("approved") } as const;

/** A record whose address may be approved. */
export interface ApprovalTarget {
  entitySet: "systemusers" | "queues" | "mailboxes";
  id: string;
}

/**
 * Where an approval may be written, the likeliest first: Microsoft's own tools write it to the user or queue, and the
 * mailbox has a column of its own.
 */
export function approvalTargets(observed: ColumnValues, mailboxId: string): ApprovalTarget[] {
  const kind = mailboxKind(observed);
  const id = idOf(observed.regardingobjectid);
  const mailbox: ApprovalTarget = { entitySet: "mailboxes", id: mailboxId };
  if (id === null || (kind !== "user" && kind !== "queue")) return [mailbox];
  return [{ entitySet: kind === "user" ? "systemusers" : "queues", id }, mailbox];
}

export interface ApprovalSituation {
  emailAddress: string;
  deployment: Deployment;
  emailSystem: EmailSystem;
  kind: MailboxKind | undefined;
}

const systemAdministrator = "A System Administrator of Dynamics may approve it (Approve Email).";
const exchangeOnlineApprovers =
  'With Exchange Online that takes the privilege "Approve Email Addresses for Users or Queues", the role System Administrator, and one of Global Administrator or Exchange Administrator in Microsoft Entra, or Delegated Mailbox Approver in Dynamics.';

/** Who may approve an address, as a remedy. */
export function whoMayApprove({ deployment, emailSystem, kind }: ApprovalSituation): string {
  const exchangeOnline = mailSystems[emailSystem].family === "exchange-online";
  if (deployment === "on-premises" || !exchangeOnline) return systemAdministrator;
  const own = kind === "queue" ? "" : " Users may approve their own address where the organization allows it.";
  return `${exchangeOnlineApprovers}${own}`;
}

/** What a binding does about approval. */
export function approvalPlan(
  approval: CheckedBinding["approval"],
  state: ApprovalState,
): "nothing" | "approve" | "fail" {
  if (approval === "leave" || state === "approved") return "nothing";
  if (approval === "approve") return state === "missing" ? "approve" : "nothing";
  return state === "missing" ? "fail" : "nothing";
}

/** The organization wants approval, and nobody has given it. */
export function approvalMissing(situation: ApprovalSituation): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "approval-missing",
    summary: `The address ${situation.emailAddress} is not approved, and the organization processes email of approved ${situation.kind === "queue" ? "queues" : "users"} only; nothing was changed.`,
    remedy: `${whoMayApprove(situation)} Or declare approval: "approve" and run as such an account.`,
  });
}

/** Dynamics took the approval and nothing came of it: what it does where the account may not approve. */
export function approvalNotEffective(situation: ApprovalSituation): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "approval-not-effective",
    summary: `Dynamics accepted the approval of ${situation.emailAddress}, but the address is still not approved: the account that runs the update may not approve it.`,
    remedy: whoMayApprove(situation),
  });
}
