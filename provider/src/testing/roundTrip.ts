import { ServerSideSyncError } from "../errors";
import type { Budget } from "../transport/budget";
import type { ImapMailbox } from "./imap";
import { testHeader } from "./message";

const firstPollMs = 100;
const longestPollMs = 3000;
/** Kept for one last look, so that the budget ends with an answer and not with a broken-off command. */
const lastLookMs = 400;
/** A bounce takes longer than a delivery, and looking for one reads whole messages. */
const bounceEveryPolls = 3;
const dayMs = 86_400_000;
/** SEARCH SINCE knows only days, in the server's own time zone. */
const searchDays = 2;
/** A mailbox may hold many returned messages; ours is among the newest. */
const newestReports = 20;
const leftOverDays = 30;

/** What an earlier test of this mailbox left behind because it was interrupted. */
export function leftOverQuery(prefix: string, now: Date): object {
  return { since: new Date(now.getTime() - leftOverDays * dayMs), header: { [testHeader]: prefix } };
}

export async function removeLeftOvers(
  inbox: ImapMailbox,
  prefix: string,
  exceptToken: string,
  now: Date,
): Promise<void> {
  const all = await inbox.search(leftOverQuery(prefix, now));
  const own = new Set(all.length === 0 ? [] : await inbox.search(messageQuery(exceptToken, now)));
  await inbox.remove(all.filter((uid) => !own.has(uid)));
}

/**
 * Waits until the message has arrived in the inbox, removes it and makes sure that it is gone. A server that accepts a
 * message has not delivered it yet: a full mailbox, for example, answers with a bounce.
 *
 * @throws ServerSideSyncError `message-bounced` or `message-not-delivered`
 */
export async function awaitDelivery(
  inbox: ImapMailbox,
  token: string,
  address: string,
  budget: Budget,
  now: Date,
): Promise<void> {
  let wait = firstPollMs;
  const readBounces = new Set<number>();
  for (let polls = 1; ; polls += 1) {
    await inbox.poll();
    const arrived = await inbox.search(messageQuery(token, now));
    if (arrived.length > 0) {
      await removeForGood(inbox, arrived, messageQuery(token, now));
      return;
    }
    if (polls % bounceEveryPolls === 0) await failOnBounce(inbox, token, address, now, readBounces);
    const left = budget.remaining() - lastLookMs;
    if (left <= 0) throw notDelivered(address);
    await budget.sleep(Math.min(wait, left));
    wait = Math.min(wait * 2, longestPollMs);
  }
}

/** Some servers rewrite the Message-ID, some drop unknown headers: header first, subject as the second key. */
function messageQuery(token: string, now: Date): object {
  return {
    since: new Date(now.getTime() - searchDays * dayMs),
    or: [{ header: { [testHeader]: token } }, { subject: token }],
    not: { header: { "Content-Type": "multipart/report" } },
  };
}

async function removeForGood(inbox: ImapMailbox, uids: readonly number[], query: object): Promise<void> {
  await inbox.remove(uids);
  const left = await inbox.search(query);
  if (left.length === 0) return;
  throw new ServerSideSyncError({
    code: "message-not-removed",
    summary: `The test message arrived but is still there after it was deleted.`,
    remedy: "Give the account the right to delete messages in the inbox; the message may be deleted by hand.",
  });
}

/**
 * Looks for a returned message that encloses ours. The search names no token: not every server searches enclosed
 * headers. Each candidate is read once.
 */
async function failOnBounce(
  inbox: ImapMailbox,
  token: string,
  address: string,
  now: Date,
  read: Set<number>,
): Promise<void> {
  const since = new Date(now.getTime() - searchDays * dayMs);
  const reports = await inbox.search({ since, header: { "Content-Type": "multipart/report" } });
  for (const uid of reports.slice(-newestReports).filter((candidate) => !read.has(candidate))) {
    read.add(uid);
    const source = await inbox.source(uid);
    if (source?.includes(token) !== true) continue;
    await inbox.remove([uid]);
    throw bounced(source, address);
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
