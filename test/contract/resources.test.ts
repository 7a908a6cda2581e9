import { startSandbox } from "../servers/sandbox/sandbox";
import { leavesOf } from "../support/leaves";
import { failureFrom, ProviderProcess, type Bag } from "./providerProcess";

const sentinels = {
  bool: "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  string: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  array: "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  asset: "030794c1-ac77-496b-92df-f27374a8bd58",
  archive: "e48ece36-62e2-4504-bad9-02848725956a",
  object: "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
};
const profileProvider = 'exports.handler = () => require("pulumi-server-side-sync/runtime").emailServerProfile;';
const bindingProvider = 'exports.handler = () => require("pulumi-server-side-sync/runtime").mailboxBinding;';
const password = "s3cret-Of-The-Contract";

/** Of a service that nobody runs any more; a free port might be given to somebody else in the meantime. */
const closedPort = 1;

describe("the resources in the dynamic provider host", () => {
  let host: ProviderProcess;
  beforeAll(async () => {
    host = await ProviderProcess.start();
  }, 30_000);
  afterAll(() => host.stop());

  const profileInputs = (changes: Bag = {}): Bag => ({
    __provider: profileProvider,
    identity: "urn:pulumi:test::contract::type::mail",
    emailSystem: "other",
    name: "mail",
    incoming: { serverLocation: "127.0.0.1", port: closedPort },
    outgoing: { serverLocation: "127.0.0.1", port: closedPort },
    testConnection: false,
    acceptRisks: [{ rule: "untested-mail-system", reason: "tests" }],
    ...changes,
  });
  async function bindingInputs(changes: Bag = {}): Promise<Bag> {
    const { inputs } = await host.check({}, profileInputs());
    const { __provider, identity, findings, problems, secretPaths, name, acceptRisks, ...facts } = inputs;
    expect([__provider, identity, findings, problems, secretPaths, name, acceptRisks]).not.toContain(undefined);
    return {
      __provider: bindingProvider,
      identity: "urn:pulumi:test::contract::type::sales",
      profile: { ...facts, id: "profile-1" },
      emailAddress: "sales@contoso.com",
      credentials: { type: "password", password },
      test: { timeoutSeconds: 5 },
      ...changes,
    };
  }

  test.each(Object.entries(sentinels))("hands back an unknown %s wherever it stands", async (_kind, unknown) => {
    const profile = await host.check(
      {},
      {
        ...profileInputs({
          name: unknown,
          description: unknown,
          incoming: {
            serverLocation: unknown,
            port: unknown,
            credentials: { source: "email-server-profile", username: unknown, password: unknown },
          },
          maxConcurrentConnections: unknown,
          processEmailsReceivedAfter: unknown,
        }),
        dryRun: true,
      },
    );
    expect(profile.failures).toEqual([]);
    expect(profile.inputs.problems).toBeNull();
    const found = [...leavesOf(profile.inputs)].filter(([, value]) => value === unknown).map(([path]) => path);
    expect(found.sort()).toEqual([
      "description",
      "incoming.credentials.password",
      "incoming.credentials.username",
      "incoming.port",
      "incoming.serverLocation",
      "maxConcurrentConnections",
      "name",
      "processEmailsReceivedAfter",
    ]);
    const binding = await host.check(
      {},
      {
        ...(await bindingInputs({
          emailAddress: unknown,
          credentials: { type: "password", username: unknown, password: unknown },
          retestTriggers: [unknown, { deep: [[unknown]] }],
        })),
        dryRun: true,
      },
    );
    expect(binding.failures).toEqual([]);
    expect(binding.inputs.problems).toBeNull();
    expect(binding.inputs).toMatchObject({
      emailAddress: unknown,
      credentials: { username: unknown, password: unknown },
      retestTriggers: [unknown, { deep: [[unknown]] }],
    });
    expect(
      await host.diff({ ...binding.inputs, schemaVersion: 1 }, { ...binding.inputs, emailAddress: "a@b.com" }),
    ).toEqual({
      changes: undefined,
      replaces: ["emailAddress"],
      deleteBeforeReplace: true,
    });
  });

  test("a profile that is wholly unknown can be bound in preview", async () => {
    const binding = await bindingInputs({ profile: sentinels.string, dryRun: true });
    const { inputs, failures } = await host.check({}, binding);
    expect(failures).toEqual([]);
    expect(inputs).toMatchObject({ profile: sentinels.string, problems: null });
  });

  test("check is the same twice, and diff finds nothing to do", async () => {
    const first = await host.check({}, await bindingInputs());
    expect(first.failures).toEqual([]);
    const second = await host.check(first.inputs, await bindingInputs());
    expect(second).toEqual(first);
    const outputs = { ...first.inputs, schemaVersion: 1, results: [] };
    expect(await host.diff(outputs, second.inputs)).toEqual({ changes: false, replaces: [] });
  });

  test("an unhealthy binding is tested again although nothing changed", async () => {
    const { inputs } = await host.check({}, await bindingInputs());
    const outputs = { ...inputs, schemaVersion: 1, results: [{ test: "incomingEmail", status: "Failure" }] };
    expect(await host.diff(outputs, inputs)).toEqual({ changes: true, replaces: [] });
  });

  test("a failed test keeps the resource, with __provider, and names no secret", async () => {
    const { inputs } = await host.check({}, await bindingInputs());
    const before = host.stderr.length;
    const { initFailure } = await failureFrom(host.create(inputs));
    expect(initFailure?.reasons).toEqual([
      expect.stringMatching(/^connection-refused: incoming email: 127\.0\.0\.1:\d+ \(TLS\) refused the connection/),
      expect.stringMatching(/^connection-refused: outgoing email: /),
    ]);
    expect(initFailure?.properties).toMatchObject({
      __provider: bindingProvider,
      incomingEmailStatus: "Failure",
      outgoingEmailStatus: "Failure",
      schemaVersion: 1,
    });
    expect(JSON.stringify(initFailure?.reasons) + host.stderr.slice(before)).not.toContain(password);
    // What was stored can be read and deleted.
    const { id, properties } = initFailure ?? { id: "", properties: {} };
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await host.read(id, properties)).toMatchObject({ id, properties });
    await host.delete(id, properties);
    // The same declaration finds the same record again.
    expect((await failureFrom(host.create(inputs))).initFailure?.id).toBe(id);
  }, 30_000);

  test("names the place of an invalid value, and never the value", async () => {
    const bad = await bindingInputs({ credentials: { type: "password", password: 12345678, pasword: password } });
    const { failures } = await host.check({}, bad);
    expect(failures.map(({ property }) => property)).toEqual(failures.map(() => ""));
    const reasons = failures.map(({ reason }) => reason).join("\n");
    expect(reasons).toMatch(/^invalid-arguments: credentials/);
    expect(reasons).toContain('"password"');
    expect(reasons).not.toContain(password);
    expect(reasons).not.toContain("12345678");
  });

  test("in a preview every problem is an input for the program to print, and no failure stops the engine", async () => {
    const bad = await bindingInputs({ emailAddress: "not an address", incomingEmail: "serverside", dryRun: true });
    const { failures, inputs } = await host.check({}, bad);
    expect(failures).toEqual([]);
    expect(inputs.problems).toEqual([
      expect.stringContaining("emailAddress"),
      expect.stringMatching(/incomingEmail.*server-side-sync/),
    ]);
    expect(inputs).not.toHaveProperty("dryRun");
  });

  test("the proof of the profile's own app reaches a binding, and is asked for where it does not", async () => {
    const app = { source: "oauth", clientId: "3f17e397-c012-53af-a427-65d8ec3c93b0", tenantId: null };
    const bound = async (credentials: Bag, accounts?: Bag) => {
      const inputs = await bindingInputs({ credentials: null, outgoingEmail: "none", dryRun: true });
      const facts = inputs.profile as Bag & { incoming: Bag };
      const profile = { ...facts, emailSystem: "exchange-online", incoming: { ...facts.incoming, credentials } };
      return (await host.check({}, { ...inputs, profile, profileCredentials: accounts ?? null })).inputs.problems;
    };
    expect(await bound(app)).toEqual([expect.stringMatching(/^invalid-arguments: profile: .*secret did not reach/)]);
    expect(await bound(app, { incoming: { clientSecret: password } })).toBeNull();
    expect(await bound({ ...app, certificate: { env: "APP_CERTIFICATE" } })).toBeNull();
    // Only Dynamics opens it: nothing is tested, and nothing is missing.
    expect(await bound({ ...app, keyVault: { uri: "https://contoso.vault.azure.net" } })).toBeNull();
  });

  test("a rule whose facts are unknown waits for the update", async () => {
    const inputs = await bindingInputs({ appointmentsContactsTasks: "server-side-sync" });
    const facts = inputs.profile as Bag & { incoming: Bag; outgoing: Bag };
    const waiting = {
      ...facts,
      incoming: { ...facts.incoming, protocol: sentinels.string },
      outgoing: { ...facts.outgoing, protocol: sentinels.string },
    };
    const preview = await host.check({}, { ...inputs, profile: waiting, dryRun: true });
    expect(preview.inputs.findings).toEqual([]);
    const { failures } = await host.check({}, inputs);
    expect(failures.map(({ reason }) => reason)).toEqual([expect.stringMatching(/^act-needs-exchange: /)]);
  });

  test.each([
    ["host", "hidden-host.invalid", {}],
    ["URL", "https://hidden-host.invalid/EWS/Exchange.asmx", { protocol: "ews", port: 443 }],
  ])(
    "a failed test names no %s and no user that the program keeps secret, in no message and no output",
    async (_what, serverLocation, changes) => {
      const fresh = await ProviderProcess.start({ SERVER_SIDE_SYNC_LOG: "debug" });
      try {
        const inputs = await bindingInputs({ emailAddress: "hidden-name@contoso.com" });
        const profile = inputs.profile as Bag & { incoming: Bag };
        const hidden = {
          ...inputs,
          profile: { ...profile, incoming: { ...profile.incoming, serverLocation, ...changes } },
          secretPaths: ["emailAddress", "profile.incoming.serverLocation"],
        };
        const { inputs: checked } = await fresh.check({}, hidden);
        const failure = await failureFrom(fresh.create(checked));
        const left = failure.initFailure;
        expect(left?.reasons[0]).toMatch(/: incoming email: .*\[secret\]/);
        const told = JSON.stringify([left?.reasons, left?.properties.results]) + fresh.stderr;
        expect(told).not.toMatch(/hidden-(host|name)/);
        // Inputs are mirrored as they are: the engine keeps secret what stands where a secret was declared.
        expect(left?.properties).toMatchObject({ emailAddress: "hidden-name@contoso.com" });
      } finally {
        await fresh.stop();
      }
    },
    30_000,
  );

  test("a profile that is secret as a whole leaves codes and words of the tests as they are", async () => {
    const hidden = { ...(await bindingInputs({ emailAddress: "code@contoso.com" })), secretPaths: ["profile"] };
    const { inputs } = await host.check({}, hidden);
    const { initFailure } = await failureFrom(host.create(inputs));
    expect(initFailure?.reasons[0]).toMatch(/^connection-refused: incoming email: .*\[secret\].*TLS/);
    const [result] = initFailure?.properties.results as Bag[];
    expect(result).toMatchObject({ test: "incomingEmail", status: "Failure", code: "connection-refused" });
    expect(JSON.stringify(result)).not.toContain("127.0.0.1");
  });

  test("resolves config references, also when configure and create come at once", async () => {
    const fresh = await ProviderProcess.start();
    try {
      const reference = { type: "password", password: { config: "mail-password" } };
      const { inputs } = await host.check({}, await bindingInputs({ credentials: reference }));
      const [, failure] = await Promise.all([
        fresh.configure({ "contract:mail-password": password }),
        failureFrom(fresh.create(inputs)),
      ]);
      expect(failure.initFailure?.reasons[0]).toMatch(/^connection-refused/);
      expect(JSON.stringify(failure)).not.toContain(password);
    } finally {
      await fresh.stop();
    }
  }, 30_000);

  test.each([
    [{ env: "SERVER_SIDE_SYNC_NOT_SET_ANYWHERE" }, "SERVER_SIDE_SYNC_NOT_SET_ANYWHERE, which is not set"],
    [{ config: "not-there" }, '"not-there"'],
  ])("says which reference leads nowhere, before anything is tried: %j", async (reference, words) => {
    const { inputs } = await host.check(
      {},
      await bindingInputs({ credentials: { type: "password", password: reference } }),
    );
    const failure = await failureFrom(host.create(inputs));
    expect(failure.message).toMatch(/^secret-reference-unresolved: credentials\.password refers to /);
    expect(failure.message).toContain(words);
    expect(failure.initFailure).toBeUndefined();
  });

  test("counts rotations of the profile's own credentials, and nothing else", async () => {
    const withPassword = (text: unknown) =>
      profileInputs({
        incoming: {
          serverLocation: "127.0.0.1",
          credentials: { source: "email-server-profile", username: "svc", password: text },
        },
      });
    const first = await host.check({}, withPassword("one-Password"));
    expect(first.inputs.credentialsRevision).toBe(1);
    const same = await host.check(first.inputs, withPassword("one-Password"));
    expect(same.inputs.credentialsRevision).toBe(1);
    const unknown = await host.check(same.inputs, withPassword(sentinels.string));
    expect(unknown.inputs.credentialsRevision).toBe(1);
    const rotated = await host.check(same.inputs, withPassword("two-Password"));
    expect(rotated.inputs.credentialsRevision).toBe(2);
    expect((await host.check(rotated.inputs, withPassword("two-Password"))).inputs.credentialsRevision).toBe(2);
  });

  test("the log shows what was exchanged, prefixed and without secrets, and only to those who ask", async () => {
    const sandbox = await startSandbox({ internet: ["sales@contoso.com"], exchange: [] });
    const fresh = await ProviderProcess.start({ SERVER_SIDE_SYNC_LOG: "debug" });
    try {
      const { host: name, imapPort, smtpPort, caCertificate, users } = sandbox.access;
      const secret = users["sales@contoso.com"] ?? "";
      const checked = await host.check(
        {},
        await bindingInputs({ credentials: { type: "password", password: secret } }),
      );
      const facts = checked.inputs.profile as Bag & { incoming: Bag; outgoing: Bag };
      const profile = {
        ...facts,
        caCertificates: caCertificate,
        incoming: { ...facts.incoming, serverLocation: name, port: imapPort },
        outgoing: { ...facts.outgoing, serverLocation: name, port: smtpPort, security: "starttls" },
      };
      const quiet = host.stderr.length;
      const created = await fresh.create({ ...checked.inputs, profile });
      expect(created.properties).toMatchObject({ incomingEmailStatus: "Success", outgoingEmailStatus: "Success" });
      await host.create({ ...checked.inputs, profile });
      expect(host.stderr.slice(quiet)).toBe("");
      const lines = fresh.stderr.trim().split("\n");
      expect(lines.filter((line) => !line.startsWith("[server-side-sync] "))).toEqual([]);
      expect(lines[0]).toBe("[server-side-sync] create sales: started");
      expect(lines.at(-1)).toMatch(/create sales: ended after \d+ ms$/);
      expect(fresh.stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${imapPort} \\(TLS\\): > .*SELECT`));
      expect(fresh.stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${smtpPort} \\(STARTTLS\\): .*RCPT TO`));
      expect(fresh.stderr).not.toContain(secret);
      expect(fresh.stderr).not.toContain(Buffer.from(`\0sales@contoso.com\0${secret}`).toString("base64"));
    } finally {
      await fresh.stop();
      await sandbox.stop();
    }
  }, 30_000);

  test("the identity stays through a rename", async () => {
    const first = await host.check({}, await bindingInputs());
    const renamed = await host.check(
      first.inputs,
      await bindingInputs({ identity: "urn:pulumi:test::contract::type::other" }),
    );
    expect(renamed.inputs.identity).toBe(first.inputs.identity);
  });
});
