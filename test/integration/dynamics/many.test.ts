import { pausesBetween, pollRounds } from "../../servers/dynamics/pollRounds";
import type { Tester } from "../../servers/dynamics/tester";
import { until } from "../../servers/processes";
import { BackendWorld, exchange, type Kept } from "./backendWorld";
import { caller, callersOfTests } from "./caller";

const mailboxes = 1000;
/** Of the Web API client, for everything that one process asks of an organization. */
const connectionsAtOnce = 20;
const password = "P1peline-Secret";
/** Long enough to see rounds that come too soon, short enough for a test. */
const plan = { firstMs: 400, longestMs: 1600, growth: 1.5, batch: 100 };
/** For a machine that is busy with something else; what takes longer has waited for a test that cannot end. */
const timeoutSeconds = 90;

describe("a thousand mailboxes at once", () => {
  const callers = callersOfTests();

  test(
    "all wait at the same time, are looked at together, and are left alone by the next update",
    async () => {
      const gate = new Gate();
      const server = await callers.start({
        secondsPerMinute: 0.005,
        windowsUsers: { [caller]: password },
        tester: gate.tester,
      });
      const addresses = Array.from({ length: mailboxes }, (_, index) => `mailbox-${index}@contoso.com`);
      for (const [index, internalemailaddress] of addresses.entries())
        server.seed.addUser({ fullname: `User ${index}`, internalemailaddress });
      const credentials = { auth: "windows", username: caller, password } as const;
      const world = new BackendWorld(server, credentials, callers.authority.certificate, "on-premises", { plan });
      const profile = await world.profile(exchange);
      server.requests.clear();
      const bindAll = (previous: readonly Kept[] = []) =>
        Promise.all(
          addresses.map((emailAddress, index) =>
            world.binding(profile, { emailAddress, test: { timeoutSeconds } }, previous[index]),
          ),
        );

      const looks = () => pollRounds(server.requests.all);
      // No test ends before one look has asked for all of them: whoever waited for another's would wait for ever.
      const allWait = until("a look at all", () => looks().at(-1)?.mailboxes === mailboxes, timeoutSeconds * 1000);
      const [bound] = await Promise.all([bindAll(), allWait.then(gate.open)]);
      expect(bound.flatMap(({ failures }) => failures)).toEqual([]);
      expect(statuses(bound)).toEqual(new Set(["Success Success"]));
      expect(server.tests.runs).toBe(mailboxes);
      expect(server.connections).toBeLessThanOrEqual(connectionsAtOnce);

      const rounds = looks();
      for (const { requests, mailboxes: waiting } of rounds) expect(requests).toBe(Math.ceil(waiting / plan.batch));
      expect(Math.min(...pausesBetween(rounds))).toBeGreaterThanOrEqual(plan.firstMs - clockMs);
      // One was under way when the tests could end; the next finds them ended, or those of which a timer was late.
      const after = rounds.filter(({ endedAt }) => endedAt >= gate.openedAt);
      expect(after.length).toBeLessThanOrEqual(3);

      world.operation();
      server.requests.clear();
      const again = await bindAll(bound);
      expect(again.flatMap(({ failures }) => failures)).toEqual([]);
      expect(statuses(again)).toEqual(new Set(["Success Success"]));
      expect(server.requests.writes).toEqual([]);
      expect(looks()).toEqual([]);
      world.session.api.close();
    },
    2 * timeoutSeconds * 1000,
  );
});

/** Two clocks of whole milliseconds. */
const clockMs = 2;

/** Tests of mailboxes none of which ends before it is told to. */
class Gate {
  private release: () => void = () => undefined;
  private readonly opened = new Promise<void>((resolve) => (this.release = resolve));
  openedAt = Infinity;

  readonly tester: Tester = async () => {
    await this.opened;
    return { ok: true };
  };

  readonly open = (): void => {
    this.openedAt = Date.now();
    this.release();
  };
}

function statuses(bound: readonly Kept[]): Set<string> {
  return new Set(
    bound.map(({ outputs }) => `${String(outputs.incomingEmailStatus)} ${String(outputs.outgoingEmailStatus)}`),
  );
}
