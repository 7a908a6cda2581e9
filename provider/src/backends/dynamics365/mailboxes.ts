import type { CheckedBinding } from "../../model/binding";
import type { PlainObject } from "../../model/plain";
import { known } from "../../model/unknown";
import { mailboxKind } from "./approval";
import type { ColumnValue, ColumnValues } from "./columns/column";
import { mailboxTable } from "./columns/mailbox";
import { bodyOf } from "./columns/record";
import { idOf } from "./columns/sameValue";
import {
  assertAddress,
  mailboxCandidate,
  mailboxSearch,
  queueCandidate,
  regardingSearch,
  theOne,
  userCandidate,
} from "./findMailbox";
import { mailboxSelect, readMailbox } from "./mailboxRecord";
import type { OrganizationSession } from "./session";
import { isCode } from "./webApi/call";
import type { Call } from "./webApi/types";

const set = mailboxTable.entitySet;

/** An existing mailbox as it is, and whether whose it is is disabled, where that is somebody. */
export interface FoundMailbox {
  id: string;
  observed: ColumnValues;
  ownerDisabled: ColumnValue;
}

/**
 * Finds the mailbox by what is declared of it: its user or queue, or its address.
 *
 * @throws ServerSideSyncError `record-not-found`, `record-ambiguous`, `mailbox-address-differs`
 */
export async function findMailbox(
  session: OrganizationSession,
  mailbox: Pick<CheckedBinding, "regarding" | "emailAddress">,
  call: Call,
): Promise<FoundMailbox> {
  const search = mailboxSearch(mailbox, await ownerId(session, mailbox.regarding, call));
  const select = mailboxSelect(session.organization.deployment);
  const records = await session.api.list(set, { select, filter: search.filter }, call);
  const found = records.map(readMailbox);
  const only = theOne(found.map(mailboxCandidate), search);
  assertAddress(mailbox, only);
  const observed = found.find(({ mailboxid: id }) => id === only.id) ?? {};
  return { id: only.id.toLowerCase(), observed, ownerDisabled: await isOwnerDisabled(session, observed, call) };
}

async function ownerId(
  session: OrganizationSession,
  regarding: CheckedBinding["regarding"],
  call: Call,
): Promise<string | undefined> {
  const search = regardingSearch(regarding);
  if (search === undefined || regarding === null || regarding === undefined) return undefined;
  const select = [search.key, ...search.select];
  const records = await session.api.list(search.entitySet, { select, filter: search.filter }, call);
  const candidates = records.map((record) =>
    "user" in regarding ? userCandidate(record, known(regarding.user) ?? "") : queueCandidate(record),
  );
  return theOne(candidates, search).id;
}

/** Null for a mailbox that belongs to no user. */
export async function isOwnerDisabled(
  session: OrganizationSession,
  observed: ColumnValues,
  call: Call,
): Promise<ColumnValue> {
  const owner = idOf(observed.regardingobjectid);
  if (mailboxKind(observed) !== "user" || owner === null) return null;
  const user = await session.api.retrieve("systemusers", owner, { select: ["isdisabled"] }, call);
  return user?.isdisabled === true;
}

/** The mailbox as it is now; undefined where it is gone. */
export async function readMailboxRecord(
  session: OrganizationSession,
  id: string,
  call: Call,
): Promise<ColumnValues | undefined> {
  const select = mailboxSelect(session.organization.deployment);
  const record = await session.api.retrieve(set, id, { select }, call);
  return record && readMailbox(record);
}

/** Changes columns of a mailbox. While a test runs Dynamics refuses to save anything: its end is waited for. */
export async function writeMailbox(
  session: OrganizationSession,
  id: string,
  columns: ColumnValues & PlainObject,
  call: Call,
): Promise<void> {
  if (Object.keys(columns).length === 0) return;
  for (;;) {
    try {
      await session.api.update(set, id, bodyOf(mailboxTable, columns), call, { isRepeatable: true });
      return;
    } catch (error) {
      if (!isCode(error, "test-already-running")) throw error;
      await untilIdle(session, id, call);
    }
  }
}

/** Waits for a test that is running already. */
export async function untilIdle(session: OrganizationSession, id: string, call: Call): Promise<void> {
  const isIdle = (now: ColumnValues) => now.testemailconfigurationscheduled !== true;
  await session.tests.wait(id, isIdle, call.budget, "The Test & Enable that was running already");
}
