/** The first wait: no test of Dynamics is over sooner. */
const firstWaitMs = 5_000;
/** The longest one: a test that takes minutes is not waited for much longer than it takes. */
const longestWaitMs = 30_000;
const growth = 1.5;
/** Mailboxes in one request: its URL stays far below what servers take. */
export const mailboxesInARequest = 100;

export interface PollWait {
  /** What the server asked to wait, where it did. */
  retryAfterMs?: number | undefined;
  /** What is left of the budget. */
  remainingMs?: number | undefined;
}

/** How long to wait before a poll, by the number of polls since the youngest test was scheduled. */
export function pollWaitMs(polls: number, { retryAfterMs = 0, remainingMs = Infinity }: PollWait = {}): number {
  const own = Math.min(longestWaitMs, firstWaitMs * growth ** Math.max(0, polls));
  return Math.max(0, Math.min(Math.max(own, retryAfterMs), remainingMs));
}

/** Ids in groups, one a request. */
export function pollBatches(ids: readonly string[], size: number = mailboxesInARequest): string[][] {
  const each = [...new Set(ids)];
  return Array.from({ length: Math.ceil(each.length / size) }, (_none, index) =>
    each.slice(index * size, (index + 1) * size),
  );
}

/** Filter for the mailboxes of one request. */
export function pollFilter(ids: readonly string[]): string {
  return ids.map((id) => `mailboxid eq ${id}`).join(" or ");
}
