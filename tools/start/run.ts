import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SandboxAccess } from "../../test/servers/sandbox/sandbox";
import type { PulumiCli } from "../pulumi/cli";
import { repositoryRoot } from "../repository";
import { Engine } from "./engine";
import { RunningOrganization } from "./organization";
import { caFile, mailboxesOn, stopSandbox, workFolder } from "./sandboxProcess";
import { allSucceeded, summaryTable, type MailboxReport } from "./summary";
import { givenBack, givingBack, say, stack, stepsOn, toldByOrganization } from "./words";

export const unsupportedFolder = join(repositoryRoot, "examples/quickstart/unsupported");
const quiet = ["--stack", stack, "--yes", "--skip-preview", "--suppress-outputs"];

/** The quickstart's stack on one sandbox: without an organization, on its mail servers alone. */
export class Run {
  private readonly engine: Engine;
  private readonly organization: RunningOrganization | undefined;

  constructor(
    private readonly cli: PulumiCli,
    access: SandboxAccess | undefined,
  ) {
    const { organization, caCertificate = "" } = access ?? {};
    if (organization !== undefined) this.organization = new RunningOrganization(organization, caCertificate);
    this.engine = new Engine(cli, repositoryRoot, this.organization?.environment);
  }

  private get backend() {
    return this.organization === undefined ? "direct" : "dynamics365";
  }

  async configure(access: SandboxAccess): Promise<void> {
    await this.organization?.remember();
    const { imap, pop3, exchange } = mailboxesOn(this.backend);
    const quickstart = {
      mailboxes: JSON.stringify(imap),
      imapHost: access.host,
      imapPort: String(access.imapPort),
      pop3Mailboxes: JSON.stringify(pop3),
      pop3Host: access.host,
      pop3Port: String(access.pop3Port),
      exchangeMailboxes: JSON.stringify(exchange),
      // One that its owner still supports, so that nothing warns of it.
      exchangeSystem: "exchange-server-se",
      exchangeUrl: access.ewsUrl,
      smtpHost: access.host,
      smtpPort: String(access.smtpPort),
      caFile,
    };
    const plain = [
      ...Object.entries(quickstart).map(([key, value]) => `quickstart:${key}=${value}`),
      ...Object.entries(this.organization?.config ?? {}).map(([key, value]) => `${key}=${value}`),
    ];
    await this.engine.ask("stack", "init", stack);
    await this.engine.ask(
      "config",
      "set-all",
      "--stack",
      stack,
      ...plain.flatMap((pair) => ["--plaintext", pair]),
      "--secret",
      `quickstart:passwords=${JSON.stringify(access.users)}`,
    );
  }

  async supported(): Promise<void> {
    const steps = stepsOn(this.backend);
    say(steps.preview);
    await expectCode(this.engine.show("preview", "--stack", stack, "--suppress-outputs"), 0, "the preview");
    say(steps.update);
    await expectCode(this.engine.show("up", ...quiet), 0, "the update");
    say(steps.again);
    await expectCode(this.engine.show("up", ...quiet, "--expect-no-changes"), 0, "the second update");
    const outputs = JSON.parse(await this.engine.ask("stack", "output", "--stack", stack, "--json")) as {
      report: MailboxReport[];
    };
    say(`What Test & Enable found:\n\n${summaryTable(outputs.report)}`);
    if (!allSucceeded(outputs.report)) throw new Error("not-healthy: A tested direction is not Success.");
    if (this.organization === undefined) return;
    await this.organization.assertReported(outputs.report);
    say(toldByOrganization(await this.organization.alerts()));
  }

  /** Shows how the organization gets its mailboxes back; mail servers alone have nothing to be given back. */
  async giveBack(): Promise<void> {
    if (this.organization === undefined || !(await this.organization.answers()) || !(await this.hasStack())) return;
    say(givingBack);
    await expectCode(this.engine.show("destroy", ...quiet, "--remove"), 0, "the removal");
    say(givenBack(await this.organization.assertGivenBack()));
  }

  async unsupported(): Promise<void> {
    const engine = new Engine(this.cli, unsupportedFolder);
    say("And a stack that server-side synchronization does not support. Its preview has to fail:");
    await engine.ask("stack", "init", stack);
    try {
      await expectCode(engine.show("preview", "--stack", stack), "failure", "the preview of the unsupported stack");
    } finally {
      await engine.ask("stack", "rm", "--stack", stack, "--yes");
    }
    say("That failure was expected: nothing was touched, and each line says what to do.");
  }

  /** Takes the stack away, and the sandbox with it. */
  async remove(): Promise<void> {
    if (await this.hasStack()) {
      // The simulated organization goes with its process: what was not given back before is not to be given back now.
      if (this.organization === undefined)
        await this.engine.ask("destroy", "--stack", stack, "--yes", "--skip-preview");
      await this.engine.ask("stack", "rm", "--stack", stack, "--yes", "--force");
    }
    await stopSandbox();
  }

  private async hasStack(): Promise<boolean> {
    if (!existsSync(workFolder)) return false;
    const stacks = JSON.parse(await this.engine.ask("stack", "ls", "--json")) as { name: string }[];
    return stacks.some(({ name }) => name.split("/").at(-1) === stack);
  }
}

async function expectCode(running: Promise<number>, expected: 0 | "failure", what: string): Promise<void> {
  const code = await running;
  if ((code === 0) === (expected === 0)) return;
  throw new Error(`unexpected-exit-code: ${what} ended with exit code ${code}; see above.`);
}
