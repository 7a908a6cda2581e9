import { ServerSideSyncError } from "../errors";

/**
 * The time that one operation has, for everything in it: name look-up, connection, TLS, sign-in, retries. Every wait
 * goes through a budget, so nothing hangs.
 */
export class Budget {
  readonly #total: number;
  readonly #end: number;

  private constructor(milliseconds: number) {
    this.#total = milliseconds;
    this.#end = performance.now() + milliseconds;
  }

  static ofSeconds(seconds: number): Budget {
    return new Budget(seconds * 1000);
  }

  /** A part of this budget: at most `milliseconds`, and never longer than what is left. */
  slice(milliseconds: number): Budget {
    return new Budget(Math.min(milliseconds, this.remaining()));
  }

  /** Milliseconds left, never below 0. */
  remaining(): number {
    return Math.max(0, this.#end - performance.now());
  }

  /**
   * Waits for `work`, but no longer than the budget; `abandon` then frees what it holds.
   *
   * @throws ServerSideSyncError `test-timeout`, transient
   */
  async run<T>(what: string, work: Promise<T>, abandon?: () => void): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const expiry = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(this.#timeout(what));
      }, this.remaining());
    });
    // The loser of the race may still fail, later and unseen.
    work.catch(() => undefined);
    try {
      return await Promise.race([work, expiry]);
    } catch (error) {
      abandon?.();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits, but no longer than the budget lasts. */
  async sleep(milliseconds: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, Math.min(milliseconds, this.remaining())));
  }

  #timeout(what: string): ServerSideSyncError {
    return new ServerSideSyncError({
      code: "test-timeout",
      summary: `${what} did not finish within ${Number((this.#total / 1000).toFixed(1))} s.`,
      remedy: "Look at the server and the network in between, or raise test.timeoutSeconds.",
      transient: true,
    });
  }
}
