import type { ServerSideSyncError } from "../../../errors";
import { waitOf } from "../../../testing/diagnosis";
import { leastAttemptMs, pause, waitTooLong } from "./call";
import type { Call } from "./types";

/** A wait that the organization asked for is everybody's: it counts the requests of the account, not those of a caller. */
export class Throttle {
  private until = 0;
  private reason: ServerSideSyncError | undefined;

  /** @throws ServerSideSyncError the one that asked for the wait, where it is longer than the time that is left */
  async wait(call: Call): Promise<void> {
    for (let left = this.left(); left > 0; left = this.left()) {
      if (this.reason !== undefined && left + leastAttemptMs > call.budget.remaining())
        throw waitTooLong(this.reason, left);
      await pause(call, left);
    }
  }

  learn(error: ServerSideSyncError): void {
    const named = error.code === "dynamics-throttled" ? waitOf(error) : undefined;
    if (named === undefined || performance.now() + named <= this.until) return;
    this.until = performance.now() + named;
    this.reason = error;
  }

  private left(): number {
    return this.until - performance.now();
  }
}
