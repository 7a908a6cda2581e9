import { known } from "../../model/unknown";
import type { BoundMailbox } from "../backend";
import {
  approvalColumns,
  approvalMissing,
  approvalNotEffective,
  approvalPlan,
  approvalState,
  approvalTargets,
  mailboxKind,
  type ApprovalSituation,
} from "./approval";
import type { ColumnValue, ColumnValues } from "./columns/column";
import type { FoundValues } from "./foundValues";
import { readMailboxRecord } from "./mailboxes";
import { readOrganizationSettings } from "./organizationRecord";
import type { OrganizationSession } from "./session";
import type { Call } from "./webApi/types";

type Approval = NonNullable<FoundValues["approval"]>;
const column = "emailrouteraccessapproval";

/**
 * Whether the address is to be approved, before anything is written.
 *
 * @throws ServerSideSyncError `approval-missing`
 */
export async function isToBeApproved(
  session: OrganizationSession,
  mailbox: BoundMailbox,
  observed: ColumnValues,
  call: Call,
): Promise<boolean> {
  // Asked only where it matters.
  if (approvalPlan(mailbox.approval, approvalState(observed, {})) === "nothing") return false;
  const switches = readOrganizationSettings(await session.switches(call));
  const plan = approvalPlan(mailbox.approval, approvalState(observed, switches));
  if (plan === "fail") throw approvalMissing(situation(session, mailbox, observed));
  return plan === "approve";
}

/**
 * Approves the address where Microsoft's own tools do, at the user or queue, and looks whether that had an effect.
 *
 * @param noted is told what is to be given back before it is written: the answer may be lost
 * @throws ServerSideSyncError `approval-not-effective`
 */
export async function approveAddress(
  session: OrganizationSession,
  mailbox: BoundMailbox,
  { id, observed }: { id: string; observed: ColumnValues },
  call: Call,
  noted: (approval: Approval) => void,
): Promise<ColumnValues> {
  const [target] = approvalTargets(observed, id);
  if (target === undefined) return observed;
  const record = await session.api.retrieve(target.entitySet, target.id, { select: [column] }, call);
  noted({ ...target, before: (record?.[column] ?? null) as ColumnValue });
  await session.api.update(target.entitySet, target.id, approvalColumns, call, { isRepeatable: true });
  const after = (await readMailboxRecord(session, id, call)) ?? observed;
  // It can fail without a word.
  if (approvalState(after, {}) !== "approved") throw approvalNotEffective(situation(session, mailbox, observed));
  return after;
}

/** Takes an approval of ours back, where it still stands. */
export async function giveApprovalBack(
  session: OrganizationSession,
  { approval }: FoundValues,
  call: Call,
): Promise<void> {
  if (approval === undefined) return;
  const { entitySet, id, before } = approval;
  const record = await session.api.retrieve(entitySet, id, { select: [column] }, call);
  if (record?.[column] !== approvalColumns[column] || before === approvalColumns[column]) return;
  await session.api.update(entitySet, id, { [column]: before }, call, { isRepeatable: true });
}

function situation(
  { organization }: OrganizationSession,
  { emailAddress, profile: { emailSystem } }: BoundMailbox,
  observed: ColumnValues,
): ApprovalSituation {
  return {
    emailAddress: known(emailAddress) ?? "",
    deployment: organization.deployment,
    emailSystem,
    kind: mailboxKind(observed),
  };
}
