import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { startFaultServer, type Peer } from "../servers/faultServer";
import { selfSigned } from "../servers/pki";
import { until } from "../servers/processes";
import { everyProfileInput, factsFrom, providers } from "../support/declarations";
import { declareOn, startMailServers, type MailServers } from "./mailServers";
import { failureFrom, ProviderProcess, type Bag } from "./providerProcess";

const credentials = { type: "password", password: "s3cret-of-the-process" };
const failed = { incomingEmailStatus: "Failure", outgoingEmailStatus: "Failure" };
const many = 1000;

/** What the engine waits for after SIGINT before it kills. */
const patienceMs = 5000;

let host: ProviderProcess;
let servers: MailServers;
beforeAll(async () => {
  servers = await startMailServers();
}, 30_000);
beforeEach(async () => {
  servers.behave("accept");
  host = await ProviderProcess.start();
}, 30_000);
afterEach(() => host.stop());
afterAll(() => servers.stop());

const kilobytesOf = (pid: number) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
const childrenOf = (pid: number) =>
  execFileSync("ps", ["-e", "-o", "ppid=,pid="], { encoding: "utf8" })
    .split("\n")
    .filter((line) => line.trim().startsWith(`${pid} `));

// Each of these starts processes.
jest.setTimeout(30_000);

describe("stack config", () => {
  /** The engine configures a process before anything else, so these are declared on another one. */
  const bindTo = async (key: string) => {
    const other = await ProviderProcess.start();
    try {
      const { binding } = await declareOn(servers, other);
      const password = { config: key };
      const test_ = { roundTrip: false, timeoutSeconds: 25 };
      const signIn = { type: "password", password };
      return await binding({ emailAddress: "sales@contoso.com", credentials: signIn, test: test_ });
    } finally {
      await other.stop();
    }
  };

  test.each([
    ["a bare key, of the project's namespace", "mail-password", "contract:mail-password", "pw"],
    ["a key of another namespace", "mail:password", "mail:password", "pw"],
    ["a structured value, as its JSON", "mail-password", "contract:mail-password", '{"a":["b"]}'],
  ])("A.8.1, A.8.3: is read by %s", async (_what, key, full, value) => {
    const inputs = await bindTo(key);
    await host.configure({ [full]: value });
    const before = servers.smtp.received.length;
    await host.create(inputs);
    const sent = Buffer.from(`\0sales@contoso.com\0${value}`).toString("base64");
    expect(servers.smtp.received.slice(before)).toContain(sent);
  });

  test("A.8.2: reaches every create that comes at once with configure", async () => {
    const inputs = await bindTo("mail-password");
    const creates = Array.from({ length: 20 }, (_, index) => ({
      ...inputs,
      identity: `urn::${index}`,
      emailAddress: `box${index}@contoso.com`,
    }));
    const configured = host.configure({ "contract:mail-password": "pw" });
    const created = await Promise.all(creates.map((each) => host.create(each)));
    await configured;
    for (const { properties } of created) expect(properties).toMatchObject({ incomingEmailStatus: "Success" });
  });

  test.each([
    ["that never came", undefined, "no stack config reached the provider"],
    ["that lacks the key", {}, "the stack config has no such key"],
  ])("A.8.2, J.1.5, J.4.3: %s is said, and nothing is tried", async (_what, config, why) => {
    const inputs = await bindTo("mail-password");
    const connections = servers.imap.connections;
    if (config !== undefined) await host.configure(config);
    const failure = await failureFrom(host.create(inputs));
    expect(failure.message).toMatch(/^secret-reference-unresolved: credentials\.password /);
    expect(failure.message).toContain(why);
    expect(failure.message).toContain("Refresh and destroy use the config of the last up");
    expect(servers.imap.connections).toBe(connections);
  });
});

describe("the process", () => {
  test("A.10.1: says nothing on stdout and stderr unless it is asked to", async () => {
    const { profile, binding } = await declareOn(servers, host);
    await host.create(profile);
    const inputs = await binding({ emailAddress: "sales@contoso.com", credentials });
    const { id, properties } = await host.create(inputs);
    servers.behave("echo");
    await failureFrom(host.update(id, properties, { ...inputs, retestTriggers: ["again"] }));
    await host.delete(id, properties);
    expect({ stdout: host.stdout, stderr: host.stderr }).toEqual({ stdout: "", stderr: "" });
  });

  test("A.10.2: ends at once when it is interrupted in a test, hangs up, and leaves no child", async () => {
    servers.behave("silent");
    const { binding } = await declareOn(servers, host);
    const before = servers.imap.connections;
    const running = failureFrom(host.create(await binding({ emailAddress: "sales@contoso.com", credentials })));
    await until("the test", () => servers.imap.connections > before, patienceMs);
    expect(childrenOf(host.pid)).toEqual([]);
    const start = performance.now();
    const { code, signal } = await host.interrupt(patienceMs);
    expect(code ?? signal).not.toBe(0);
    expect(performance.now() - start).toBeLessThan(patienceMs);
    // The engine sees a call that ended, not one that hangs.
    expect((await running).initFailure).toBeUndefined();
    await until("the end of its connections", () => servers.open() === 0, patienceMs);
  });

  test("A.10.2: ends at once when the engine is killed in a test: nobody waits for the rest", async () => {
    servers.behave("silent");
    const { binding } = await declareOn(servers, host);
    const before = servers.imap.connections;
    const running = failureFrom(host.create(await binding({ emailAddress: "sales@contoso.com", credentials })));
    await until("the test", () => servers.imap.connections > before, patienceMs);
    await host.abandon(patienceMs);
    expect((await running).initFailure).toBeUndefined();
    await until("the end of its connections", () => servers.open() === 0, patienceMs);
  });

  test("A.10.3: ends a test against silent servers with its own budget", async () => {
    servers.behave("silent");
    const { binding } = await declareOn(servers, host);
    const inputs = await binding({ emailAddress: "sales@contoso.com", credentials });
    const start = performance.now();
    const { initFailure } = await failureFrom(host.create(inputs));
    expect(performance.now() - start).toBeLessThan(6000);
    expect(initFailure?.reasons).toEqual([
      expect.stringMatching(/^test-timeout: incoming email: /),
      expect.stringMatching(/^test-timeout: outgoing email: /),
    ]);
  });
});

/** 1,000 creates that are all begun before the first has ended. */
describe("A.10.5: a thousand creates at once", () => {
  /** Each call brings its 10 KB of properties three times over, and garbage is collected late. */
  const mostMegabytes = 400;
  // How fast it is belongs to the bench; here nothing may grow with the square of their number.
  const mostSeconds = 60;
  const identities = Array.from({ length: many }, (_, index) => `urn:pulumi:test::contract::type::box${index}`);

  async function atOnce(work: (identity: string, index: number) => Promise<unknown>): Promise<void> {
    host.callMs = mostSeconds * 1000;
    // The first one loads what all of them need.
    await work("urn::first", many);
    const before = kilobytesOf(host.pid);
    const start = performance.now();
    await Promise.all(identities.map(work));
    expect((performance.now() - start) / 1000).toBeLessThan(mostSeconds);
    expect((kilobytesOf(host.pid) - before) / 1024).toBeLessThan(mostMegabytes);
    expect(host.stderr + host.stdout).toBe("");
  }

  test("of profiles that are not tested", async () => {
    const { inputs } = await host.check({}, { ...everyProfileInput, __provider: providers.profile });
    const ids = new Set<string>();
    await atOnce(async (identity) => ids.add((await host.create({ ...inputs, identity })).id));
    expect(ids.size).toBe(many + 1);
  }, 90_000);

  test("of bindings that use no method", async () => {
    const none = { incomingEmail: "none", outgoingEmail: "none" };
    const profile = { ...factsFrom(everyProfileInput), credentialsRevision: 1 };
    const declared: Bag = { __provider: providers.binding, profile, emailAddress: "a@contoso.com", ...none };
    const { inputs } = await host.check({}, declared);
    await atOnce(async (identity) => {
      const { properties } = await host.create({ ...inputs, identity });
      expect(properties).toMatchObject({ incomingEmailStatus: "Not Run", enabledForIncomingEmail: false });
    });
  }, 90_000);

  test("of bindings that no server serves, never more of them at once on the server than allowed", async () => {
    const held = new Set<Peer>();
    let most = 0;
    // It greets in clear where TLS was to begin: over at once, and no attempt is repeated. Until it does, a slot is taken.
    const server = await startFaultServer(
      (line, peer) => {
        if (line !== "") return;
        most = Math.max(most, held.add(peer).size);
        setTimeout(() => {
          held.delete(peer);
          peer.send("* OK in clear");
        }, 5);
      },
      await selfSigned(),
      false,
    );
    try {
      const at = { serverLocation: "127.0.0.1", port: server.port, credentials: { source: "user-or-queue" } };
      const changes = { organization: { maxConcurrentTests: 8 }, incoming: at, outgoing: { ...at, protocol: "smtp" } };
      const { binding } = await declareOn(servers, host, { ...changes, caCertificates: null });
      const inputs = await binding({ emailAddress: "a@contoso.com", credentials });
      await atOnce(async (identity, index) => {
        const emailAddress = `box${index}@contoso.com`;
        const { initFailure } = await failureFrom(host.create({ ...inputs, identity, emailAddress }));
        expect(initFailure?.properties).toMatchObject({ ...failed, emailAddress });
        expect(initFailure?.reasons[0]).toMatch(/^plain-on-tls-port: |^wrong-protocol: |^tls-/);
      });
      expect(server.connections).toBe(2 * (many + 1));
      // One of each direction.
      expect(most).toBeGreaterThan(2);
      expect(most).toBeLessThanOrEqual(2 * 8);
    } finally {
      await server.stop();
    }
  }, 120_000);
});
