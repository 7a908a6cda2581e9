import { spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  copyFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cliName, type PulumiCli } from "../../tools/pulumi/cli";
import { withCli } from "../../tools/pulumi/ensure";
import { repositoryRoot } from "../../tools/repository";
import type { Availability } from "../servers/availability";

const stack = "test";

export interface Run {
  code: number;
  /** Stdout and stderr together. */
  output: string;
}
/** A run under way. */
export interface RunningCli {
  pid: number;
  ended: Promise<Run>;
}
export interface StateResource {
  urn: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  initErrors?: string[];
  /** URNs. */
  dependencies?: string[];
}

/** The npm scripts make a CLI ready before jest starts, and the global setup finds it. */
export function cliAvailability(): Availability {
  if (process.env.TEST_PULUMI_CLI !== undefined) return { available: true };
  return { available: false, reason: "there is no Pulumi CLI; npm run pulumi tells why" };
}

function foundCli(): PulumiCli {
  return JSON.parse(process.env.TEST_PULUMI_CLI ?? "null") as PulumiCli;
}

/**
 * A program of `test/e2e/programs` as a Pulumi project with one stack and a file backend of its own. It lies inside the
 * repository: the engine resolves the SDK from the project's folder upwards.
 */
export class PulumiProject {
  readonly folder: string;
  /** How long a run may take, in milliseconds. */
  longestRunMs = 120_000;
  private readonly state: string;
  private readonly secrets = new Set<string>();
  private readonly environment: Record<string, string> = {};

  private readonly cli = foundCli();

  constructor(
    private readonly name: string,
    program: string,
    state?: string,
  ) {
    const parent = join(repositoryRoot, ".work/e2e");
    mkdirSync(parent, { recursive: true });
    this.folder = mkdtempSync(join(parent, `${name}-`));
    this.state = state ?? join(this.folder, "state");
    mkdirSync(this.state, { recursive: true });
    writeFileSync(join(this.folder, "Pulumi.yaml"), `name: ${name}\nruntime: nodejs\n`);
    copyFileSync(join(repositoryRoot, "examples/quickstart/tsconfig.json"), join(this.folder, "tsconfig.json"));
    copyFileSync(join(repositoryRoot, "test/e2e/programs", program), join(this.folder, "index.ts"));
  }

  /** A further project on the same backend, for references between stacks. */
  beside(name: string, program: string): PulumiProject {
    return new PulumiProject(name, program, this.state);
  }

  /** Sets stack config. What is secret is from then on looked for in every output and in the state. */
  async configure(
    plain: Readonly<Record<string, unknown>>,
    passwords: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    for (const password of Object.values(passwords)) this.secrets.add(password);
    const pair =
      (flag: string) =>
      ([key, value]: [string, unknown]) => [
        flag,
        `lab:${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
      ];
    const args = [...Object.entries(plain).flatMap(pair("--plaintext")), ...pair("--secret")(["passwords", passwords])];
    const { code, output } = await this.run("config", "set-all", ...args);
    if (code !== 0) throw new Error(output);
  }

  /** Sets variables of every later run; those that are secret are looked for like passwords. */
  setEnvironment(plain: Readonly<Record<string, string>>, secret: Readonly<Record<string, string>> = {}): void {
    Object.assign(this.environment, plain, secret);
    for (const value of Object.values(secret)) this.secrets.add(value);
  }

  async init(): Promise<void> {
    const { code, output } = await this.run("stack", "init", stack);
    if (code !== 0) throw new Error(output);
  }

  run(...args: string[]): Promise<Run> {
    return this.checked(args, {}).ended;
  }

  /** Runs in a process group of its own: what ends it does not end the tests. */
  begin(...args: string[]): RunningCli {
    return this.checked(args, { detached: true });
  }

  /** Keeps backend and config under a name, to be put back later. */
  save(name: string): void {
    this.copy(this.stateAndConfig(), this.saved(name));
  }

  restore(name: string): void {
    this.copy(this.saved(name), this.stateAndConfig());
  }

  /** The folder in which the backend writes what the stack holds. */
  get stateFolder(): string {
    return join(this.state, ".pulumi/stacks", this.name);
  }

  /** What a CLI that is killed while it writes may leave beside the state, which then cannot be read. */
  removeEmptyAttributes(): void {
    for (const entry of readdirSync(this.state, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (entry.isFile() && entry.name.endsWith(".attrs") && statSync(path).size === 0) rmSync(path);
    }
  }

  resources(): StateResource[] {
    const file = join(this.stateFolder, `${stack}.json`);
    const parsed = JSON.parse(readFileSync(file, "utf8")) as {
      checkpoint: { latest?: { resources?: StateResource[] } };
    };
    return parsed.checkpoint.latest?.resources ?? [];
  }

  resource(name: string): StateResource {
    const found = this.resources().find(({ urn }) => urn.endsWith(`::${name}`));
    if (found === undefined) throw new Error(`${name} is not in the state`);
    return found;
  }

  /** Passwords that stand anywhere in the backend's raw files, in clear or in base64. */
  passwordsInState(): string[] {
    const texts = readdirSync(this.state, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
    return [...this.secrets].filter((secret) => texts.some((text) => holds(text, secret)));
  }

  dispose(): void {
    if (existsSync(this.folder)) rmSync(this.folder, { recursive: true, force: true });
  }

  private checked(args: readonly string[], options: { detached?: true }): RunningCli {
    const selected = args[0] === "stack" && args[1] === "init" ? args : [...args, "--stack", stack];
    const { pid, ended } = this.execute(["--non-interactive", "--color", "never", ...selected], options);
    const checked = ended.then((result) => {
      for (const secret of this.secrets) {
        if (holds(result.output, secret)) throw new Error(`pulumi ${args.join(" ")} printed a password`);
      }
      return result;
    });
    return { pid, ended: checked };
  }

  private stateAndConfig(): [string, string] {
    return [this.state, join(this.folder, `Pulumi.${stack}.yaml`)];
  }

  private saved(name: string): [string, string] {
    return [join(this.folder, `saved-${name}`, "state"), join(this.folder, `saved-${name}`, "config.yaml")];
  }

  private copy(from: readonly [string, string], to: readonly [string, string]): void {
    for (const [index, target] of to.entries()) {
      rmSync(target, { recursive: true, force: true });
      cpSync(from[index] ?? "", target, { recursive: true });
    }
  }

  private execute(args: readonly string[], options: { detached?: true }): RunningCli {
    const env = {
      ...withCli(this.cli),
      PULUMI_BACKEND_URL: pathToFileURL(this.state).href,
      PULUMI_CONFIG_PASSPHRASE: "test",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_NEO: "false",
      PULUMI_SUPPRESS_NEO_LINK: "true",
      // The test command has type-checked the programs already.
      PULUMI_NODEJS_TRANSPILE_ONLY: "true",
      ...this.environment,
    };
    const child = spawn(join(this.cli.folder, cliName), [...args], {
      cwd: this.folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      ...options,
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
    const ended = new Promise<Run>((resolve, reject) => {
      const timer = setTimeout(() => child.kill(), this.longestRunMs);
      child.once("error", reject);
      child.once("close", (code) => {
        clearTimeout(timer);
        resolve({ code: code ?? 255, output: stdout + stderr });
      });
    });
    return { pid: child.pid ?? 0, ended };
  }
}

function holds(text: string, secret: string): boolean {
  return text.includes(secret) || text.includes(Buffer.from(secret).toString("base64").replace(/=+$/, ""));
}
