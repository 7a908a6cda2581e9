import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { addressesOf, testAll, usersOf } from "./mailboxes";
import { startMailServers } from "./mailServersProcess";
import type { Row } from "./table";

const tests = 1000;
/** Loads, compiles and fills what is kept on purpose. */
const before = 200;
const mostMegabytes = 5;

/** What a thousand tests leave behind in a process that has run some before. */
export async function memoryRows(): Promise<Row[]> {
  const addresses = addressesOf(100);
  const servers = await startMailServers(usersOf(addresses));
  try {
    await repeat(before, () => testAll(servers, addresses));
    const start = heapMegabytes();
    await repeat(tests, () => testAll(servers, addresses));
    const left = Math.max(0, heapMegabytes() - start);
    return [{ what: "heap kept after 1000 tests", measured: left, bound: mostMegabytes, unit: "MB" }];
  } finally {
    await servers.stop();
  }

  async function repeat(count: number, work: () => Promise<void>): Promise<void> {
    for (let done = 0; done < count; done += addresses.length) await work();
  }
}

function heapMegabytes(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed / 1024 / 1024;
}
