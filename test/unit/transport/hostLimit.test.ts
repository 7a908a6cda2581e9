import fc from "fast-check";
import { withHostSlots } from "../../../provider/src/transport/hostLimit";

/** One test that wants slots: when it comes, for how long it runs, both counted in turns of the event loop. */
interface Arrival {
  hosts: readonly string[];
  limit: number;
  comes: number;
  lasts: number;
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
async function turns(count: number): Promise<void> {
  for (let done = 0; done < count; done += 1) await turn();
}

/** Runs all of them, and tells in which order they began and what each began beside, itself included. */
async function play(arrivals: readonly Arrival[]) {
  const running = new Set<number>();
  const came: number[] = [];
  const began: { index: number; beside: number[] }[] = [];
  await Promise.all(
    arrivals.map(async ({ hosts, limit, comes, lasts }, index) => {
      await turns(comes);
      came.push(index);
      await withHostSlots(hosts, limit, async () => {
        running.add(index);
        began.push({ index, beside: [...running] });
        await turns(lasts);
        running.delete(index);
      });
    }),
  );
  return { came, began };
}

const host = fc.constantFrom("a", "b", "c");
const arrival = fc.record({
  hosts: fc.array(host, { minLength: 1, maxLength: 3 }),
  limit: fc.integer({ min: 1, max: 3 }),
  comes: fc.nat(6),
  lasts: fc.nat(4),
});

describe("slots of a mail host", () => {
  test("never more at once than the limit, and every test gets its turn, whatever arrives when", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 25 }), async (arrivals) => {
        const { began } = await play(arrivals);
        expect(began.map(({ index }) => index).sort((a, b) => a - b)).toEqual(arrivals.map((_, index) => index));
        for (const { index, beside } of began) {
          for (const name of arrivals[index]?.hosts ?? []) {
            const users = beside.filter((other) => arrivals[other]?.hosts.includes(name)).length;
            expect(users).toBeLessThanOrEqual(arrivals[index]?.limit ?? 0);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("nobody who needs no less is served before somebody who came earlier", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 25 }), async (arrivals) => {
        const { came, began } = await play(arrivals);
        const place = new Map(began.map(({ index }, order) => [index, order]));
        came.forEach((early, order) => {
          for (const late of came.slice(order + 1)) {
            const [first, second] = [arrivals[early], arrivals[late]];
            if (first === undefined || second === undefined) continue;
            const needsNoLess = first.hosts.every((name) => second.hosts.includes(name)) && first.limit >= second.limit;
            if (needsNoLess) expect(place.get(early)).toBeLessThan(place.get(late) ?? 0);
          }
        });
      }),
      { numRuns: 300 },
    );
  });

  test("who waits for one host keeps the place in the queue of the other", async () => {
    const one = { limit: 1, lasts: 2 };
    const { began } = await play([
      { ...one, hosts: ["a"], comes: 0, lasts: 8 },
      { ...one, hosts: ["b"], comes: 0 },
      { ...one, hosts: ["a", "b"], comes: 1 },
      { ...one, hosts: ["b"], comes: 2 },
    ]);
    expect(began.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
  });

  test("nobody with a higher limit slips in before one who waits for another host", async () => {
    const { began } = await play([
      { hosts: ["b"], limit: 1, comes: 0, lasts: 5 },
      { hosts: ["a", "b"], limit: 1, comes: 1, lasts: 1 },
      { hosts: ["a"], limit: 4, comes: 2, lasts: 1 },
    ]);
    expect(began.map(({ index }) => index)).toEqual([0, 1, 2]);
  });

  test("a test that has to run alone gets its turn among others that come without end", async () => {
    const others = Array.from({ length: 20 }, (_, comes) => ({ hosts: ["a"], limit: 4, comes, lasts: 3 }));
    const alone = { hosts: ["a"], limit: 1, comes: 5, lasts: 1 };
    const { began } = await play([...others, alone]);
    expect(began.findIndex(({ index }) => index === others.length)).toBeLessThan(8);
  });

  test("uses what it may: a host that is full holds up nobody who does not need it", async () => {
    const jobs = Array.from({ length: 10 }, () => ({ hosts: ["a"], limit: 4, comes: 0, lasts: 3 }));
    const { began } = await play([...jobs, { hosts: ["b"], limit: 4, comes: 1, lasts: 1 }]);
    expect(Math.max(...began.map(({ beside }) => beside.length))).toBe(5);
    expect(began[4]?.index).toBe(10);
  });

  test("a test that fails gives its slots back", async () => {
    await expect(withHostSlots(["d", "e"], 1, () => Promise.reject(new Error("x")))).rejects.toThrow("x");
    await expect(withHostSlots(["e", "d"], 1, () => Promise.resolve("next"))).resolves.toBe("next");
  });

  test("a test without a host waits for nobody", async () => {
    await expect(withHostSlots([], 1, () => Promise.resolve("at once"))).resolves.toBe("at once");
  });

  test("thousands who wait cost next to nothing", async () => {
    const start = performance.now();
    await Promise.all(Array.from({ length: 5000 }, () => withHostSlots(["f", "g"], 4, () => Promise.resolve())));
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
