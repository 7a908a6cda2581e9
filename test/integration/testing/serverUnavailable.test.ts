import { Breakers } from "../../../provider/src/testing/breaker";
import { discoverServers, type TestToLocate } from "../../../provider/src/testing/discoverServers";
import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { Endpoint, MailboxTestRequest, MailSide, TestResult } from "../../../provider/src/testing/types";
import { TokenClient } from "../../../provider/src/transport/oauth/tokenClient";
import {
  imapScript,
  pop3Script,
  smtpScript,
  startFaultServer,
  type FaultServer,
  type Script,
} from "../../servers/faultServer";
import { createAuthority, type Authority, type KeyPair } from "../../servers/pki";

const mailboxes = 50;
const budgetSeconds = 2;
/** At four at once: the tests that open the breaker, those that had begun by then, and a second for the rest. */
const latestMs = 2 * budgetSeconds * 1000 + 1000;
/** As many tests may begin before the third has failed. */
const mostTried = 6;
const password = "s3cret-Of-The-Dead";
const silent: Script = () => undefined;

describe("a server that is down for everybody", () => {
  let authority: Authority;
  let certificate: KeyPair;
  const servers: FaultServer[] = [];
  beforeAll(async () => {
    authority = await createAuthority();
    certificate = await authority.issue();
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  async function serve(script: Script, implicitTls = true): Promise<FaultServer> {
    const server = await startFaultServer(script, certificate, implicitTls);
    servers.push(server);
    return server;
  }
  function side(protocol: Endpoint["protocol"], port: number, signIn?: MailSide["signIn"]) {
    return {
      endpoint: { protocol, host: "127.0.0.1", port, security: "tls", caCertificates: authority.certificate },
      signIn: signIn ?? { type: "password", username: "sales@contoso.com", password },
      exchange: {
        url: `https://127.0.0.1:${port}/EWS/Exchange.asmx`,
        impersonate: false,
        method: "basic",
        version: "Exchange2013_SP1",
      },
    } satisfies MailSide;
  }
  const request = (number: number, sides: Pick<MailboxTestRequest, "incoming" | "outgoing">): MailboxTestRequest => ({
    emailAddress: `sales-${number}@contoso.com`,
    ...sides,
    roundTrip: false,
    timeoutSeconds: budgetSeconds,
    maxConcurrentTests: 4,
  });
  const directionOf = (protocol: Endpoint["protocol"]) => (protocol === "smtp" ? "outgoing" : "incoming");
  async function testAll(one: (number: number) => Promise<TestResult[]>, count = mailboxes) {
    const start = performance.now();
    const all = await Promise.all(Array.from({ length: count }, (_, number) => one(number)));
    const results = all.map((parts) => parts.filter(({ code }) => code !== undefined));
    const untouched = results.filter(([first]) => first?.code === "server-unavailable");
    const tried = results.filter(([first]) => first?.code !== "server-unavailable");
    expect(JSON.stringify(results)).not.toContain(password);
    return { tried, untouched, took: performance.now() - start };
  }

  test.each([
    ["imap", "before TLS", false],
    ["pop3", "after TLS", true],
    ["smtp", "after TLS", true],
    ["ews", "before TLS", false],
    ["ews", "after TLS", true],
  ] as const)("%s, silent %s: costs a few mailboxes their time, and the others none", async (protocol, _at, tls) => {
    const { connections, port } = await serve(silent, tls);
    expect(connections).toBe(0);
    const breakers = new Breakers();
    const asked = { [directionOf(protocol)]: side(protocol, port) };
    const { tried, untouched, took } = await testAll((number) =>
      runMailboxTest(request(number, asked), new TokenClient(), breakers),
    );
    expect(took).toBeLessThan(latestMs);
    expect(tried.length).toBeGreaterThanOrEqual(3);
    expect(tried.length).toBeLessThanOrEqual(mostTried);
    for (const [result] of tried) {
      expect(result).toMatchObject({ status: "Failure", transient: true });
      expect(result?.code).toMatch(/timeout$/);
    }
    for (const results of untouched) {
      expect(results).toEqual([expect.objectContaining({ status: "Not Run", transient: true })]);
      expect(results[0]?.message).toMatch(
        new RegExp(
          `^127\\.0\\.0\\.1:${port} has failed for every mailbox since .* The first failure was [a-z-]+timeout: `,
        ),
      );
    }
    // Each mailbox that was tried connects at most twice and looks once more at what does not greet.
    expect(servers[0]?.connections).toBeGreaterThanOrEqual(tried.length);
    expect(servers[0]?.connections).toBeLessThanOrEqual(tried.length * 3);
  });

  test("that refuses connections is asked three times, or by whoever began meanwhile", async () => {
    const server = await serve(silent);
    await server.stop();
    const breakers = new Breakers();
    const { tried, untouched } = await testAll((number) =>
      runMailboxTest(request(number, { incoming: side("imap", server.port) }), new TokenClient(), breakers),
    );
    expect(tried.length + untouched.length).toBe(mailboxes);
    expect(tried.length).toBeLessThanOrEqual(mostTried);
    for (const [result] of tried) expect(result?.code).toBe("connection-refused");
    expect(untouched[0]?.[0]?.remedy).toContain("Check serverLocation and port");
  });

  test("leaves the other server of its mailboxes alone, and the mailboxes of that one untroubled", async () => {
    const dead = await serve(silent);
    const healthy = await serve(smtpScript());
    const breakers = new Breakers();
    const both = { incoming: side("imap", dead.port), outgoing: side("smtp", healthy.port) };
    const { tried, untouched } = await testAll((number) =>
      runMailboxTest(request(number, both), new TokenClient(), breakers),
    );
    for (const [, outgoing] of untouched)
      expect(outgoing).toMatchObject({ test: "outgoingEmail", status: "Not Run", code: "server-unavailable" });
    expect(healthy.connections).toBe(tried.length);
    const [, other] = await runMailboxTest(request(99, { outgoing: both.outgoing }), new TokenClient(), breakers);
    expect(other).toMatchObject({ test: "outgoingEmail", status: "Success" });
  });

  test("a token endpoint that is down stops the mailboxes that need a new token of it, and no others", async () => {
    const endpoint = await serve(silent);
    const imap = await serve(imapScript());
    const tokens = new TokenClient((url) => ({
      url: new URL(url.pathname, `https://127.0.0.1:${endpoint.port}`),
      caCertificates: authority.certificate,
    }));
    const byToken: MailSide["signIn"] = {
      type: "token-request",
      username: "sales@contoso.com",
      request: {
        type: "client-secret",
        authority: "login.microsoftonline.com",
        tenant: "contoso.com",
        clientId: "a5a5b0a2-7c7d-4d4e-9c54-0b2a5e6f7a10",
        scope: "https://outlook.office365.com/.default",
        clientSecret: password,
      },
    };
    const breakers = new Breakers();
    const asked = { incoming: side("imap", imap.port, byToken) };
    const { tried, untouched, took } = await testAll((number) =>
      runMailboxTest(request(number, asked), tokens, breakers),
    );
    expect(took).toBeLessThan(latestMs);
    expect(tried.length).toBeLessThanOrEqual(mostTried);
    expect(untouched[0]?.[0]?.message).toMatch(/^login\.microsoftonline\.com:443 has failed /);
    expect(imap.connections).toBe(0);
    const [withPassword] = await runMailboxTest(request(99, { incoming: side("imap", imap.port) }), tokens, breakers);
    expect(withPassword?.status).toBe("Success");
  });

  test("autodiscover that answers nobody of a domain stops the domain's other mailboxes", async () => {
    const dead = await serve(silent);
    const network = {
      route: () => ({ hostname: "127.0.0.1", port: dead.port }),
      resolveSrv: () => Promise.reject(Object.assign(new Error("no record"), { code: "ENOTFOUND" })),
    };
    const breakers = new Breakers();
    const { exchange, signIn } = side("ews", dead.port);
    const search = {
      discover: true,
      signIn,
      signInAt: () => signIn,
      exchange,
    } as const;
    const { tried, untouched, took } = await testAll(async (number) => {
      const { emailAddress, ...rest } = request(number, {});
      const asked: TestToLocate = {
        emailAddress,
        ...rest,
        incoming: search,
        outgoing: undefined,
        appointmentsContactsTasks: undefined,
      };
      const located = await discoverServers(asked, network, new TokenClient(), breakers);
      return runMailboxTest(located.request, new TokenClient(), breakers);
    });
    expect(took).toBeLessThan(latestMs);
    expect(tried.length).toBeLessThanOrEqual(mostTried);
    for (const [result] of tried) expect(result?.code).toBe("autodiscover-temporarily-unavailable");
    expect(untouched[0]).toEqual([expect.objectContaining({ test: "incomingEmail", status: "Not Run" })]);
    expect(untouched[0]?.[0]?.message).toMatch(/^autodiscover of contoso\.com has failed /);
  });

  test.each([
    ["imap", imapScript({ at: "LOGIN", does: "stall" })],
    ["pop3", pop3Script({ at: "AUTH", does: "reset" })],
    ["smtp", smtpScript({ at: "RCPT", does: "stall" })],
  ] as const)("%s: mailboxes that stall or break off on their own open nothing", async (protocol, script) => {
    const { port } = await serve(script);
    const breakers = new Breakers();
    const asked = { [directionOf(protocol)]: side(protocol, port) };
    const results = await Promise.all(
      Array.from({ length: 8 }, (_, number) => runMailboxTest(request(number, asked), new TokenClient(), breakers)),
    );
    const codes = results.flat().flatMap(({ code }) => code ?? []);
    expect(codes).toHaveLength(8);
    expect(codes).not.toContain("server-unavailable");
  });

  test("one mailbox in five whose connection meets silence does not stop the healthy ones", async () => {
    let connections = 0;
    const flaky = () => connections++ % 5 === 4;
    const { port } = await serve(twisting(flaky, imapScript(), silent));
    const breakers = new Breakers();
    const { tried, untouched } = await testAll(
      (number) => runMailboxTest(request(number, { incoming: side("imap", port) }), new TokenClient(), breakers),
      20,
    );
    expect(untouched).toEqual([]);
    expect(tried.filter(([result]) => result?.code === "greeting-timeout").length).toBeGreaterThan(0);
  });

  test("the time of a test begins with its slot", async () => {
    const delayMs = 700;
    const slow: Script = (line, peer) => {
      if (line !== "") imapScript()(line, peer);
      else
        setTimeout(() => {
          peer.send("* OK ready");
        }, delayMs);
    };
    const { port } = await serve(slow);
    const start = performance.now();
    const all = await Promise.all(
      Array.from({ length: 4 }, (_, number) =>
        runMailboxTest(
          { ...request(number, { incoming: side("imap", port) }), maxConcurrentTests: 1 },
          new TokenClient(),
          new Breakers(),
        ),
      ),
    );
    expect(all.map(([incoming]) => incoming?.status)).toEqual(Array.from({ length: 4 }, () => "Success"));
    expect(performance.now() - start).toBeGreaterThan(budgetSeconds * 1000);
  });
});

/** One connection follows one script from its beginning to its end. */
function twisting(flaky: () => boolean, healthy: Script, twisted: Script): Script {
  const chosen = new WeakMap<object, Script>();
  return (line, peer) => {
    if (!chosen.has(peer)) chosen.set(peer, flaky() ? twisted : healthy);
    chosen.get(peer)?.(line, peer);
  };
}
