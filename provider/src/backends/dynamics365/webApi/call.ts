import { ServerSideSyncError } from "../../../errors";
import { waitOf } from "../../../testing/diagnosis";
import { isInDoubt } from "../../../transport/inDoubt";
import type { Call } from "./types";

/** Where the server names no wait. One that it names is honoured as often as the time allows. */
const attempts = 5;
const firstBackoffMs = 500;
/** A named wait is honoured only where another attempt still fits behind it. */
export const leastAttemptMs = 1000;

/**
 * Waits for `work`, but no longer than the call may take, and no further once it is aborted; `abandon` then frees what
 * the work holds.
 *
 * @throws ServerSideSyncError `test-timeout` or `operation-aborted`
 */
export async function within<T>(
  { budget, signal }: Call,
  what: string,
  work: Promise<T>,
  abandon?: () => void,
): Promise<T> {
  if (signal === undefined) return budget.run(what, work, abandon);
  let stop: () => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(aborted(what));
    };
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
  // The loser of the race may still fail, later and unseen.
  work.catch(() => undefined);
  try {
    return await budget.run(what, Promise.race([stopped, work]), abandon);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/**
 * Repeats what failed for a passing reason, within the call's time; waits as long as the server asks. What may have been
 * done already is not repeated, unless doing it again changes nothing.
 */
export async function withCallRetries<T>(
  call: Call,
  isRepeatable: boolean,
  work: () => Promise<T>,
  backoffMs = firstBackoffMs,
): Promise<T> {
  for (let attempt = 1; ;) {
    try {
      return await work();
    } catch (error) {
      if (!mayRepeat(error, isRepeatable) || attempt === attempts) throw error;
      const named = waitOf(error);
      const wait = Math.max(named ?? 0, backoffMs * 2 ** (attempt - 1) * (0.5 + Math.random()));
      if (wait + leastAttemptMs > call.budget.remaining()) throw named === wait ? waitTooLong(error, named) : error;
      await pause(call, wait);
      if (named === undefined) attempt += 1;
    }
  }
}

export function isCode(error: unknown, ...codes: readonly string[]): error is ServerSideSyncError {
  return error instanceof ServerSideSyncError && codes.includes(error.code);
}

const ended = ["dynamics-timeout", "operation-aborted", "test-timeout"];

/** Whether it was the time of the call itself that ended. */
export function isEnded(error: unknown): boolean {
  return isCode(error, ...ended);
}

function mayRepeat(error: unknown, isRepeatable: boolean): error is ServerSideSyncError {
  if (!(error instanceof ServerSideSyncError) || !error.transient || isEnded(error)) return false;
  // A running test ends in minutes: whoever waits for it knows better how.
  return error.code !== "test-already-running" && (isRepeatable || !isInDoubt(error));
}

export async function pause(call: Call, milliseconds: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const pausing = new Promise<void>((resolve) => (timer = setTimeout(resolve, milliseconds)));
  await within(call, "The wait before another attempt", pausing, () => {
    clearTimeout(timer);
  });
}

export function waitTooLong({ code, summary, remedy }: ServerSideSyncError, milliseconds: number): ServerSideSyncError {
  return new ServerSideSyncError({
    code,
    summary,
    remedy: `Try again in ${Math.ceil(milliseconds / 1000)} s: the server asks for this wait, and it is longer than the time that is left. ${remedy}`,
    transient: true,
  });
}

function aborted(what: string): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "operation-aborted",
    summary: `${what} was not waited for any longer: the operation was cancelled.`,
    remedy: "Run it again.",
    transient: true,
  });
}
