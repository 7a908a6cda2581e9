import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  copyFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { cliName, type PulumiCli } from "../../tools/pulumi/cli";
import { withCli } from "../../tools/pulumi/ensure";
import { repositoryRoot } from "../../tools/repository";
import type { Availability } from "../servers/availability";

/** A thousand resources with checkpoints take minutes. */
const runMs = 900_000;
const stack = "test";

export interface Run {
  code: number;
  /** Stdout and stderr together. */
  output: string;
}
interface StateResource {
  urn: string;
  id?: string;
  inputs?: Record<string, unknown>;
  outputs?: Record<string, unknown>;
  initErrors?: string[];
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

  async run(...args: string[]): Promise<Run> {
    const selected = args[0] === "stack" && args[1] === "init" ? args : [...args, "--stack", stack];
    const result = await this.execute(["--non-interactive", "--color", "never", ...selected]);
    for (const secret of this.secrets) {
      if (holds(result.output, secret)) throw new Error(`pulumi ${args.join(" ")} printed a password`);
    }
    return result;
  }

  resources(): StateResource[] {
    const file = join(this.state, ".pulumi/stacks", this.name, `${stack}.json`);
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

  private execute(args: readonly string[]): Promise<Run> {
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
    return new Promise((resolve) => {
      const options = { cwd: this.folder, env, timeout: runMs, maxBuffer: 64 * 1024 * 1024 };
      execFile(join(this.cli.folder, cliName), [...args], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 255;
        resolve({ code, output: stdout + stderr });
      });
    });
  }
}

function holds(text: string, secret: string): boolean {
  return text.includes(secret) || text.includes(Buffer.from(secret).toString("base64").replace(/=+$/, ""));
}
