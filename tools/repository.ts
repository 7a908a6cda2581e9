import { existsSync } from "node:fs";
import { dirname, join } from "node:path";

/** The folder of this repository, from a source file as well as from its compiled twin. */
export const repositoryRoot = ((): string => {
  let folder = __dirname;
  while (!existsSync(join(folder, "Pulumi.yaml"))) folder = dirname(folder);
  return folder;
})();
