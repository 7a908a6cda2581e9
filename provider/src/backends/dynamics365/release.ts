import type { PlainObject } from "../../model/plain";
import { Budget } from "../../transport/budget";
import { tell } from "../../transport/log";
import { giveApprovalBack } from "./bindingApproval";
import type { ColumnValues } from "./columns/column";
import { mailboxTable } from "./columns/mailbox";
import { stillHolds } from "./columns/record";
import { foundIn, giveBack, nothingFound, oursStands, type FoundValues, type GiveBackMode } from "./foundValues";
import { isProfileGone } from "./findProfile";
import { readMailboxRecord, untilIdle, writeMailbox } from "./mailboxes";
import type { OrganizationSession } from "./session";
import { isCode } from "./webApi/call";
import type { Call } from "./webApi/types";

/** A test that runs is waited for, and takes minutes. */
const releaseSeconds = 1200;

/**
 * Gives a mailbox back as it was found, column by column, where our value still stands; or detaches it. One that this
 * operation has bound again is its successor's.
 */
export async function releaseMailbox(
  session: OrganizationSession,
  outputs: PlainObject,
  call: Call = { budget: Budget.ofSeconds(releaseSeconds) },
): Promise<void> {
  const { mailboxId: id, onDelete, emailAddress } = outputs;
  if (typeof id !== "string" || onDelete === "retain" || session.bound.has(id)) return;
  const mode: GiveBackMode = onDelete === "detach" ? "detach" : "restore";
  const found = foundIn(outputs) ?? nothingFound;
  let observed = await readMailboxRecord(session, id, call);
  while (observed?.testemailconfigurationscheduled === true) {
    await untilIdle(session, id, call);
    observed = await readMailboxRecord(session, id, call);
  }
  if (observed === undefined) return;
  const { columns, notes } = giveBack(found, observed, mode);
  await writeBack(session, id, columns, String(emailAddress), call);
  await giveApprovalBack(session, found, call);
  for (const { message } of notes) tell(String(emailAddress), message);
  const others = changedByOthers(found, observed);
  if (others.length > 0) tell(String(emailAddress), `left as somebody else has set it meanwhile: ${others.join(", ")}`);
}

/** A profile that the mailbox had before may be gone meanwhile. */
async function writeBack(
  session: OrganizationSession,
  id: string,
  columns: ColumnValues,
  emailAddress: string,
  call: Call,
): Promise<void> {
  try {
    await writeMailbox(session, id, columns, call);
  } catch (error) {
    if (!isCode(error, "dynamics-record-not-found") || !(await isProfileGone(session, columns[profileColumn], call)))
      throw error;
    tell(emailAddress, "left without a profile: the one that it had before is gone");
    await writeMailbox(session, id, { ...columns, [profileColumn]: null }, call);
  }
}

const profileColumn = "emailserverprofile";

function changedByOthers({ columns }: FoundValues, observed: ColumnValues): string[] {
  return Object.entries(columns)
    .filter(
      ([name, values]) =>
        !oursStands(mailboxTable, name, observed, values) && !stillHolds(mailboxTable, name, observed, values.before),
    )
    .map(([name]) => name);
}
