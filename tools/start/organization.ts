import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import type { OrganizationAccess } from "../../test/servers/sandbox/organization";
import { Onlooker } from "./onlooker";
import { changedSettings, statusesIn, type Records } from "./records";
import { caFile, environmentFile, foundFile, ownersMode } from "./sandboxProcess";
import type { MailboxReport } from "./summary";

/** The simulated organization of a run, seen from outside. */
export class RunningOrganization {
  private readonly onlooker: Onlooker;

  constructor(
    private readonly access: OrganizationAccess,
    caCertificate: string,
  ) {
    this.onlooker = new Onlooker(access, caCertificate);
  }

  /** Where it is: what `Organization.fromConfig()` reads. */
  get config(): Record<string, string> {
    return {
      "server-side-sync:backend": "dynamics365",
      "server-side-sync:url": this.access.url,
      "server-side-sync:deployment": "on-premises",
      "server-side-sync:caCertificates": JSON.stringify({ file: caFile }),
    };
  }

  /** How to sign in, which is in no state and never out of date there. */
  get environment(): Record<string, string> {
    const { username, password } = this.access;
    return {
      SERVER_SIDE_SYNC_AUTH: "windows",
      SERVER_SIDE_SYNC_USERNAME: username,
      SERVER_SIDE_SYNC_PASSWORD: password,
    };
  }

  /** Keeps what is there before the stack is, and for play how to sign in. */
  async remember(): Promise<void> {
    await writeFile(foundFile, JSON.stringify(await this.onlooker.records()));
    const lines = Object.entries(this.environment).map(([name, value]) => `export ${name}='${value}'\n`);
    await writeFile(environmentFile, lines.join(""), { mode: ownersMode });
  }

  /** False once its process has ended, as it does with the machine. */
  async answers(): Promise<boolean> {
    return this.onlooker.alerts().then(
      () => true,
      () => false,
    );
  }

  /** What Dynamics itself has written about its tests. */
  alerts(): Promise<string[]> {
    return this.onlooker.alerts();
  }

  /** @throws Error `not-as-reported` where a stack's outputs say anything else than the organization's own records */
  async assertReported(report: readonly MailboxReport[]): Promise<void> {
    const statuses = statusesIn(await this.onlooker.records());
    const wrong = report.filter(({ mailbox, incomingEmail, outgoingEmail, appointmentsContactsTasks }) => {
      const reported = [incomingEmail, outgoingEmail, appointmentsContactsTasks].join();
      return reported !== statuses[mailbox]?.join();
    });
    if (wrong.length === 0) return;
    throw new Error(
      `not-as-reported: The organization's records tell other statuses of ${wrong.map(({ mailbox }) => mailbox).join(", ")}.`,
    );
  }

  /**
   * How many settings of how many mailboxes were compared.
   *
   * @throws Error `not-given-back`, with every setting that is not as {@link remember} has found it
   */
  async assertGivenBack(): Promise<{ mailboxes: number }> {
    if (!existsSync(foundFile)) return { mailboxes: 0 };
    const found = JSON.parse(readFileSync(foundFile, "utf8")) as Records;
    const changes = changedSettings(found, await this.onlooker.records());
    if (changes.length > 0) throw new Error(`not-given-back: ${changes.join("; ")}.`);
    return { mailboxes: Object.keys(found.mailboxes ?? {}).length };
  }
}
