import { pathsIn, providers, sentinels } from "../support/declarations";
import { leavesOf } from "../support/leaves";
import { declareOn, startMailServers, type MailServers } from "./mailServers";
import { failureFrom, ProviderProcess, type Bag } from "./providerProcess";

const emailAddress = "sales@contoso.com";
const password = "s3cret-of-the-lifecycle";
const credentials = { type: "password", password };
const succeeded = { incomingEmailStatus: "Success", outgoingEmailStatus: "Success" };
const failed = { incomingEmailStatus: "Failure", outgoingEmailStatus: "Failure" };

let host: ProviderProcess;
let servers: MailServers;
beforeAll(async () => {
  host = await ProviderProcess.start();
  servers = await startMailServers();
}, 30_000);
beforeEach(() => {
  servers.behave("accept");
});
afterAll(async () => {
  await host.stop();
  await servers.stop();
});

/** Operations of one binding or profile, as the engine would ask for them. */
async function subject(kind: string, changes: Bag = {}): Promise<{ inputs: Bag; computed: string[] }> {
  const on = await declareOn(servers, host);
  if (kind === "profile")
    return { inputs: { ...on.profile, ...changes }, computed: ["connectionResults", "discoveredServerLocation"] };
  const inputs = await on.binding({ emailAddress, credentials, ...changes });
  return { inputs, computed: ["results", "incomingEmailStatus", "enabledForIncomingEmail", "mailboxId"] };
}

/** Facts that lead nowhere: the port of a server that speaks first, and another protocol. */
async function broken(kind: string, inputs: Bag): Promise<Bag> {
  if (kind === "binding") {
    servers.behave("echo");
    return { ...inputs, retestTriggers: ["again"] };
  }
  await Promise.resolve();
  const incoming = inputs.incoming as Bag;
  return { ...inputs, incoming: { ...incoming, port: servers.smtp.port } };
}

describe.each(["profile", "binding"])("a %s", (kind) => {
  test("A.5.1, A.5.2: create stores every input at its own path, and what it computed beside", async () => {
    const { inputs, computed } = await subject(kind);
    const { id, properties } = await host.create(inputs);
    expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(properties).toMatchObject({ ...inputs, schemaVersion: 1 });
    for (const key of computed) expect(properties).toHaveProperty(key);
    const secrets = [...leavesOf(properties)].filter(([, value]) => value === password).map(([path]) => path);
    expect(secrets).toEqual(kind === "binding" ? ["credentials.password"] : []);
  });

  test("A.5.3, A.5.4: update returns all that create did, tested again or not", async () => {
    const { inputs } = await subject(kind);
    const { id, properties } = await host.create(inputs);
    const connections = servers.imap.connections;
    const key = kind === "profile" ? "description" : "manualTrackingInOutlook";
    const value = kind === "profile" ? "another" : true;
    const untested = await host.update(id, properties, { ...inputs, [key]: value });
    expect(untested).toEqual({ ...properties, [key]: value });
    expect(servers.imap.connections).toBe(connections);
  });

  test("A.5.5: delete takes outputs, and succeeds twice and for what is gone", async () => {
    const { inputs } = await subject(kind);
    const { id, properties } = await host.create(inputs);
    await host.delete(id, properties);
    await host.delete(id, properties);
    await host.delete("never-there", { __provider: inputs.__provider });
  });

  test("A.5.6, A.5.7, A.9.2: what failed in part can be refreshed, updated and destroyed", async () => {
    const { inputs } = await subject(kind);
    const before = host.stderr.length;
    const { initFailure, message } = await failureFrom(host.create(await broken(kind, inputs)));
    const { id = "", properties = {}, reasons = [] } = initFailure ?? {};
    expect(reasons.length).toBeGreaterThan(0);
    for (const reason of reasons) expect(reason).toMatch(/^[a-z0-9-]+: (incoming|outgoing) (email|server): [^\n]+$/);
    expect(message).toContain(reasons[0]);
    expect(properties).toMatchObject({ __provider: inputs.__provider, identity: inputs.identity, schemaVersion: 1 });
    const read = await host.read(id, properties);
    expect(read).toMatchObject({ id, properties, inputs: { __provider: inputs.__provider } });
    // A refresh clears what the engine remembers of the failure; the state itself still says it.
    expect((await host.diff(read.properties, read.inputs)).changes).toBe(true);
    servers.behave("accept");
    const repaired = await host.update(id, read.properties, inputs);
    expect((await host.diff(repaired, inputs)).changes).toBe(false);
    await host.delete(id, properties);
    expect(host.stderr.slice(before)).toBe("");
  });

  test("A.5.8: a failed update is no success at the next attempt", async () => {
    const { inputs } = await subject(kind);
    const { id, properties } = await host.create(inputs);
    const news = await broken(kind, inputs);
    const { initFailure } = await failureFrom(host.update(id, properties, news));
    expect(initFailure).toMatchObject({ id, properties: { __provider: inputs.__provider } });
    const state = initFailure?.properties ?? {};
    expect((await host.diff(state, news)).changes).toBe(true);
    // The engine goes on with an update although nothing differs: it has to test, and to fail, again.
    const again = await failureFrom(host.update(id, state, news));
    expect(again.initFailure?.reasons).toHaveLength(initFailure?.reasons.length ?? 0);
  });

  test("A.5.12: a create that is tried again finds its own record", async () => {
    const { inputs } = await subject(kind);
    const { initFailure } = await failureFrom(host.create(await broken(kind, inputs)));
    servers.behave("accept");
    expect((await host.create(inputs)).id).toBe(initFailure?.id);
  });

  test("A.9.1, J.5: read returns state and inputs, every input among them, and nothing that was computed", async () => {
    const { inputs, computed } = await subject(kind);
    const { id, properties } = await host.create(inputs);
    const read = await host.read(id, properties);
    expect(read.properties).toEqual(properties);
    expect(read.inputs).toEqual(inputs);
    for (const key of computed) expect(read.inputs).not.toHaveProperty(key);
  });

  test("A.9.4: what an import file adopts is unchanged", async () => {
    const { inputs } = await subject(kind);
    const { properties } = await host.create(inputs);
    // The engine checks the program's declaration against the imported inputs.
    const { inputs: again } = await host.check(inputs, inputs);
    expect(await host.diff(properties, again)).toEqual({ changes: false, replaces: [] });
  });

  test("A.9.5, J.6: a get without anything to read of fails in the host, and is answered", async () => {
    const failure = await failureFrom(host.read("id", {}));
    expect(failure.message).toMatch(/code must be a string/);
  });

  test("A.3.3: nothing unknown is stored", async () => {
    const { inputs } = await subject(kind);
    const { properties } = await host.create(inputs);
    expect(Object.values(sentinels).filter((text) => JSON.stringify(properties).includes(text))).toEqual([]);
    expect(pathsIn(properties).length).toBeGreaterThan(20);
  });
});

test("A.5.8: a failed update that restores keeps the values that worked", async () => {
  const test_ = { roundTrip: false, timeoutSeconds: 5, onFailure: "restore" };
  const { inputs } = await subject("binding", { test: test_ });
  const { id, properties } = await host.create(inputs);
  expect(properties).toMatchObject(succeeded);
  servers.behave("echo");
  const news = { ...inputs, credentials: { type: "password", password: "another-s3cret" } };
  const { initFailure } = await failureFrom(host.update(id, properties, news));
  expect(initFailure?.properties).toMatchObject({ ...failed, credentials });
});

test("A.5.8: what a failed update restores holds no secret where the new inputs have none", async () => {
  const test_ = { roundTrip: false, timeoutSeconds: 5, onFailure: "restore" };
  const { inputs } = await subject("binding", { test: test_ });
  const { id, properties } = await host.create(inputs);
  servers.behave("echo");
  // The engine keeps as a secret what stands where the new inputs have one.
  const news = { ...inputs, credentials: { type: "access-token", accessToken: "another-s3cret" } };
  const { initFailure } = await failureFrom(host.update(id, properties, news));
  expect(initFailure?.properties).toMatchObject(failed);
  expect(JSON.stringify(initFailure?.properties)).not.toContain(credentials.password);
});

test("A.5.13: what is wrong before the first connection leaves nothing behind", async () => {
  const { inputs } = await subject("binding", { credentials: { type: "password", password: { env: "NOT_SET_HERE" } } });
  const connections = servers.imap.connections + servers.smtp.connections;
  const failure = await failureFrom(host.create(inputs));
  expect(failure.message).toMatch(/^secret-reference-unresolved: /);
  expect(failure.initFailure).toBeUndefined();
  expect(servers.imap.connections + servers.smtp.connections).toBe(connections);
});

test("J.3.2: a rename keeps identity and id, so that no second record is made", async () => {
  const { inputs } = await subject("binding");
  const { id } = await host.create(inputs);
  const renamed = await host.check(inputs, { ...inputs, identity: "urn:pulumi:test::contract::type::renamed" });
  expect((await host.create(renamed.inputs)).id).toBe(id);
  expect(renamed.inputs.__provider).toBe(providers.binding);
});

test.each([
  ["a user's mailbox is sent a message", { user: "Ann" }, true],
  ["a queue's is not: it might become a case", { queue: "Support" }, false],
])("%s", async (_what, regarding, isSent) => {
  const { inputs } = await subject("binding", { regarding });
  const before = servers.smtp.received.length;
  const { properties } = await host.create(inputs);
  expect(properties).toMatchObject(succeeded);
  const said = servers.smtp.received.slice(before);
  expect(said).toContain(`RCPT TO:<${emailAddress}>`);
  expect(/^DATA\r?$/m.test(said)).toBe(isSent);
});
