import { startDelayProxy } from "../../test/servers/delayProxy";
import { median } from "./table";

const roundTripMs = 40;
const runs = 11;
const longestWorkMs = 30_000;

/** What is done once, from connecting to closing, with servers at ports of the loopback. */
export type Work = (...ports: number[]) => Promise<void>;
interface Line {
  ports: number[];
  stop(): Promise<unknown>;
}

/**
 * How many round trips each work takes: what it takes longer over a line of 40 ms than over one without delay, in
 * units of the line. What either side computes counts in both, and so not at all. The works take turns.
 */
export async function roundTripsOf<Name extends string>(
  ports: readonly number[],
  works: Readonly<Record<Name, Work>>,
): Promise<Record<Name, number>> {
  const lines = { near: await startLine(ports, 0), far: await startLine(ports, roundTripMs) };
  const names = Object.keys(works) as Name[];
  const taken = names.map((name) => ({ name, near: [] as number[], far: [] as number[] }));
  try {
    // The first run also loads and compiles.
    for (let run = 0; run <= runs; run += 1)
      for (const { name, near, far } of taken) {
        near[run] = await timed(name, works[name], lines.near);
        far[run] = await timed(name, works[name], lines.far);
      }
  } finally {
    await Promise.all([lines.near.stop(), lines.far.stop()]);
  }
  const roundTrips = taken.map(({ name, near, far }): [Name, number] => [
    name,
    (median(far.slice(1)) - median(near.slice(1))) / roundTripMs,
  ]);
  return Object.fromEntries(roundTrips) as Record<Name, number>;
}

async function startLine(ports: readonly number[], delayMs: number): Promise<Line> {
  const proxies = await Promise.all(ports.map((port) => startDelayProxy(port, delayMs)));
  return { ports: proxies.map(({ port }) => port), stop: () => Promise.all(proxies.map((proxy) => proxy.stop())) };
}

async function timed(name: string, work: Work, { ports }: Line): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${name}: not within ${longestWorkMs} ms`));
    }, longestWorkMs);
  });
  const start = performance.now();
  try {
    await Promise.race([work(...ports), tooLong]);
    return performance.now() - start;
  } finally {
    clearTimeout(timer);
  }
}
