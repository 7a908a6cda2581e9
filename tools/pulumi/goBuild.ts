import { spawn } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { repositoryRoot } from "../repository";
import {
  answerOf,
  Closed,
  cliName,
  hostName,
  isAtLeast,
  judge,
  launcherName,
  pathFolders,
  versionFolder,
  type Environment,
  type PulumiCli,
} from "./cli";

/** Version in go/cli/go.mod; the npm wrapper of package.json has the same. */
export const builtVersion = "3.259.0";
/** The last release of the language host as a Go module of its own; it serves newer CLIs too. */
const hostVersion = "3.66.0";
const leastGo = "1.26.0";
const progressMs = 15_000;
const buildMs = 30 * 60_000;

/** Builds CLI and language host from the released Go modules, into the folder where the npm wrapper looks. */
export async function builtCli(env: Environment, log: (line: string) => void): Promise<PulumiCli | Closed> {
  const go = (await answerOf("go", ["env", "GOVERSION"], { ...env, GOTOOLCHAIN: "local", GOFLAGS: "" }))?.replace(
    /^go/,
    "",
  );
  if (go === undefined) return new Closed("no go on PATH");
  if (!isAtLeast(go, leastGo)) return new Closed(`Go ${go} is older than ${leastGo}`);
  const root = versionFolder(env, builtVersion);
  mkdirSync(dirname(root), { recursive: true });
  const work = mkdtempSync(join(tmpdir(), "pulumi-build-"));
  const done = mkdtempSync(join(dirname(root), ".building-"));
  log(
    `No Pulumi CLI is installed and none can be downloaded here: building ${builtVersion} from its released Go modules. ` +
      `This happens once and takes about four minutes; it goes to ${root}.`,
  );
  try {
    cpSync(join(repositoryRoot, "tools/pulumi/go"), work, { recursive: true });
    const build = { env, log, bin: done };
    const failure =
      (await goInstall("the CLI", join(work, "cli"), builtVersion, ["-tags", "osusergo grpcnotrace"], build)) ??
      (await goInstall("the Node.js language host", join(work, "host"), hostVersion, [], build));
    if (failure !== undefined) return new Closed(failure);
    const sdk = dirname(require.resolve("@pulumi/pulumi/package.json"));
    copyFileSync(join(sdk, launcherName), join(done, launcherName));
    mkdirSync(join(root, "bin"), { recursive: true });
    // The CLI comes last: the wrapper takes its presence for a complete installation.
    for (const name of [launcherName, hostName, cliName]) renameSync(join(done, name), join(root, "bin", name));
  } finally {
    rmSync(work, { recursive: true, force: true });
    rmSync(done, { recursive: true, force: true });
  }
  return judge(join(root, "bin"), "built", { ...env, PATH: [join(root, "bin"), ...pathFolders(env)].join(delimiter) });
}

interface Build {
  env: Environment;
  log: (line: string) => void;
  bin: string;
}

/** Undefined where all went well, else what went wrong. */
function goInstall(
  what: string,
  folder: string,
  version: string,
  flags: readonly string[],
  { env, log, bin }: Build,
): Promise<string | undefined> {
  const linked = `-w -s -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
  const start = Date.now();
  return new Promise((resolve) => {
    const child = spawn("go", ["install", "-trimpath", ...flags, "-ldflags", linked, "tool"], {
      cwd: folder,
      env: { ...env, GOBIN: bin, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let fetched = 0;
    let lastLines: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = chunk.split("\n").filter((line) => line !== "");
      fetched += lines.filter((line) => line.includes("downloading")).length;
      lastLines = [...lastLines, ...lines].slice(-3);
    });
    const progress = setInterval(() => {
      log(`  ${what}: ${Math.round((Date.now() - start) / 1000)} s, ${fetched} modules fetched`);
    }, progressMs);
    const deadline = setTimeout(() => {
      child.kill("SIGKILL");
    }, buildMs);
    const end = (failure: string | undefined) => {
      clearInterval(progress);
      clearTimeout(deadline);
      resolve(failure);
    };
    child.once("error", (error) => {
      end(`go could not be started: ${error.message}`);
    });
    child.once("close", (code) => {
      if (code === 0) log(`  ${what}: built in ${Math.round((Date.now() - start) / 1000)} s`);
      end(code === 0 ? undefined : `building ${what} failed: ${lastLines.join(" / ")}`);
    });
  });
}
