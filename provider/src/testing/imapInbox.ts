import type { SearchObject } from "imapflow";
import type { Budget } from "../transport/budget";
import { openImap } from "./imap";
import type { Inbox } from "./inbox";
import { testHeader } from "./message";
import type { Endpoint, SignIn } from "./types";

const dayMs = 86_400_000;
/** SEARCH SINCE knows only days, in the server's own time zone. */
const searchDays = 2;
/** A mailbox may hold many messages that quote ours; ours is among the newest. */
const newestCandidates = 40;
/** A mailbox may hold many returned messages; ours is among the newest. */
const newestReports = 20;
const leftOverDays = 30;

/** @throws ServerSideSyncError with a code of the fault catalogue */
export async function openImapInbox(endpoint: Endpoint, signIn: SignIn, budget: Budget, now: Date): Promise<Inbox> {
  const mailbox = await openImap(endpoint, signIn, budget);
  const search = async (query: SearchObject) => (await mailbox.search(query)).map(String);
  /** A search finds a text anywhere in a field, so also in the subject of a reply: what it found is read. */
  const verified = async (query: SearchObject, isOurs: (token: string) => boolean) => {
    const candidates = (await mailbox.search(query)).slice(-newestCandidates);
    const heads = await mailbox.heads(candidates);
    const ours = heads.filter(({ token, isReport }) => token !== undefined && !isReport && isOurs(token));
    return ours.map(({ uid }) => String(uid));
  };
  return {
    firstPollMs: 100,
    refresh: () => mailbox.poll(),
    findMessage: (token) => verified(messageQuery(token, now), (candidate) => candidate === token),
    findLeftOvers: (prefix, currentToken) =>
      verified(
        { since: daysBefore(now, leftOverDays), header: { [testHeader]: prefix } },
        (candidate) => candidate.startsWith(prefix) && candidate !== currentToken,
      ),
    findReports: async () => {
      // The search names no token: not every server searches enclosed headers.
      const query = { since: daysBefore(now, searchDays), header: { "Content-Type": "multipart/report" } };
      return (await search(query)).slice(-newestReports);
    },
    source: (id) => mailbox.source(Number(id)),
    remove: (ids) => mailbox.remove(ids.map(Number)),
    close: () => mailbox.close(),
  };
}

/** Some servers rewrite the Message-ID, some drop unknown headers: header first, subject as the second key. */
function messageQuery(token: string, now: Date): SearchObject {
  return {
    since: daysBefore(now, searchDays),
    or: [{ header: { [testHeader]: token } }, { subject: token }],
    not: { header: { "Content-Type": "multipart/report" } },
  };
}

function daysBefore(now: Date, days: number): Date {
  return new Date(now.getTime() - days * dayMs);
}
