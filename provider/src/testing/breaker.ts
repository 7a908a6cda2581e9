import { ServerSideSyncError } from "../errors";
import { serverUnavailable } from "../model/failureLines";
import { verdictOf } from "./serverFault";

/** Tests in a row, each with its retries, that a server fails before anybody was named. */
const failuresToOpen = 3;
/** After it, one test may look whether the server is back. */
const coolDownMs = 60_000;

interface ServerState {
  answeredAt: number;
  failures: number;
  first?: { at: number; error: ServerSideSyncError };
  /** The breaker is open; from this time on one test may look. */
  nextLookAt?: number;
}

/**
 * Which servers are down for everybody, as far as this process has seen: a thousand mailboxes need not each wait for the
 * same dead server. Why it opens and closes as it does: docs/decisions/0011.
 */
export class Breakers {
  private readonly servers = new Map<string, ServerState>();

  /** @param now milliseconds since 1970, never going back */
  constructor(private readonly now: () => number = () => performance.timeOrigin + performance.now()) {}

  /** Why a test of these servers is not to begin; undefined where it may. After the cool-down one test may. */
  refusal(servers: readonly string[]): ServerSideSyncError | undefined {
    const open = servers.flatMap((server) => {
      const state = this.servers.get(server);
      return state?.nextLookAt === undefined || state.first === undefined
        ? []
        : [{ server, state, nextLookAt: state.nextLookAt, first: state.first }];
    });
    const now = this.now();
    const closed = open.find(({ nextLookAt }) => now < nextLookAt);
    if (closed !== undefined) return unavailable(closed.server, closed.first);
    for (const { state } of open) state.nextLookAt = now + coolDownMs;
    return undefined;
  }

  /** Follows one test. */
  watch(): ServerWatch {
    return new ServerWatch(this, this.now());
  }

  answered(server: string): void {
    this.servers.set(server, { answeredAt: this.now(), failures: 0 });
  }

  /** A server that answered somebody since the failed test began is not down for everybody. */
  failed(server: string, error: ServerSideSyncError, startedAt: number): void {
    const state = this.servers.get(server) ?? { answeredAt: -Infinity, failures: 0 };
    if (state.answeredAt >= startedAt) return;
    this.servers.set(server, state);
    state.failures += 1;
    state.first ??= { at: this.now(), error };
    if (state.failures >= failuresToOpen) state.nextLookAt = this.now() + coolDownMs;
  }
}

/** What one test finds out about its servers. A server counts once, however many directions it serves. */
export class ServerWatch {
  private readonly down = new Map<string, ServerSideSyncError>();

  constructor(
    private readonly breakers: Breakers,
    private readonly startedAt: number,
  ) {}

  answered(server: string): void {
    this.breakers.answered(server);
  }

  learn(error: ServerSideSyncError): void {
    const verdict = verdictOf(error);
    if (verdict?.says === "heard") this.answered(verdict.server);
    else if (verdict !== undefined) this.down.set(verdict.server, error);
  }

  end(): void {
    for (const [server, error] of this.down) this.breakers.failed(server, error, this.startedAt);
  }
}

/** For everything that this process tests: the engine starts one process for each operation. */
export const sharedBreakers = new Breakers();

function unavailable(server: string, { at, error }: NonNullable<ServerState["first"]>): ServerSideSyncError {
  return new ServerSideSyncError({
    code: serverUnavailable,
    summary: `${server} has failed for every mailbox since ${new Date(at).toISOString()}, so this one was left as it was. The first failure was ${error.code}: ${error.summary}`,
    remedy: `Once the server is back, run the update again: it tests what was left. ${error.remedy}`,
    transient: true,
    cause: error,
  });
}
