import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDynamicsServer, type DynamicsServer } from "../servers/dynamics/dynamicsServer";
import { createAuthority } from "../servers/pki";
import { providers } from "../support/declarations";
import { failureFrom, ProviderProcess, type Bag } from "./providerProcess";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const accessToken = "token-Of-The-Contract";
const password = "Prof1le-Of-The-Contract";

describe("an organization behind the dynamic provider host", () => {
  let server: DynamicsServer;
  let host: ProviderProcess;
  let folder: string;
  let organization: Bag;
  const startHost = () =>
    ProviderProcess.start({ SERVER_SIDE_SYNC_AUTH: "access-token", SERVER_SIDE_SYNC_ACCESS_TOKEN: accessToken });

  beforeAll(async () => {
    const authority = await createAuthority();
    server = await startDynamicsServer({
      certificate: await authority.issue(),
      tokens: { [accessToken]: "CONTOSO\\pipeline" },
      secondsPerMinute: 0.005,
    });
    server.seed.addUser({ fullname: "Ann", domainname: "CONTOSO\\ann", internalemailaddress: "ann@contoso.com" });
    folder = mkdtempSync(join(tmpdir(), "organization-contract-"));
    const file = join(folder, "ca.pem");
    writeFileSync(file, authority.certificate);
    organization = { backend: "dynamics365", url: server.organizationUrl, fips: false, caCertificates: { file } };
    host = await startHost();
  }, 30_000);
  afterAll(async () => {
    await host.stop();
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const settings = (changes: Bag = {}): Bag => ({
    __provider: providers.settings,
    identity: "urn:pulumi:test::contract::type::settings",
    organization,
    ...changes,
  });
  const profile = (changes: Bag = {}): Bag => ({
    __provider: providers.profile,
    identity: "urn:pulumi:test::contract::type::exchange",
    organization,
    name: "Exchange",
    emailSystem: "exchange-server-2019",
    incoming: {
      serverLocation: "https://mail.contoso.com/EWS/Exchange.asmx",
      credentials: { source: "email-server-profile", username: "crm@contoso.com", password },
    },
    ...changes,
  });

  async function created(declared: Bag): Promise<{ id: string; inputs: Bag; state: Bag }> {
    const { inputs, failures } = await host.check({}, declared);
    expect(failures).toEqual([]);
    expect(inputs.problems).toBeNull();
    const { id, properties } = await host.create(inputs);
    return { id, inputs, state: properties };
  }

  test("settings take their defaults, hand back what is unknown, and check is idempotent", async () => {
    const { inputs } = await host.check({}, { ...settings({ defaultProfile: unknown }), dryRun: true });
    expect(inputs).toMatchObject({
      defaultProfile: unknown,
      defaultIncomingEmail: null,
      onDelete: "restore",
      problems: null,
    });
    const again = await host.check(inputs, inputs);
    expect(again.inputs).toEqual(inputs);
  });

  test.each([
    ["another back end", { organization: { backend: "direct" } }, "organization.backend"],
    ["a method that is none", { defaultIncomingEmail: "pigeon" }, "defaultIncomingEmail"],
    ["a property that is none", { defaultIncomingEmial: "none" }, "defaultIncomingEmail"],
    ["a profile that is no id", { defaultProfile: "Exchange" }, "defaultProfile"],
  ])("settings with %s are refused before anything is asked", async (_what, changes, said) => {
    const { failures } = await host.check({}, settings(changes));
    expect(failures.map(({ reason }) => reason).join("\n")).toContain(said);
  });

  test("settings are made, nothing differs then, another organization replaces them, and they are given back", async () => {
    const before = server.record("organizations", server.organizationId).columns;
    const { id, inputs, state } = await created(settings({ processEmailOnlyForApprovedUsers: false }));
    expect(server.record("organizations", server.organizationId).columns.requireapprovalforuseremail).toBe(false);
    const { inputs: same } = await host.check(inputs, settings({ processEmailOnlyForApprovedUsers: false }));
    expect(await host.diff(state, same)).toEqual({ changes: false, replaces: [] });
    const elsewhere = { ...organization, url: "https://crm.contoso.com/other" };
    const { inputs: moved } = await host.check(inputs, settings({ organization: elsewhere }));
    expect(await host.diff(state, moved)).toMatchObject({ replaces: ["organization"] });
    const read = await host.read(id, state);
    expect(read.properties).toEqual(state);
    await host.delete(id, state);
    expect(server.record("organizations", server.organizationId).columns).toEqual({
      ...before,
      versionnumber: expect.anything() as unknown,
      modifiedon: expect.anything() as unknown,
    });
  });

  test("a profile and a mailbox are configured; a second check and a refresh find nothing to do", async () => {
    const made = await created(profile());
    const { __provider, identity, findings, problems, secretPaths, name, acceptRisks, ...facts } = made.inputs;
    expect([__provider, identity, findings, problems, secretPaths, name, acceptRisks]).not.toContain(undefined);
    const binding: Bag = {
      __provider: providers.binding,
      identity: "urn:pulumi:test::contract::type::ann",
      profile: { ...facts, id: made.id },
      emailAddress: "ann@contoso.com",
      test: { timeoutSeconds: 30 },
    };
    const bound = await created(binding);
    expect(bound.state).toMatchObject({ incomingEmailStatus: "Success", enabledForOutgoingEmail: true });
    server.requests.clear();
    for (const [{ id, inputs, state }, declared] of [
      [made, profile()],
      [bound, binding],
    ] as const) {
      const read = await host.read(id, state);
      expect(read.properties).toEqual(state);
      const { inputs: same } = await host.check(inputs, declared);
      expect(await host.diff(read.properties, same)).toEqual({ changes: false, replaces: [] });
    }
    expect(server.requests.writes).toEqual([]);
    // The engine starts one process for each operation; what one has bound it never gives back.
    await host.delete(bound.id, bound.state);
    expect(server.requests.writes).toEqual([]);
    await host.stop();
    host = await startHost();
    await host.delete(bound.id, bound.state);
    await host.delete(made.id, made.state);
    expect(server.snapshot().emailserverprofile[made.id]).toBeUndefined();
  });

  test("a missing way to sign in is told with what to set, and no secret is", async () => {
    const other = await ProviderProcess.start({ SERVER_SIDE_SYNC_AUTH: "", SERVER_SIDE_SYNC_ACCESS_TOKEN: "" });
    try {
      const { inputs } = await other.check({}, profile());
      const failure = await failureFrom(other.create(inputs));
      expect(failure.message).toMatch(/organization-credentials-missing: .*SERVER_SIDE_SYNC_AUTH/s);
      expect(JSON.stringify(failure)).not.toContain(password);
    } finally {
      await other.stop();
    }
  });
});
