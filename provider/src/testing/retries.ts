import { ServerSideSyncError } from "../errors";
import type { Budget } from "../transport/budget";
import { waitOf } from "./diagnosis";
import { isInDoubt } from "../transport/inDoubt";
import { verdictOf, withVerdict } from "./serverFault";

const attempts = 3;
const firstBackoffMs = 500;
/** A named wait is honoured only where another attempt still fits behind it. */
const leastAttemptMs = 1000;

/** Repeats what failed for a passing reason, within the budget; waits as long as the server asks. */
export async function withRetries<T>(budget: Budget, work: () => Promise<T>): Promise<T> {
  let earlier: ServerSideSyncError | undefined;
  const answered = new Set<string>();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (thrown) {
      const error = earlier === undefined ? thrown : inLightOf(earlier, answered, thrown);
      const retry = error instanceof ServerSideSyncError && error.transient && error.code !== "test-timeout";
      const wasCutOff = error === earlier && thrown !== earlier;
      if (!retry || wasCutOff || attempt === attempts || isInDoubt(error)) throw error;
      const named = waitOf(error);
      const wait = Math.max(named ?? 0, firstBackoffMs * 2 ** (attempt - 1) * (0.5 + Math.random()));
      if (wait + leastAttemptMs > budget.remaining()) throw named === wait ? waitTooLong(error, named) : error;
      earlier = error;
      const verdict = verdictOf(error);
      if (verdict?.says === "heard") answered.add(verdict.server);
      await budget.sleep(wait);
    }
  }
}

/**
 * What a later attempt means after an earlier one: that it was cut off says less than the cause that is known, and a
 * server that had answered is not gone for good.
 */
function inLightOf(earlier: ServerSideSyncError, answered: ReadonlySet<string>, thrown: unknown): unknown {
  if (!(thrown instanceof ServerSideSyncError)) return thrown;
  if (thrown.code === "test-timeout") return earlier;
  const verdict = verdictOf(thrown);
  if (thrown.code !== "connection-refused" || !answered.has(verdict?.server ?? "")) return thrown;
  const { code, summary } = thrown;
  const remedy = `The server answered a moment ago, so it may be restarting: try again. ${thrown.remedy}`;
  return withVerdict(new ServerSideSyncError({ code, summary, remedy, transient: true }), verdict);
}

function waitTooLong(error: ServerSideSyncError, milliseconds: number): ServerSideSyncError {
  const { code, summary, remedy } = error;
  const named = new ServerSideSyncError({
    code,
    summary,
    remedy: `Try again in ${Math.ceil(milliseconds / 1000)} s: the server asks for this wait, and it is longer than what is left of test.timeoutSeconds. ${remedy}`,
    transient: true,
  });
  return withVerdict(named, verdictOf(error));
}
