import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { ServerSideSyncError } from "../errors";
import { assessCommand, exitCodes } from "./assessCommand";
import { formats, type Format } from "./reports/formats";

const packageFile = join(__dirname, "..", "..", "package.json");
const { version } = JSON.parse(readFileSync(packageFile, "utf8")) as { version: string };

const assessHelp = `
The file holds what "pulumi preview --json --show-sames" printed, or a list of declarations in JSON or YAML:

  organization: { deployment: on-premises, fips: true }   # optional, for profiles without one of their own
  profiles:
    - { name: gmail, emailSystem: gmail }
  mailboxes:
    - { profile: gmail, emailAddress: sales@contoso.com, credentials: { type: password, password: { env: PW } } }

Without a file, or with "-", it is read from the standard input.
Exit code: 0 no errors, 1 errors (accepted ones do not count), 2 the input cannot be used.`;

function program(): Command {
  const root = new Command("pulumi-server-side-sync")
    .description("Dynamics 365 server-side synchronization as code: the tool beside the Pulumi resources.")
    .version(version)
    .exitOverride()
    .showSuggestionAfterError();
  root
    .command("assess")
    .description("Judges declarations by Microsoft's support pages and the server's own rules, without an engine.")
    .argument("[file]", "JSON or YAML", "-")
    .addOption(new Option("--format <format>", "how to report").choices(formats).default("text"))
    .addHelpText("after", assessHelp)
    .exitOverride()
    .action(async (file: string, options: { format: Format }) => {
      const today = new Date().toISOString().slice(0, 10);
      const { output, exitCode } = await assessCommand({ file, format: options.format, today, version });
      process.stdout.write(output);
      process.exitCode = exitCode;
    });
  return root;
}

/** Whoever reads the output may stop reading. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

/** Whatever happens, a pipeline reads one line and the exit code of an input that was not judged. */
function asOwnError(error: unknown): ServerSideSyncError {
  if (error instanceof ServerSideSyncError) return error;
  return new ServerSideSyncError({
    code: "internal-error",
    summary: `Something unforeseen happened: ${error instanceof Error ? error.message : String(error)}.`,
    remedy: "Please report it together with the input.",
  });
}

async function main(): Promise<void> {
  try {
    await program().parseAsync();
  } catch (error) {
    process.exitCode = exitCodes.unusableInput;
    if (!(error instanceof CommanderError)) process.stderr.write(`${asOwnError(error).message}\n`);
    else if (error.exitCode === 0) process.exitCode = 0;
  }
}

void main();
