import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensurePulumi } from "../pulumi/ensure";
import { repositoryRoot } from "../repository";
import { help, wishIn } from "./arguments";
import { Run, unsupportedFolder } from "./run";
import { runningSandbox, startSandboxProcess, workFolder } from "./sandboxProcess";
import { howToPlay, opening, say, stack } from "./words";

async function main(args: readonly string[]): Promise<number> {
  const { action, backend } = wishIn(args);
  if (action === "help") {
    process.stdout.write(help);
    return 0;
  }
  const cli = await ensurePulumi();
  if (action === "remove") {
    const left = new Run(cli, runningSandbox());
    try {
      await left.giveBack();
    } finally {
      await left.remove();
    }
    say("The sandbox is gone.");
    return 0;
  }
  if (existsSync(workFolder))
    throw new Error("sandbox-exists: An earlier run left its sandbox. Remove it with: npm start -- --remove");
  for (const folder of [repositoryRoot, unsupportedFolder]) refuseToOverwrite(join(folder, `Pulumi.${stack}.yaml`));
  // Ctrl-C ends the CLI; what was started is still taken away.
  process.on("SIGINT", () => undefined);
  let keep = action === "keep";
  let run = new Run(cli, undefined);
  try {
    const access = await startSandboxProcess(backend);
    run = new Run(cli, access);
    say(opening(cli.version, access));
    await run.configure(access);
    await run.supported();
    if (!keep) await run.giveBack();
    await run.unsupported();
  } catch (error) {
    keep = false;
    throw error;
  } finally {
    if (!keep) await run.remove();
  }
  if (keep) say(howToPlay(backend));
  return 0;
}

/** Removing the stack at the end removes its config file, which would be the user's. */
function refuseToOverwrite(file: string): void {
  if (!existsSync(file)) return;
  throw new Error(
    `stack-config-exists: ${file} is there, and npm start needs the stack name "${stack}" for itself. Nothing was changed. Rename your stack, or remove the file where it is a leftover.`,
  );
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
