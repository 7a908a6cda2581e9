import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** A Pulumi CLI that can run TypeScript programs and dynamic resources. */
export interface PulumiCli {
  /** Folder of the executable; stands first on PATH when it runs. */
  folder: string;
  version: string;
  source: "installed" | "wrapper" | "built";
}
/** Why a way to a CLI is closed; one clause, no full stop. */
export class Closed {
  constructor(readonly why: string) {}
}

/** The oldest engine that the provider's peer range allows. */
export const leastVersion = "3.248.0";
const suffix = process.platform === "win32" ? ".exe" : "";
export const cliName = `pulumi${suffix}`;
export const hostName = `pulumi-language-nodejs${suffix}`;
export const launcherName =
  process.platform === "win32" ? "pulumi-resource-pulumi-nodejs.cmd" : "pulumi-resource-pulumi-nodejs";
const answerMs = 10_000;

export type Environment = Readonly<Record<string, string | undefined>>;

export function pathFolders(env: Environment): string[] {
  return (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
}

/** Where the official npm wrapper and the Automation API keep a CLI of one version. */
export function versionFolder(env: Environment, version: string): string {
  const home = env.PULUMI_HOME;
  return join(home === undefined || home === "" ? join(homedir(), ".pulumi") : home, "versions", version);
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile() && statSync(path).size > 0;
  } catch {
    return false;
  }
}

/** What an executable answers on stdout; undefined where it fails or stays silent. */
export function answerOf(file: string, args: readonly string[], env: Environment): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(
      file,
      [...args],
      { env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" }, timeout: answerMs },
      (error, stdout) => {
        resolve(error === null ? stdout.trim() : undefined);
      },
    );
  });
}

/** `a` is the same version as `b` or a later one; only the numbers count. */
export function isAtLeast(a: string, b: string): boolean {
  const numbers = (version: string) => version.split(/[.-]/, 3).map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (const [index, number] of left.entries()) {
    const difference = number - (right[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}

/** The CLI in a folder, judged by what it answers. */
export async function judge(
  folder: string,
  source: PulumiCli["source"],
  env: Environment,
): Promise<PulumiCli | Closed> {
  const executable = join(folder, cliName);
  if (!isExecutable(executable)) return new Closed(`there is none in ${folder}`);
  const answer = await answerOf(executable, ["version"], env);
  const version = /^v?(\d+\.\d+\.\d+\S*)/.exec(answer ?? "")?.[1];
  if (version === undefined) return new Closed(`${executable} does not tell its version`);
  if (!isAtLeast(version, leastVersion)) return new Closed(`${executable} is ${version}, older than ${leastVersion}`);
  const missing = [hostName, launcherName].find(
    (name) => ![folder, ...pathFolders(env)].some((candidate) => isExecutable(join(candidate, name))),
  );
  if (missing !== undefined) return new Closed(`${executable} lacks ${missing} beside it`);
  return { folder, version, source };
}
