import { ServerSideSyncError } from "../../errors";
import type { Budget } from "../../transport/budget";

/** Reads records by their ids in one request; one that is gone is left out. */
export type ReadMany<T> = (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>;

interface Waiting<T> {
  id: string;
  isReady: (record: T) => boolean;
  ready: (record: T) => void;
  failed: (error: unknown) => void;
}

/** When to look next: a test may take minutes, but most take less than one. */
export interface PollPlan {
  firstMs: number;
  longestMs: number;
  /** Factor from one wait to the next. */
  growth: number;
  /** Records a request. */
  batch: number;
}
export const pollPlan: PollPlan = { firstMs: 5000, longestMs: 30_000, growth: 1.5, batch: 100 };

/**
 * Waits for records of one organization on behalf of everybody who waits: one request at each interval reads a hundred
 * of them, however many bindings are applied at once.
 */
export class Poller<T> {
  readonly #waiting = new Set<Waiting<T>>();
  #intervalMs: number;
  #next: { at: number; timer: NodeJS.Timeout } | undefined;
  #looking = false;

  constructor(
    private readonly read: ReadMany<T>,
    private readonly plan: PollPlan = pollPlan,
  ) {
    this.#intervalMs = plan.firstMs;
  }

  /**
   * The record as soon as it is ready. A look that fails for a passing reason is followed by another.
   *
   * @param what names what is waited for, for the error
   * @throws ServerSideSyncError `test-timeout` when the budget ends before, `mailbox-not-found` when the record is gone
   */
  async wait(id: string, isReady: (record: T) => boolean, budget: Budget, what: string): Promise<T> {
    let waiting: Waiting<T> | undefined;
    const record = new Promise<T>((ready, failed) => {
      waiting = { id, isReady, ready, failed };
      this.#waiting.add(waiting);
    });
    // Who has just begun to wait is looked for soon, however long the others have waited.
    this.#intervalMs = this.plan.firstMs;
    this.#lookWithin(this.#intervalMs);
    try {
      return await budget.run(what, record);
    } finally {
      if (waiting !== undefined) this.#waiting.delete(waiting);
      if (this.#waiting.size === 0) this.#rest();
    }
  }

  /** Only ever brings the next look forward: a steady stream of new ones does not put it off. */
  #lookWithin(milliseconds: number): void {
    const at = performance.now() + milliseconds;
    if (this.#looking || (this.#next !== undefined && this.#next.at <= at)) return;
    clearTimeout(this.#next?.timer);
    this.#next = { at, timer: setTimeout(() => void this.#look(), milliseconds) };
  }

  #rest(): void {
    clearTimeout(this.#next?.timer);
    this.#next = undefined;
  }

  async #look(): Promise<void> {
    this.#next = undefined;
    this.#looking = true;
    const all = [...this.#waiting];
    for (let start = 0; start < all.length; start += this.plan.batch)
      await this.#lookAt(all.slice(start, start + this.plan.batch));
    this.#looking = false;
    this.#intervalMs = Math.min(this.#intervalMs * this.plan.growth, this.plan.longestMs);
    if (this.#waiting.size > 0) this.#lookWithin(this.#intervalMs);
  }

  async #lookAt(batch: readonly Waiting<T>[]): Promise<void> {
    try {
      const records = await this.read([...new Set(batch.map(({ id }) => id))]);
      for (const { id, isReady, ready, failed } of batch) {
        const record = records.get(id);
        if (record === undefined) failed(gone(id));
        else if (isReady(record)) ready(record);
      }
    } catch (error) {
      if (error instanceof ServerSideSyncError && error.transient) return;
      for (const { failed } of batch) failed(error);
    }
  }
}

function gone(id: string): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "mailbox-not-found",
    summary: `The mailbox ${id} was deleted while its Test & Enable was running.`,
    remedy: "A mailbox lives as long as its user or queue: see who removed that.",
  });
}
