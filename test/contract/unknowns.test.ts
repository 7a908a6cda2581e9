import {
  everyBindingInput,
  everyProfileInput,
  factsFrom,
  pathsIn,
  providers,
  sentinels,
  withValue,
} from "../support/declarations";
import { leavesOf } from "../support/leaves";
import { ProviderProcess, type Bag } from "./providerProcess";

/** Arguments that are Inputs; whatever else there is, is a plain value. */
const inputs = {
  profile: [
    "identity",
    "name",
    "description",
    "incoming.serverLocation",
    "incoming.port",
    "incoming.credentials.username",
    "incoming.credentials.password",
    "outgoing.serverLocation",
    "outgoing.port",
    "outgoing.credentials.clientId",
    "outgoing.credentials.clientSecret",
    "outgoing.credentials.tenantId",
    "outgoing.credentials.certificate",
    "outgoing.credentials.resourceId",
    "outgoing.credentials.keyVault.uri",
    "outgoing.credentials.keyVault.keyName",
    "outgoing.credentials.keyVault.clientId",
    "outgoing.credentials.keyVault.clientSecret",
    "organization.caCertificates",
    "exchangeOnlineTenantId",
    "maxConcurrentConnections",
    "minPollingIntervalMinutes",
    "connectionTimeoutMs",
    "processEmailsReceivedAfter",
    "encodingCodePage",
    "ownerEmailAddress",
    "owner.user",
    "adopt.name",
    "caCertificates",
  ],
  binding: [
    "identity",
    "emailAddress",
    "regarding.user",
    "credentials.username",
    "credentials.tenantId",
    "credentials.clientId",
    "credentials.certificate",
    "credentials.privateKey",
    "processEmailsReceivedAfter",
    "retestTriggers.0",
    "retestTriggers.1",
    "retestTriggers.1.deep",
    "retestTriggers.1.deep.0",
    "retestTriggers.1.deep.0.0",
  ],
};
/** What a binding is told by its profile may be unknown as a whole, and anywhere within. */
const toldByProfile = /^profile(Credentials)?(\.|$)/;
const notKnownYet = /^invalid-arguments: [\w.]+: is not known before the update; what stands here has to be a plain /;
const state = { schemaVersion: 1, results: [], connectionResults: [] };

const profileBase: Bag = { ...everyProfileInput, __provider: providers.profile };
const boundProfile = { ...factsFrom(everyProfileInput), credentialsRevision: 1 };
const bindingBase: Bag = { ...everyBindingInput, profile: boundProfile, __provider: providers.binding };

let host: ProviderProcess;
beforeAll(async () => {
  host = await ProviderProcess.start();
}, 30_000);
afterAll(() => host.stop());

describe.each([
  ["profile", profileBase, inputs.profile],
  ["binding", bindingBase, inputs.binding],
] as const)("an unknown value in a %s", (kind, base, takesUnknown) => {
  const paths = pathsIn(base).filter(([top]) => top !== "__provider");
  const isInput = (path: string) => takesUnknown.includes(path) || (kind === "binding" && toldByProfile.test(path));

  test.each(paths.map((path) => path.join(".")))("A.3.1: of any kind comes back from %s as it was", async (path) => {
    for (const unknown of Object.values(sentinels)) {
      const news = withValue(base, path.split("."), unknown);
      const checked = await host.check({}, { ...news, dryRun: true });
      expect(checked.failures).toEqual([]);
      expect(checked.inputs.problems).toEqual(isInput(path) ? null : [expect.stringMatching(notKnownYet) as string]);
      const found = [...leavesOf(checked.inputs)].filter(([, value]) => value === unknown).map(([leaf]) => leaf);
      // Facts are read leaf by leaf, so what is unknown as a whole is unknown in each of its leaves.
      const asLeaves = path.startsWith("profile.") && found.every((leaf) => `${leaf}.`.startsWith(`${path}.`));
      expect(asLeaves && found.length > 0 ? [path] : found).toEqual([path]);
    }
  });

  test.each(paths.map((path) => path.join(".")).filter((path) => isInput(path) && path !== "identity"))(
    "A.4.2: is taken for a change at %s",
    async (path) => {
      const before = (await host.check({}, base)).inputs;
      const after = withValue(base, path.split("."), sentinels.string);
      const { inputs: news } = await host.check(before, { ...after, dryRun: true });
      expect((await host.diff({ ...before, ...state }, news)).changes).not.toBe(false);
    },
  );
});

describe("what an unknown value does not decide", () => {
  const minimal = { __provider: providers.profile, emailSystem: "other", name: "mail", dryRun: true };

  test.each([
    ["a port and its security", { incoming: { port: sentinels.number } }, "incoming.security", "tls"],
    ["a location and its port", { incoming: { serverLocation: sentinels.string } }, "incoming.port", 993],
    ["a date and the rules about it", { processEmailsReceivedAfter: sentinels.string }, "problems", null],
  ])("A.3.3: %s", async (_what, changes, path, value) => {
    const checked = await host.check({}, { ...minimal, ...changes });
    expect(leavesOf(checked.inputs).get(path)).toBe(value);
  });

  test("A.3.3: the mailbox of an address, nor whether two of them are one", async () => {
    const unknown = { ...bindingBase, emailAddress: sentinels.string, credentials: null };
    for (const identity of ["urn::one", "urn::two"]) {
      const { inputs: checked, failures } = await host.check({}, { ...unknown, identity, dryRun: true });
      expect({ failures, problems: checked.problems }).toEqual({ failures: [], problems: null });
      expect(JSON.stringify(checked.findings)).not.toMatch(/duplicate-mailbox-binding|address-outside/);
    }
  });

  test("J.3.1: a profile that is wholly unknown is being replaced, and its binding with it, first", async () => {
    const before = (await host.check({}, bindingBase)).inputs;
    const { inputs: news } = await host.check(before, { ...bindingBase, profile: sentinels.object, dryRun: true });
    expect(await host.diff({ ...before, ...state }, news)).toEqual({
      changes: undefined,
      replaces: ["profile"],
      deleteBeforeReplace: true,
    });
  });
});
