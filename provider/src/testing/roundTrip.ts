import { ServerSideSyncError } from "../errors";
import type { Budget } from "../transport/budget";
import type { Inbox } from "./inbox";

const longestPollMs = 3000;
/** Kept for one last look, so that the budget ends with an answer and not with a broken-off command. */
const lastLookMs = 400;
/** A bounce takes longer than a delivery, and looking for one reads whole messages. */
const bounceEveryPolls = 3;

/**
 * Waits until the message has arrived in the inbox, removes it and makes sure that it is gone. A server that accepts a
 * message has not delivered it yet: a full mailbox, for example, answers with a bounce.
 *
 * @returns why the message did not arrive: `message-bounced`, `message-not-delivered`; `message-not-removed`
 * @throws ServerSideSyncError a fault of the mailbox, with a code of the fault catalogue
 */
export async function awaitDelivery(
  inbox: Inbox,
  token: string,
  address: string,
  budget: Budget,
): Promise<ServerSideSyncError | undefined> {
  let wait = inbox.firstPollMs;
  const readBounces = new Set<string>();
  for (let polls = 1; ; polls += 1) {
    await inbox.refresh();
    const arrived = await inbox.findMessage(token);
    if (arrived.length > 0) return removeForGood(inbox, arrived, token);
    const bounce = polls % bounceEveryPolls === 0 ? await findBounce(inbox, token, address, readBounces) : undefined;
    if (bounce !== undefined) return bounce;
    const left = budget.remaining() - lastLookMs;
    if (left <= 0) return notDelivered(address);
    await budget.sleep(Math.min(wait, left));
    wait = Math.min(wait * 2, longestPollMs);
  }
}

async function removeForGood(
  inbox: Inbox,
  ids: readonly string[],
  token: string,
): Promise<ServerSideSyncError | undefined> {
  if (await inbox.remove(ids)) return undefined;
  const left = await inbox.findMessage(token);
  if (left.length === 0) return undefined;
  return new ServerSideSyncError({
    code: "message-not-removed",
    summary: `The test message arrived but is still there after it was deleted.`,
    remedy:
      "Give the account the right to delete messages in the inbox; where the server cannot expunge a single message (no UIDPLUS), expunge those that others have marked as deleted. The message may be deleted by hand.",
  });
}

/** Looks for a returned message that encloses ours. Each candidate is read once. */
async function findBounce(
  inbox: Inbox,
  token: string,
  address: string,
  read: Set<string>,
): Promise<ServerSideSyncError | undefined> {
  for (const id of (await inbox.findReports()).filter((candidate) => !read.has(candidate))) {
    read.add(id);
    const source = await readSmall(inbox, id);
    if (source?.includes(token) !== true) continue;
    await inbox.remove([id]);
    return bounced(source, address);
  }
  return undefined;
}

/** A returned message that is larger than a test reads is not ours. */
async function readSmall(inbox: Inbox, id: string): Promise<string | undefined> {
  try {
    return await inbox.source(id);
  } catch (error) {
    if (error instanceof ServerSideSyncError && error.code === "answer-too-large") return undefined;
    throw error;
  }
}

/** Reads the delivery status (RFC 3464) out of a bounce. */
function bounced(source: string, address: string): ServerSideSyncError {
  const field = (name: string) =>
    new RegExp(`^${name}:\\s*((?:.*\\r?\\n?)(?:[ \\t].*\\r?\\n?)*)`, "im").exec(source)?.[1]?.trim();
  const status = field("Status") ?? "";
  const words = field("Diagnostic-Code") ?? "no reason given";
  return new ServerSideSyncError({
    code: "message-bounced",
    summary: `The server accepted the test message to ${address} and then returned it: "${words.slice(0, 300).replaceAll('"', "'")}".`,
    remedy: /5\.2\.2|quota|full/i.test(words)
      ? "Free space in the mailbox or raise its quota."
      : "Look into the mail server's log for why the mailbox does not take the message.",
    transient: status.startsWith("4"),
  });
}

function notDelivered(address: string): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "message-not-delivered",
    summary: `The server accepted the test message to ${address}, but it did not arrive in the inbox in time.`,
    remedy: "Look into the mail server's queue and into rules that move messages away, or raise test.timeoutSeconds.",
    transient: true,
  });
}
