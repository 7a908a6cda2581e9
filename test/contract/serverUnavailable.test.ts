import { startSandbox, type Sandbox } from "../servers/sandbox/sandbox";
import { failureFrom, ProviderProcess, type Bag } from "./providerProcess";

const profileProvider = 'exports.handler = () => require("pulumi-server-side-sync/runtime").emailServerProfile;';
const bindingProvider = 'exports.handler = () => require("pulumi-server-side-sync/runtime").mailboxBinding;';
const address = "sales@contoso.com";

describe("bindings of a server that went down, in the dynamic provider host", () => {
  let sandbox: Sandbox;
  let host: ProviderProcess;
  let healthy: { id: string; properties: Bag };
  beforeAll(async () => {
    sandbox = await startSandbox({ internet: [address], exchange: [] });
    host = await ProviderProcess.start();
    healthy = await host.create(await binding("sales"));
    await sandbox.stop();
    // Three others meet a closed port before those that are looked at.
    for (const name of ["one", "two", "three"]) {
      const { initFailure } = await failureFrom(host.create(await binding(name)));
      expect(initFailure?.reasons[0]).toMatch(/^connection-refused: incoming email: /);
    }
  }, 30_000);
  afterAll(() => host.stop());

  async function binding(name: string, changes: Bag = {}, olds: Bag = {}): Promise<Bag> {
    const { host: serverLocation, imapPort, smtpPort, caCertificate, users } = sandbox.access;
    const profile = await host.check(
      {},
      {
        __provider: profileProvider,
        identity: "urn:pulumi:test::contract::type::mail",
        emailSystem: "other",
        name: "mail",
        incoming: { serverLocation, port: imapPort },
        outgoing: { serverLocation, port: smtpPort, security: "starttls" },
        caCertificates: caCertificate,
        acceptRisks: [{ rule: "untested-mail-system", reason: "tests" }],
      },
    );
    const { __provider, identity, findings, problems, name: _name, acceptRisks, ...facts } = profile.inputs;
    expect([__provider, identity, findings, problems, acceptRisks]).not.toContain(undefined);
    const { inputs, failures } = await host.check(olds, {
      __provider: bindingProvider,
      identity: `urn:pulumi:test::contract::type::${name}`,
      profile: { ...facts, id: "profile-1" },
      emailAddress: name === "sales" ? address : `${name}@contoso.com`,
      credentials: { type: "password", password: users[address] },
      test: { timeoutSeconds: 10 },
      ...changes,
    });
    expect(failures).toEqual([]);
    return inputs;
  }

  test("the first one was healthy", () => {
    expect(healthy.properties).toMatchObject({ incomingEmailStatus: "Success", outgoingEmailStatus: "Success" });
  });

  test("an update throws: the engine keeps the state as it was, and the next update is due", async () => {
    const news = await binding("sales", { retestTriggers: ["again"] }, healthy.properties);
    const failure = await failureFrom(host.update(healthy.id, healthy.properties, news));
    // With properties of its own, the failure would replace the outputs and leave the new inputs in the state.
    expect(failure.initFailure).toBeUndefined();
    expect(failure.message).toMatch(
      /^server-unavailable: 127\.0\.0\.1:\d+ has failed for every mailbox since 20\S+Z, so this one was left as it was\. The first failure was connection-refused: /,
    );
    expect((await host.diff(healthy.properties, news)).changes).not.toBe(false);
  });

  test("an update that only warns keeps statuses and results, and is due again", async () => {
    const test = { timeoutSeconds: 10, onFailure: "warn" };
    const news = await binding("sales", { retestTriggers: ["again"], test }, healthy.properties);
    const outputs = await host.update(healthy.id, healthy.properties, news);
    const keys = ["incomingEmailStatus", "outgoingEmailStatus", "enabledForIncomingEmail", "enabledForOutgoingEmail"];
    for (const key of keys) expect(outputs[key]).toEqual(healthy.properties[key]);
    const before = healthy.properties.results as Bag[];
    const note = { code: "server-unavailable", transient: true };
    expect(outputs.results).toEqual([
      expect.objectContaining({ ...before[0], ...note }),
      expect.objectContaining({ ...before[1], ...note }),
      before[2],
    ]);
    expect(await host.diff(outputs, news)).toEqual({ changes: true, replaces: [] });
  });

  test("an update that needs no test is made as ever", async () => {
    const news = await binding("sales", { onDelete: "retain" }, healthy.properties);
    const outputs = await host.update(healthy.id, healthy.properties, news);
    expect(outputs).toMatchObject({ onDelete: "retain", results: healthy.properties.results });
  });

  test("a create keeps the binding untested, fails, and is due again", async () => {
    const inputs = await binding("four");
    const { initFailure } = await failureFrom(host.create(inputs));
    expect(initFailure?.reasons).toEqual([
      expect.stringMatching(/^server-unavailable: incoming email: .* \(transient\)$/),
      expect.stringMatching(/^server-unavailable: outgoing email: .* \(transient\)$/),
    ]);
    expect(initFailure?.properties).toMatchObject({
      __provider: bindingProvider,
      incomingEmailStatus: "Not Run",
      outgoingEmailStatus: "Not Run",
      enabledForIncomingEmail: false,
    });
    expect(await host.diff(initFailure?.properties ?? {}, inputs)).toEqual({ changes: true, replaces: [] });
  });

  test("a create that only warns says why nothing was tested, and is due again", async () => {
    const inputs = await binding("five", { test: { timeoutSeconds: 10, onFailure: "warn" } });
    const { properties } = await host.create(inputs);
    expect(properties.results).toContainEqual(
      expect.objectContaining({ test: "incomingEmail", status: "Not Run", code: "server-unavailable" }),
    );
    expect(await host.diff(properties, inputs)).toEqual({ changes: true, replaces: [] });
  });

  test("the next operation, a process of its own, asks the server again", async () => {
    const next = await ProviderProcess.start();
    try {
      const { initFailure } = await failureFrom(next.create(await binding("six")));
      expect(initFailure?.reasons[0]).toMatch(/^connection-refused: /);
    } finally {
      await next.stop();
    }
  }, 30_000);
});
