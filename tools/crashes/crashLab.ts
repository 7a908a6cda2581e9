import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startMailLab, type MailLab } from "../../test/servers/mailLab";
import { createAuthority } from "../../test/servers/pki";
import { commandLine, descendantsOf, killIfThere, until } from "../../test/servers/processes";
import { startTlsProxy, type TlsProxy } from "../../test/servers/tlsProxy";
import { PulumiProject, type Run, type StateResource } from "../../test/support/pulumiProject";
import { Moments } from "./moments";
import type { Declared, Plan } from "./plan";
import type { Operation, Scenario } from "./scenario";
import { alive, kill } from "./victims";

const names = ["alice", "bob", "carol", "dave"] as const;
const spare = "erin";
const testMessage = /^X-Server-Side-Sync-Test: |^Subject: Server-side synchronization test /im;

const deliveryMs = 15_000;
/** What the engine has started ends with it, or soon after. */
const orphansMs = 15_000;
/** The engine's own; without the engine it does nothing, and looks for it every five minutes. */
const languageHost = "pulumi-language-nodejs";
/** A host that was not called yet has loaded nothing of ours: it waits for calls that never come. */
const providerHost = "dynamic-provider";
const providerLauncher = "pulumi-resource-pulumi-nodejs";
const ourResources = "dynamic/server-side-sync";
const victimPollMs = 5;

/** What the user had to do before the operation went through. docs/troubleshooting.md tells it. */
export type Repair = "by itself" | "cancel and refresh" | "empty .attrs removed, cancel and refresh";
export interface Crash {
  /** False where the operation was over before the moment came. */
  killed: boolean;
  /** Test messages that the crash left in mailboxes. */
  leftOver: number;
  repair: Repair;
  milliseconds: number;
}

interface Blow {
  struck: boolean;
  /** All processes that the CLI had started then. */
  started: number[];
  /** What the CLI had printed. */
  output: string;
}

/** A stack on Dovecot and Postfix that is crashed and repaired, as often as one likes. */
export class CrashLab {
  private ids: Record<string, string> = {};

  private constructor(
    private readonly lab: MailLab,
    private readonly folder: string,
    private readonly proxies: Record<"imap" | "smtp" | "secondImap" | "secondSmtp", TlsProxy>,
    private readonly moments: Moments,
    private readonly stack: PulumiProject,
  ) {}

  /** Starts the servers, and applies the stack once: what crashes later is to have the same ids. */
  static async start(): Promise<CrashLab> {
    const lab = await startMailLab();
    const folder = mkdtempSync(join(tmpdir(), "crashes-"));
    const authority = await createAuthority("Crash Authority");
    const certificate = await authority.issue();
    writeFileSync(join(folder, "ca.pem"), authority.certificate);
    const moments = new Moments();
    const between = (server: "imap" | "smtp") => startTlsProxy(certificate, lab[server].tls, moments.listener(server));
    const proxies = {
      imap: await between("imap"),
      smtp: await between("smtp"),
      secondImap: await between("imap"),
      secondSmtp: await between("smtp"),
    };
    const stack = new PulumiProject("crashes", "crashes.ts");
    const crashes = new CrashLab(lab, folder, proxies, moments, stack);
    try {
      await crashes.prepare();
    } catch (error) {
      await crashes.stop();
      throw error;
    }
    return crashes;
  }

  async stop(): Promise<void> {
    this.stack.dispose();
    await Promise.all(Object.values(this.proxies).map((proxy) => proxy.stop()));
    await this.lab.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * Crashes one operation, and repairs the stack as a user would.
   *
   * @throws Error what is not as it should be afterwards
   */
  async run(scenario: Scenario): Promise<Crash> {
    const start = performance.now();
    const { operation } = scenario;
    this.stack.restore(operation === "create" ? "empty" : "applied");
    const declared = this.after(scenario);
    await this.configure(declared);

    const blow = await this.crash(scenario);
    try {
      await this.lab.waitForDelivery(deliveryMs);
      const leftOver = Object.keys(declared.passwords).flatMap((user) => this.testMessages(user)).length;
      const repair = await this.mend(operation, declared, blow);
      return { killed: blow.struck, leftOver, repair, milliseconds: Math.round(performance.now() - start) };
    } finally {
      for (const pid of alive(blow.started)) killIfThere(pid);
    }
  }

  private async mend(operation: Operation, declared: Declared, blow: Blow): Promise<Repair> {
    const repair = await this.repair(operation);
    if (operation === "destroy") {
      expectSame("resources after destroy", this.stack.resources(), []);
    } else {
      await this.expectHealthy(declared);
    }
    expectSame("passwords in the state's files", this.stack.passwordsInState(), []);
    await this.expectNobodyLeft(blow);
    return repair;
  }

  private async prepare(): Promise<void> {
    await this.stack.init();
    const declared = this.before(4);
    await this.configure(declared);
    this.stack.save("empty");
    expectDone("the first up", await this.stack.run(...argumentsOf("create")));
    this.ids = Object.fromEntries(this.stack.resources().map(({ urn, id = "" }) => [urn, id]));
    this.stack.save("applied");
    await this.expectHealthy(declared);
  }

  private configure({ plan, passwords }: Declared): Promise<void> {
    for (const [user, password] of Object.entries(passwords)) this.lab.setPassword(user, password);
    return this.stack.configure({ plan }, passwords);
  }

  private before(maxConcurrentTests: number): Declared {
    const { imap, smtp } = this.proxies;
    const addresses = [...names, spare].map((name) => this.addressOf(name));
    return {
      plan: {
        host: this.lab.host,
        caFile: join(this.folder, "ca.pem"),
        maxConcurrentTests,
        profiles: ["first", "second"].map((name) => ({ name, imapPort: imap.port, smtpPort: smtp.port })),
        mailboxes: names.map((name, index) => ({
          name,
          emailAddress: this.addressOf(name),
          profile: index < 2 ? "first" : "second",
          trigger: "1",
        })),
      },
      passwords: Object.fromEntries(addresses.map((address) => [address, `${address}-S3cret!`])),
    };
  }

  /** What the crashed operation is to lead to. */
  private after({ seed, operation, maxConcurrentTests }: Scenario): Declared {
    const { plan, passwords } = this.before(maxConcurrentTests);
    const { secondImap, secondSmtp } = this.proxies;
    const [first, ...others] = plan.mailboxes;
    const changed: Partial<Record<Operation, Partial<Plan>>> = {
      retest: { mailboxes: plan.mailboxes.map((mailbox) => ({ ...mailbox, trigger: "2" })) },
      profile: {
        profiles: plan.profiles.map((profile) =>
          profile.name === "first" ? { ...profile, imapPort: secondImap.port, smtpPort: secondSmtp.port } : profile,
        ),
      },
      address: { mailboxes: first === undefined ? [] : [{ ...first, emailAddress: this.addressOf(spare) }, ...others] },
      remove: { mailboxes: others },
    };
    const rotated = operation === "rotation" ? { [this.addressOf(names[0])]: `rotated-${seed}-S3cret!` } : {};
    return { plan: { ...plan, ...changed[operation] }, passwords: { ...passwords, ...rotated } };
  }

  private addressOf(name: string): string {
    return `${name}@${this.lab.domain}`;
  }

  private testMessages(user: string): string[] {
    return this.lab.messages(user).filter((message) => testMessage.test(message));
  }

  /** Runs the operation and kills at the moment. */
  private async crash({ operation, victim, moment }: Scenario): Promise<Blow> {
    const { pid, ended } = this.stack.begin(...argumentsOf(operation));
    const blow: Blow & { over: boolean } = { struck: false, over: false, started: [], output: "" };
    const strike = () => {
      if (blow.over || blow.struck) return;
      blow.started = descendantsOf(pid);
      blow.struck = kill(victim, pid);
      if (!blow.struck) setTimeout(strike, victimPollMs);
    };
    const endWatch = this.moments.watch(moment, this.stack.stateFolder, strike);
    const result = await ended;
    blow.over = true;
    endWatch();
    if (!blow.struck) expectDone("the operation, over before its moment came,", result);
    return { ...blow, output: result.output };
  }

  private async repair(operation: Operation): Promise<Repair> {
    const again = await this.stack.run(...argumentsOf(operation));
    if (again.code === 0 && (await this.pending()) === 0) return "by itself";
    const unreadable = again.output.includes("failed to load checkpoint: EOF");
    if (unreadable) this.stack.removeEmptyAttributes();
    expectDone("cancel", await this.stack.run("cancel", "--yes"));
    expectDone("refresh", await this.stack.run("refresh", "--clear-pending-creates", "--yes", "--skip-preview"));
    expectDone("the operation after cancel and refresh", await this.stack.run(...argumentsOf(operation)));
    return unreadable ? "empty .attrs removed, cancel and refresh" : "cancel and refresh";
  }

  private async expectNobodyLeft({ started, output }: Blow): Promise<void> {
    const excused = [languageHost, ...(output.includes(ourResources) ? [] : [providerHost, providerLauncher])];
    const left = () =>
      alive(started)
        .map(commandLine)
        .filter((line) => !excused.some((name) => line.includes(name)));
    try {
      await until("the end of what the killed engine had started", () => left().length === 0, orphansMs);
    } catch (error) {
      throw new Error(`left after the engine was killed: ${left().join(", ")}`, { cause: error });
    }
  }

  private async exported(): Promise<{ resources?: StateResource[]; pending_operations?: unknown[] }> {
    const { code, output } = await this.stack.run("stack", "export");
    expectDone("stack export", { code, output });
    return (JSON.parse(output) as { deployment: object }).deployment;
  }

  private async pending(): Promise<number> {
    return (await this.exported()).pending_operations?.length ?? 0;
  }

  private async expectHealthy({ plan }: Declared): Promise<void> {
    const { resources = [], pending_operations: pending = [] } = await this.exported();
    expectSame("pending operations", pending, []);
    const ours = resources.filter(({ urn }) => urn.includes("dynamic/server-side-sync"));
    expectSame(
      "resources, each once",
      ours.map(({ urn }) => urn.split("::").at(-1)).sort(),
      [...plan.profiles, ...plan.mailboxes].map(({ name }) => name).sort(),
    );
    expectSame(
      "ids",
      ours.map(({ urn, id }) => [urn, id]),
      ours.map(({ urn }) => [urn, this.ids[urn]]),
    );
    for (const { urn, outputs, initErrors = [] } of ours.filter(({ urn: own }) => own.includes("MailboxBinding"))) {
      const { incomingEmailStatus, outgoingEmailStatus } = outputs ?? {};
      expectSame(urn, [incomingEmailStatus, outgoingEmailStatus, ...initErrors], ["Success", "Success"]);
    }
    for (const { emailAddress } of plan.mailboxes) {
      expectSame(`test messages left in ${emailAddress}`, this.testMessages(emailAddress).length, 0);
    }
    expectDone("a preview that expects no changes", await this.stack.run("preview", "--expect-no-changes"));
  }
}

function argumentsOf(operation: Operation): string[] {
  return [operation === "destroy" ? "destroy" : "up", "--yes", "--skip-preview"];
}

function expectDone(what: string, { code, output }: Run): void {
  if (code !== 0) throw new Error(`${what} ended with exit code ${code}:\n${output}`);
}

function expectSame(what: string, found: unknown, expected: unknown): void {
  const [one, other] = [found, expected].map((value) => JSON.stringify(value));
  if (one !== other) throw new Error(`${what}: ${one ?? ""} instead of ${other ?? ""}`);
}
