import { realpathSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { Closed, cliName, isExecutable, judge, pathFolders, type Environment, type PulumiCli } from "./cli";

/** The first usable `pulumi` on PATH. The npm wrapper's shim does not count: running it starts its download. */
export async function installedCli(env: Environment): Promise<PulumiCli | Closed> {
  const folders = pathFolders(env).filter((folder) => !folder.split(sep).includes("node_modules"));
  const holding = folders.filter((folder) => isExecutable(join(folder, cliName)));
  const reasons: string[] = [];
  for (const folder of holding) {
    // A link in a shared folder leads to where the language host lies.
    const real = dirname(realpathSync(join(folder, cliName)));
    const result = await judge(real, "installed", env);
    if (!(result instanceof Closed)) return result;
    reasons.push(result.why);
  }
  return new Closed(reasons.length === 0 ? "no pulumi on PATH" : reasons.join(", "));
}
