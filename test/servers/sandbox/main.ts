/**
 * The sandbox as a process of its own: prints how to reach it as one line of JSON, and serves until the file named by
 * the first argument is gone.
 */
import { existsSync } from "node:fs";
import { startSandbox } from "./sandbox";

const lookMs = 500;

async function main([lifeline, ...addresses]: readonly string[]): Promise<void> {
  if (lifeline === undefined || addresses.length === 0) throw new Error("usage: main.js <file> <address>...");
  const sandbox = await startSandbox(addresses);
  process.stdout.write(`${JSON.stringify(sandbox.access)}\n`);
  const stop = () => {
    clearInterval(watch);
    void sandbox.stop().then(() => process.exit(0));
  };
  const watch = setInterval(() => {
    if (!existsSync(lifeline)) stop();
  }, lookMs);
  process.once("SIGTERM", stop);
}

void main(process.argv.slice(2));
