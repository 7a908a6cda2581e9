import { startDelayProxy } from "../../test/servers/delayProxy";
import { median } from "./table";

const roundTripMs = 40;
const runs = 11;
const longestWorkMs = 30_000;

/** What is done once, from connecting to closing, with the server at a port of the loopback. */
export type Work = (port: number) => Promise<void>;

/**
 * How many round trips each work takes: what it takes longer over a line of 40 ms than over one without delay, in
 * units of the line. What either side computes counts in both, and so not at all. The works take turns.
 */
export async function roundTripsOf<Name extends string>(
  port: number,
  works: Readonly<Record<Name, Work>>,
): Promise<Record<Name, number>> {
  const lines = { near: await startDelayProxy(port, 0), far: await startDelayProxy(port, roundTripMs) };
  const names = Object.keys(works) as Name[];
  const taken = names.map((name) => ({ name, near: [] as number[], far: [] as number[] }));
  try {
    // The first run also loads and compiles.
    for (let run = 0; run <= runs; run += 1)
      for (const { name, near, far } of taken) {
        near[run] = await timed(name, works[name], lines.near.port);
        far[run] = await timed(name, works[name], lines.far.port);
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

async function timed(name: string, work: Work, port: number): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`${name}: not within ${longestWorkMs} ms`));
    }, longestWorkMs);
  });
  const start = performance.now();
  try {
    await Promise.race([work(port), tooLong]);
    return performance.now() - start;
  } finally {
    clearTimeout(timer);
  }
}
