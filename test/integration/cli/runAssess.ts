import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "../../../tools/repository";

const bin = join(repositoryRoot, "provider/bin/pulumi-server-side-sync.js");
const deadlineMs = 20_000;

/** Runs the command line as a user would. */
export function runTool(args: readonly string[], input: string | Buffer = "", cwd?: string) {
  const options = { input, encoding: "utf8", timeout: deadlineMs, cwd } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], options);
  return { status, stdout, stderr };
}
