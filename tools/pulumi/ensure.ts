import { delimiter } from "node:path";
import { Closed, leastVersion, type Environment, type PulumiCli } from "./cli";
import { builtCli } from "./goBuild";
import { installedCli } from "./installed";
import { downloadedCli, earlierCopy } from "./wrapper";

export interface EnsureOptions {
  env?: Environment;
  /** Progress, one line at a time; default stderr. */
  log?: (line: string) => void;
  /** Site that the download needs. */
  downloadSite?: string;
}

/** A CLI that is already on this machine. */
export async function findPulumi(env: Environment = process.env): Promise<PulumiCli | undefined> {
  for (const way of [installedCli, earlierCopy]) {
    const result = await way(env);
    if (!(result instanceof Closed)) return result;
  }
  return undefined;
}

/**
 * A CLI that works: the installed one, the npm wrapper's, or one built from the Go modules.
 *
 * @throws Error `pulumi-cli-missing`, naming the three ways and why each is closed
 */
export async function ensurePulumi(options: EnsureOptions = {}): Promise<PulumiCli> {
  const { env = process.env, downloadSite = "https://get.pulumi.com/" } = options;
  const log = options.log ?? ((line: string) => process.stderr.write(`${line}\n`));
  const installed = await installedCli(env);
  if (!(installed instanceof Closed)) return installed;
  const copy = await earlierCopy(env);
  if (!(copy instanceof Closed)) return copy;
  const downloaded = await downloadedCli(env, log, downloadSite);
  if (!(downloaded instanceof Closed)) return downloaded;
  const built = await builtCli(env, log);
  if (!(built instanceof Closed)) return built;
  throw new Error(
    `pulumi-cli-missing: No Pulumi CLI ${leastVersion} or later is at hand: ` +
      `installed: ${installed.why}; download: ${downloaded.why}; build: ${built.why}. ` +
      `Install Pulumi (https://www.pulumi.com/docs/install/), or allow HTTPS to ${new URL(downloadSite).hostname}, or put Go 1.26 or later on PATH.`,
  );
}

/** The environment in which `pulumi` and its language host are found. */
export function withCli(cli: PulumiCli, env: Environment = process.env): Record<string, string | undefined> {
  return { ...env, PATH: [cli.folder, env.PATH ?? ""].join(delimiter) };
}
