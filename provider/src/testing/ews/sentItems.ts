import type { Budget } from "../../transport/budget";
import { ServerSideSyncError } from "../../errors";
import type { EwsSession } from "./session";

const firstLookMs = 100;
const longestLookMs = 2000;

/**
 * Removes the copies in Sent Items of this test's message and of interrupted earlier ones, once this test's is there.
 *
 * @throws ServerSideSyncError `ews-no-sent-copy`, or a code of the fault catalogue
 */
export async function removeSentCopies(
  session: EwsSession,
  prefix: string,
  token: string,
  budget: Budget,
): Promise<void> {
  for (let wait = firstLookMs; ; wait = Math.min(wait * 2, longestLookMs)) {
    const copies = await session.findTests("SentItems", prefix);
    if (copies.some((copy) => copy.token === token)) {
      await session.remove(copies.map(({ id }) => id));
      return;
    }
    if (wait >= budget.remaining()) throw noSentCopy();
    await budget.sleep(wait);
  }
}

function noSentCopy(): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "ews-no-sent-copy",
    summary: "The server accepted the test message, but no copy of it appeared in Sent Items.",
    remedy: "Look for rules and policies that move or suppress sent messages, or turn test.writeAccess off.",
  });
}
