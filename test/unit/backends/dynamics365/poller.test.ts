import { Poller, type PollPlan } from "../../../../provider/src/backends/dynamics365/poller";
import { ServerSideSyncError } from "../../../../provider/src/errors";
import { Budget } from "../../../../provider/src/transport/budget";

const plan: PollPlan = { firstMs: 5000, longestMs: 12_000, growth: 2, batch: 3 };
const minute = 60;

/** Records that are ready at a moment, and every look at them. */
class Records {
  readonly looks: { at: number; ids: readonly string[] }[] = [];
  readonly readyAt = new Map<string, number>();
  readonly gone = new Set<string>();
  failure: ServerSideSyncError | undefined;
  private readonly start = performance.now();
  readonly poller = new Poller<{ ready: boolean }>((ids) => this.read(ids), plan);

  get now(): number {
    return Math.round(performance.now() - this.start);
  }

  wait(id: string, seconds = 10 * minute): Promise<{ ready: boolean }> {
    return this.poller.wait(id, ({ ready }) => ready, Budget.ofSeconds(seconds), "The test");
  }

  /** When each look began. */
  get times(): number[] {
    return this.looks.map(({ at }) => at);
  }

  private async read(ids: readonly string[]): Promise<Map<string, { ready: boolean }>> {
    this.looks.push({ at: this.now, ids });
    const { failure } = this;
    await Promise.resolve();
    if (failure !== undefined) throw failure;
    const there = ids.filter((id) => !this.gone.has(id));
    return new Map(there.map((id) => [id, { ready: this.now >= (this.readyAt.get(id) ?? Infinity) }]));
  }
}

const failing = (transient: boolean) =>
  new ServerSideSyncError({ code: "dynamics-unavailable", summary: "Not now.", remedy: "Later.", transient });

describe("the poller of an organization", () => {
  let records: Records;
  beforeEach(() => {
    jest.useFakeTimers();
    records = new Records();
  });
  afterEach(() => {
    // Nothing of it stays behind once nobody waits.
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  test("looks ever more rarely, and no more once what it waits for is ready", async () => {
    records.readyAt.set("a", 30_000);
    const waiting = records.wait("a");
    await jest.advanceTimersByTimeAsync(60_000);
    await expect(waiting).resolves.toEqual({ ready: true });
    expect(records.times).toEqual([5000, 15_000, 27_000, 39_000]);
  });

  test("whoever begins to wait brings the next look forward, and nobody puts it off", async () => {
    for (const id of ["a", "b", "c"]) records.readyAt.set(id, 30_000);
    const waiting = [records.wait("a")];
    await jest.advanceTimersByTimeAsync(17_000);
    waiting.push(records.wait("b"));
    await jest.advanceTimersByTimeAsync(3000);
    waiting.push(records.wait("c"));
    await jest.advanceTimersByTimeAsync(40_000);
    await Promise.all(waiting);
    expect(records.times).toEqual([5000, 15_000, 22_000, 32_000]);
    expect(records.looks.at(-1)?.ids).toEqual(["a", "b", "c"]);
  });

  test("many are read together, so many a request", async () => {
    const ids = ["a", "b", "c", "d", "e", "f", "g"];
    for (const id of ids) records.readyAt.set(id, 0);
    const waiting = Promise.all(ids.map((id) => records.wait(id)));
    await jest.advanceTimersByTimeAsync(5000);
    await waiting;
    expect(records.looks.map(({ ids: asked }) => asked)).toEqual([["a", "b", "c"], ["d", "e", "f"], ["g"]]);
  });

  test("a look that fails for a passing reason is followed by another, one that fails for good by none", async () => {
    records.failure = failing(true);
    const outcome = records.wait("a").catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(6000);
    records.failure = failing(false);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(await outcome).toBe(records.failure);
    expect(records.times).toEqual([5000, 15_000]);
  });

  test("what is gone fails for the one that waits for it, the others go on", async () => {
    records.gone.add("a");
    records.readyAt.set("b", 6000);
    const [gone, other] = [records.wait("a").catch((error: unknown) => error), records.wait("b")];
    await jest.advanceTimersByTimeAsync(60_000);
    expect(await gone).toMatchObject({ code: "mailbox-not-found" });
    await expect(other).resolves.toEqual({ ready: true });
  });

  test("nobody waits longer than the budget", async () => {
    const outcome = records.wait("a", 20).catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(20_000);
    expect(await outcome).toMatchObject({ code: "test-timeout" });
    await jest.advanceTimersByTimeAsync(60_000);
    expect(records.times).toEqual([5000, 15_000]);
  });
});
