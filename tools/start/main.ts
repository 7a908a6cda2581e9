import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SandboxAccess } from "../../test/servers/sandbox/sandbox";
import { ensurePulumi } from "../pulumi/ensure";
import { repositoryRoot } from "../repository";
import { backendUrl, Engine, passphrase } from "./engine";
import { caFile, mailboxes, startSandboxProcess, stopSandbox, workFolder } from "./sandboxProcess";
import { allSucceeded, summaryTable, type MailboxReport } from "./summary";

const help = `Shows the provider at work: mail servers of its own on this machine, and the real Pulumi engine.

  npm start                 preview, up, a second up that finds nothing to do, an unsupported stack; then cleans up
  npm start -- --keep       the same, but leaves stack and mail servers for play
  npm start -- --remove     removes what --keep left
`;
const stack = "sandbox";
const unsupportedFolder = join(repositoryRoot, "examples/quickstart/unsupported");

async function main(args: readonly string[]): Promise<number> {
  const [flag, ...others] = args;
  if (others.length > 0 || (flag !== undefined && !["--keep", "--remove", "--help"].includes(flag)))
    throw new Error(`unknown-argument: ${args.join(" ")} is not understood.\n\n${help}`);
  if (flag === "--help") {
    process.stdout.write(help);
    return 0;
  }
  const cli = await ensurePulumi();
  const engine = new Engine(cli, repositoryRoot);
  if (flag === "--remove") {
    await remove(engine);
    say("The sandbox is gone.");
    return 0;
  }
  if (existsSync(workFolder))
    throw new Error("sandbox-exists: An earlier run left its sandbox. Remove it with: npm start -- --remove");
  for (const folder of [repositoryRoot, unsupportedFolder]) refuseToOverwrite(join(folder, `Pulumi.${stack}.yaml`));
  // Ctrl-C ends the CLI; what was started is still taken away.
  process.on("SIGINT", () => undefined);
  let keep = flag === "--keep";
  try {
    const access = await startSandboxProcess();
    say(
      `Pulumi ${cli.version}. Mail servers of the sandbox: IMAP ${access.imapPort} (TLS), POP3 ${access.pop3Port} (TLS), SMTP ${access.smtpPort} (STARTTLS), simulated Exchange Server ${access.ewsUrl}.`,
    );
    await configure(engine, access);
    await supported(engine);
    await unsupported(new Engine(cli, unsupportedFolder));
  } catch (error) {
    keep = false;
    throw error;
  } finally {
    if (!keep) await remove(engine);
  }
  if (keep) say(howToPlay());
  return 0;
}

/** Removing the stack at the end removes its config file, which would be the user's. */
function refuseToOverwrite(file: string): void {
  if (!existsSync(file)) return;
  throw new Error(
    `stack-config-exists: ${file} is there, and npm start needs the stack name "${stack}" for itself. Nothing was changed. Rename your stack, or remove the file where it is a leftover.`,
  );
}

async function configure(engine: Engine, access: SandboxAccess): Promise<void> {
  await engine.ask("stack", "init", stack);
  const plain = {
    mailboxes: JSON.stringify(mailboxes.imap),
    imapHost: access.host,
    imapPort: String(access.imapPort),
    pop3Mailboxes: JSON.stringify(mailboxes.pop3),
    pop3Host: access.host,
    pop3Port: String(access.pop3Port),
    exchangeMailboxes: JSON.stringify(mailboxes.exchange),
    exchangeUrl: access.ewsUrl,
    smtpHost: access.host,
    smtpPort: String(access.smtpPort),
    caFile,
  };
  await engine.ask(
    "config",
    "set-all",
    "--stack",
    stack,
    ...Object.entries(plain).flatMap(([key, value]) => ["--plaintext", `quickstart:${key}=${value}`]),
    "--secret",
    `quickstart:passwords=${JSON.stringify(access.users)}`,
  );
}

async function supported(engine: Engine): Promise<void> {
  await expectCode(engine.show("preview", "--stack", stack, "--suppress-outputs"), 0, "the preview");
  await expectCode(
    engine.show("up", "--stack", stack, "--skip-preview", "--yes", "--suppress-outputs"),
    0,
    "the update",
  );
  await expectCode(
    engine.show("up", "--stack", stack, "--skip-preview", "--yes", "--suppress-outputs", "--expect-no-changes"),
    0,
    "the second update",
  );
  const outputs = JSON.parse(await engine.ask("stack", "output", "--stack", stack, "--json")) as {
    report: MailboxReport[];
  };
  say(`What Test & Enable found:\n\n${summaryTable(outputs.report)}`);
  if (!allSucceeded(outputs.report)) throw new Error("not-healthy: A tested direction is not Success.");
}

async function unsupported(engine: Engine): Promise<void> {
  say("And a stack that server-side synchronization does not support. Its preview has to fail:");
  await engine.ask("stack", "init", stack);
  try {
    await expectCode(engine.show("preview", "--stack", stack), "failure", "the preview of the unsupported stack");
  } finally {
    await engine.ask("stack", "rm", "--stack", stack, "--yes");
  }
  say("That failure was expected: nothing was touched, and each line says what to do.");
}

async function expectCode(running: Promise<number>, expected: 0 | "failure", what: string): Promise<void> {
  const code = await running;
  if ((code === 0) === (expected === 0)) return;
  throw new Error(`unexpected-exit-code: ${what} ended with exit code ${code}; see above.`);
}

async function remove(engine: Engine): Promise<void> {
  const stacks = existsSync(workFolder) ? await engine.ask("stack", "ls", "--json") : "[]";
  if ((JSON.parse(stacks) as { name: string }[]).some(({ name }) => name.split("/").at(-1) === stack)) {
    await engine.ask("destroy", "--stack", stack, "--yes", "--skip-preview");
    await engine.ask("stack", "rm", "--stack", stack, "--yes");
  }
  await stopSandbox();
}

function howToPlay(): string {
  return `Stack and mail servers are still there. To play with them:

  export PULUMI_BACKEND_URL=${backendUrl} PULUMI_CONFIG_PASSPHRASE=${passphrase}
  npm run pulumi -- up --stack ${stack}
  npm run pulumi -- config get quickstart:passwords --stack ${stack}

To remove them: npm start -- --remove`;
}

function say(text: string): void {
  process.stdout.write(`\n${text}\n`);
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
