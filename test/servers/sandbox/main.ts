/**
 * The sandbox as a process of its own: prints how to reach it as one line of JSON, and serves until the file named by
 * the first argument is gone.
 */
import { existsSync } from "node:fs";
import { startSandbox, type SandboxOptions } from "./sandbox";

const lookMs = 500;

async function main([lifeline, options]: readonly string[]): Promise<void> {
  if (lifeline === undefined || options === undefined) throw new Error("usage: main.js <file> <options as JSON>");
  const sandbox = await startSandbox(JSON.parse(options) as SandboxOptions);
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
