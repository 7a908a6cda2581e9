import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Closed, judge, versionFolder, type Environment, type PulumiCli } from "./cli";

const wrapperManifest = require.resolve("pulumi/package.json");
/** An unreachable host must not hold up the next way for 10 s or more. */
const probeMs = 8000;
const downloadMs = 10 * 60_000;

/** Version that the official npm wrapper would fetch. */
export function wrapperVersion(env: Environment): string {
  const asked = env.PULUMI_VERSION;
  if (asked !== undefined && asked !== "") return asked;
  return (JSON.parse(readFileSync(wrapperManifest, "utf8")) as { version: string }).version;
}

/** The copy that the wrapper downloaded, or that was built in its place, earlier. */
export function earlierCopy(env: Environment): Promise<PulumiCli | Closed> {
  return judge(join(versionFolder(env, wrapperVersion(env)), "bin"), "wrapper", env);
}

/** Lets the official npm wrapper download the CLI, where its site answers. */
export async function downloadedCli(
  env: Environment,
  log: (line: string) => void,
  site: string,
): Promise<PulumiCli | Closed> {
  try {
    await fetch(site, { method: "HEAD", redirect: "manual", signal: AbortSignal.timeout(probeMs) });
  } catch {
    return new Closed(`${new URL(site).hostname} cannot be reached`);
  }
  log(`Downloading the Pulumi CLI ${wrapperVersion(env)} with the official npm package "pulumi".`);
  const ended = await runWrapper(env);
  if (ended !== undefined) return new Closed(`the download ${ended}`);
  return earlierCopy(env);
}

/** Undefined where all went well, else how it ended. */
function runWrapper(env: Environment): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(dirname(wrapperManifest), "run.js"), "version"], {
      env,
      stdio: ["ignore", "ignore", "inherit"],
      detached: process.platform !== "win32",
    });
    const timer = setTimeout(() => {
      // The wrapper runs a shell and curl below it; the whole group has to go.
      if (child.pid !== undefined) process.kill(process.platform === "win32" ? child.pid : -child.pid, "SIGKILL");
      resolve(`took longer than ${downloadMs / 60_000} minutes`);
    }, downloadMs);
    child.once("error", (error) => {
      clearTimeout(timer);
      resolve(`could not start: ${error.message}`);
    });
    child.once("exit", (code) => {
      clearTimeout(timer);
      resolve(code === 0 ? undefined : `ended with exit code ${code ?? "none"}`);
    });
  });
}
