import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { PollRound } from "../../test/servers/dynamics/pollRounds";

export interface OrganizationSeed {
  /** Of users, each with a mailbox. */
  addresses: readonly string[];
  /** Who may sign in with Windows. */
  account: { username: string; password: string };
  /** Seconds of the clock that a minute of the organization lasts. */
  secondsPerMinute: number;
}
export interface OrganizationFacts {
  url: string;
  /** PEM. */
  caCertificate: string;
  /** Of a profile that is there. */
  profileId: string;
}
/** What was asked of the organization since the last time that this was. */
export interface Traffic {
  /** That were signed in: the first two of a connection's three by NTLM are not counted. */
  requests: number;
  writes: number;
  polls: PollRound[];
  /** Of mailboxes, that Test & Enable has run. */
  tests: number;
}
export type OrganizationAsk = OrganizationSeed | "traffic";
export type OrganizationAnswer = OrganizationFacts | Traffic;

/** An organization whose computing does not stand in the way of whoever is measured. */
export class OrganizationProcess {
  private constructor(
    private readonly child: ChildProcess,
    private readonly ended: Promise<unknown>,
    readonly facts: OrganizationFacts,
  ) {}

  static async start(seed: OrganizationSeed): Promise<OrganizationProcess> {
    const child = fork(join(__dirname, "organizationServer.js"));
    const ended = once(child, "exit");
    return new OrganizationProcess(child, ended, (await asked(child, seed)) as OrganizationFacts);
  }

  async traffic(): Promise<Traffic> {
    return (await asked(this.child, "traffic")) as Traffic;
  }

  async stop(): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    await this.ended;
  }
}

async function asked(child: ChildProcess, ask: OrganizationAsk): Promise<OrganizationAnswer> {
  const answered = once(child, "message") as Promise<[OrganizationAnswer]>;
  const failed = once(child, "exit").then(() => {
    throw new Error("the organization of the bench has ended");
  });
  failed.catch(() => undefined);
  child.send(ask);
  const [answer] = await Promise.race([answered, failed]);
  return answer;
}
