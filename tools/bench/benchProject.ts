import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PulumiProject } from "../../test/support/pulumiProject";
import { repositoryRoot } from "../repository";

/** A thousand resources with checkpoints take minutes. */
const longestRunMs = 900_000;
const programs = "../../../tools/bench/programs";
/** The engine takes the one only together with the other. */
export const skipCheckpoints = { PULUMI_SKIP_CHECKPOINTS: "true", PULUMI_EXPERIMENTAL: "true" };

/** A program of the bench, and with what it runs. */
export interface BenchProgram {
  file: string;
  environment: Readonly<Record<string, string>>;
  config: Readonly<Record<string, unknown>>;
}

/** A stack of its own, so that each run starts from nothing. */
export async function withProject<T>(
  { file, environment, config }: BenchProgram,
  use: (project: PulumiProject) => Promise<T>,
): Promise<T> {
  const project = new PulumiProject("bench", join(programs, file));
  project.longestRunMs = longestRunMs;
  try {
    copyFileSync(join(repositoryRoot, "build/tools/bench/noOp.js"), join(project.folder, "noOp.js"));
    project.setEnvironment(environment);
    await project.init();
    await project.configure(config);
    return await use(project);
  } finally {
    project.dispose();
  }
}

/** As many resources that do nothing as a file says, which `recordResources` wrote. */
export function noOps(recorded: string, environment: Readonly<Record<string, string>> = {}): BenchProgram {
  return { file: "noOps.ts", environment, config: { recorded } };
}

/** What the state says of a resource. */
interface Recorded {
  name: string;
  after?: string;
  inputs: Record<string, unknown>;
  outputs: string[];
}

/** Writes what the resources that do nothing are given: the checked inputs, by a provider of the same length. */
export function recordResources(project: PulumiProject, file: string): void {
  const ours = project.resources().filter(({ urn }) => urn.includes("server-side-sync:"));
  const recorded = ours.map(({ urn, inputs = {}, outputs = {}, dependencies = [] }): Recorded => {
    const length = String(inputs.__provider).length;
    const literal = `exports.handler = () => require("./noOp.js").noOp;`.padEnd(length);
    const [dependency] = dependencies;
    return {
      name: nameIn(urn),
      inputs: { ...inputs, __provider: literal },
      outputs: Object.keys(outputs).filter((key) => !(key in inputs)),
      ...(dependency === undefined ? {} : { after: nameIn(dependency) }),
    };
  });
  writeFileSync(file, JSON.stringify(recorded));
}

const nameIn = (urn: string) => urn.split("::").at(-1) ?? "";

export async function succeeded(project: PulumiProject, ...args: string[]): Promise<void> {
  const { code, output } = await project.run(...args);
  if (code !== 0) throw failed(args, code, output);
}

export function failed(args: readonly string[], code: number, output: string): Error {
  return new Error(`pulumi ${args.join(" ")} ended with ${code}: ${output.slice(-lastWords)}`);
}
const lastWords = 2000;

/** In seconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
