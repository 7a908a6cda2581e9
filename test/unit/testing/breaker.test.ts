import { ServerSideSyncError } from "../../../provider/src/errors";
import { Breakers } from "../../../provider/src/testing/breaker";
import { diagnosed } from "../../../provider/src/testing/faultOf";
import type { Phase } from "../../../provider/src/testing/fault";
import { ServerSaid } from "../../../provider/src/testing/greeting";
import { verdictOf } from "../../../provider/src/testing/serverFault";
import type { Endpoint } from "../../../provider/src/testing/types";
import { Budget } from "../../../provider/src/transport/budget";

const endpoint: Endpoint = { protocol: "imap", host: "Mail.contoso.com", port: 993, security: "starttls" };
const server = "mail.contoso.com:993";
const startOfDay = Date.parse("2026-05-04T00:00:00Z");

function fault(thrown: unknown, phase: Phase, at: Partial<Endpoint> = {}, answered?: boolean) {
  const context = { endpoint: { ...endpoint, ...at }, ...(answered !== undefined && { answered }) };
  return diagnosed(thrown, phase, context, Budget.ofSeconds(5));
}
const system = (code: string) => Object.assign(new Error(`${code} happened`), { code });
const timeout = () => fault(system("ETIMEDOUT"), "connect");

/** Breakers with a clock of their own. */
class Bench {
  now = startOfDay;
  readonly breakers = new Breakers(() => this.now);

  async fails(error: ServerSideSyncError | Promise<ServerSideSyncError> = timeout()): Promise<void> {
    const thrown = await error;
    const watch = this.breakers.watch();
    this.now += 1000;
    watch.learn(thrown);
    watch.end();
  }

  get isOpen(): boolean {
    return this.breakers.refusal([server]) !== undefined;
  }
}

describe("a breaker", () => {
  test("opens with the third test in a row that met nobody, and says which server, since when and why", async () => {
    const bench = new Bench();
    await bench.fails();
    await bench.fails(fault(system("ECONNREFUSED"), "connect"));
    expect(bench.isOpen).toBe(false);
    await bench.fails();
    const error = bench.breakers.refusal(["smtp.contoso.com:587", server]);
    expect(error).toMatchObject({ code: "server-unavailable", transient: true });
    expect(error?.summary).toBe(
      'mail.contoso.com:993 has failed for every mailbox since 2026-05-04T00:00:01.000Z, so this one was left as it was. The first failure was connection-timeout: Mail.contoso.com:993 (STARTTLS) did not answer in time: "ETIMEDOUT happened".',
    );
    expect(error?.remedy).toContain("run the update again");
    expect(error?.remedy).toContain("Check firewalls");
    expect(bench.breakers.refusal(["mail.contoso.com:143"])).toBeUndefined();
  });

  test.each([
    ["a wrong password", () => fault(new ServerSaid("NO [AUTHENTICATIONFAILED] no"), "sign-in")],
    ["a temporary refusal of one account", () => fault(new ServerSaid("[UNAVAILABLE] later"), "sign-in")],
    ["a lock", () => fault(new ServerSaid("[INUSE] locked"), "mailbox")],
    [
      "greylisting",
      () => fault(new ServerSaid("450 4.2.0 greylisted", { replyCode: 450 }), "recipient", { protocol: "smtp" }),
    ],
    [
      "a quota",
      () => fault(new ServerSaid("452 4.2.2 over quota", { replyCode: 452 }), "message", { protocol: "smtp" }),
    ],
    ["silence after the sign-in", () => fault(system("ETIMEDOUT"), "mailbox")],
    ["a reset of a server that had greeted", () => fault(system("ECONNRESET"), "connect", {}, true)],
    ["an untrusted certificate", () => fault(system("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), "connect")],
    ["another protocol", () => fault(system("WRONG_PROTOCOL"), "connect")],
    ["no STARTTLS", () => fault(system("STARTTLS_MISSING"), "connect")],
  ])("never opens by %s", async (_name, fails) => {
    const bench = new Bench();
    for (let tests = 0; tests < 10; tests += 1) await bench.fails(fails());
    expect(bench.isOpen).toBe(false);
  });

  test.each([
    ["no such name", () => fault(system("ENOTFOUND"), "connect")],
    ["no name server", () => fault(system("EAI_AGAIN"), "connect")],
    ["no route", () => fault(system("EHOSTUNREACH"), "connect")],
    ["no greeting", () => fault(system("GREETING_TIMEOUT"), "connect")],
    ["a reset instead of a greeting", () => fault(system("ECONNRESET"), "connect")],
    ["a greeting that refuses for now", () => fault(new ServerSaid("* BYE shutting down"), "connect")],
    ["a proxy that is down", () => fault(system("PROXY_UNREACHABLE"), "sign-in", { protocol: "ews" }, false)],
    ["EWS without any answer", () => fault(system("ETIMEDOUT"), "sign-in", { protocol: "ews" }, false)],
    ["a test that ended in the connection", () => fault(expired(), "connect")],
  ])("opens by %s", async (_name, fails) => {
    const bench = new Bench();
    for (let tests = 0; tests < 3; tests += 1) await bench.fails(fails());
    expect(bench.isOpen).toBe(true);
  });

  test("one answer ends the row, and a failure does not count beside an answer", async () => {
    const bench = new Bench();
    for (let rounds = 0; rounds < 5; rounds += 1) {
      await bench.fails();
      await bench.fails();
      expect(bench.isOpen).toBe(false);
      bench.breakers.watch().answered(server);
    }
    const silent = [1, 2, 3, 4, 5].map(() => bench.breakers.watch());
    bench.now += 500;
    bench.breakers.watch().answered(server);
    bench.now += 500;
    for (const watch of silent) {
      watch.learn(await timeout());
      watch.end();
    }
    expect(bench.isOpen).toBe(false);
  });

  test("a test counts once for its server, and not where another direction got through", async () => {
    const bench = new Bench();
    const watch = bench.breakers.watch();
    for (let directions = 0; directions < 3; directions += 1) watch.learn(await timeout());
    watch.end();
    expect(bench.isOpen).toBe(false);
    bench.now += 1;
    for (let tests = 0; tests < 3; tests += 1) {
      const mixed = bench.breakers.watch();
      mixed.answered(server);
      bench.now += 1;
      mixed.learn(await timeout());
      mixed.end();
    }
    expect(bench.isOpen).toBe(false);
  });

  test("lets one test look after a minute, and follows what it finds", async () => {
    const bench = new Bench();
    for (let tests = 0; tests < 3; tests += 1) await bench.fails();
    bench.now += 59_000;
    expect(bench.isOpen).toBe(true);
    bench.now += 1000;
    expect([bench.isOpen, bench.isOpen]).toEqual([false, true]);
    await bench.fails();
    bench.now += 59_000;
    expect(bench.isOpen).toBe(true);
    bench.now += 1000;
    expect(bench.isOpen).toBe(false);
    bench.breakers.watch().answered(server);
    expect([bench.isOpen, bench.isOpen]).toEqual([false, false]);
  });

  test("a second server that is still closed off does not cost the first its look", async () => {
    const bench = new Bench();
    for (let tests = 0; tests < 3; tests += 1) await bench.fails();
    bench.now += 60_000;
    for (let tests = 0; tests < 3; tests += 1) await bench.fails(fault(system("ETIMEDOUT"), "connect", { port: 587 }));
    expect(bench.breakers.refusal([server, "mail.contoso.com:587"])?.summary).toMatch(/^mail\.contoso\.com:587 /);
    expect(bench.isOpen).toBe(false);
  });

  test("a server is known by host in lower case and port, an IPv6 address in brackets", async () => {
    const error = await fault(system("ETIMEDOUT"), "connect", { host: "2001:db8::1" });
    expect(verdictOf(error)).toEqual({ server: "[2001:db8::1]:993", says: "down" });
    expect(verdictOf(await timeout())?.server).toBe(server);
  });
});

function expired(): ServerSideSyncError {
  return new ServerSideSyncError({ code: "test-timeout", summary: "The connection ...", remedy: "-", transient: true });
}
