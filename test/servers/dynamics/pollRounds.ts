import type { Recorded } from "./requests";

/** One look at all mailboxes whose test is waited for. */
export interface PollRound {
  /** When the first and the last of its requests came, in milliseconds since 1970. */
  beganAt: number;
  endedAt: number;
  requests: number;
  /** How many mailboxes were looked at. */
  mailboxes: number;
  /** Mailboxes of the request that asked for the most. */
  mostAtOnce: number;
}

interface OpenRound {
  round: PollRound;
  ids: Set<string>;
}

/** The looks at running tests among requests, in their order. A mailbox that is looked at again begins another. */
export function pollRounds(requests: readonly Recorded[]): PollRound[] {
  const rounds: PollRound[] = [];
  let open: OpenRound | undefined;
  for (const request of requests) {
    const ids = polledMailboxes(request);
    if (ids.length === 0) continue;
    const at = request.at.getTime();
    if (open === undefined || ids.some((id) => open?.ids.has(id))) {
      open = { round: { beganAt: at, endedAt: at, requests: 0, mailboxes: 0, mostAtOnce: 0 }, ids: new Set() };
      rounds.push(open.round);
    }
    for (const id of ids) open.ids.add(id);
    open.round.endedAt = at;
    open.round.requests += 1;
    open.round.mailboxes = open.ids.size;
    open.round.mostAtOnce = Math.max(open.round.mostAtOnce, ids.length);
  }
  return rounds;
}

/** The mailboxes whose test a request asks for; none where it is about something else. */
export function polledMailboxes({ operations }: Pick<Recorded, "operations">): string[] {
  return operations.flatMap(({ method, url }) => {
    const query = decodeURIComponent(url.replaceAll("+", " "));
    if (method !== "GET" || !query.includes("/mailboxes?") || !query.includes("testemailconfigurationscheduled"))
      return [];
    return [...query.matchAll(/\bmailboxid eq ([0-9a-f-]{36})\b/g)].map(([, id = ""]) => id);
  });
}

/** Waits between the rounds, in milliseconds: from the end of one to the beginning of the next. */
export function pausesBetween(rounds: readonly PollRound[]): number[] {
  return rounds.slice(1).map(({ beganAt }, index) => beganAt - (rounds[index]?.endedAt ?? 0));
}
