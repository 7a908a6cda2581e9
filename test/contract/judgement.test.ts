import { everyBindingInput, everyProfileInput, factsFrom, providers, withValue } from "../support/declarations";
import { failureFrom, ProviderProcess, type Bag } from "./providerProcess";
import { startFaultServer } from "../servers/faultServer";
import { selfSigned } from "../servers/pki";

const bases: Record<string, Bag> = {
  profile: { ...everyProfileInput, __provider: providers.profile },
  binding: {
    ...everyBindingInput,
    profile: { ...factsFrom(everyProfileInput), credentialsRevision: 1 },
    __provider: providers.binding,
  },
};
const minimal: Record<string, Bag> = {
  profile: { __provider: providers.profile, identity: "urn::mail", emailSystem: "gmail" },
  binding: {
    __provider: providers.binding,
    identity: "urn::info",
    profile: bases.binding?.profile,
    profileCredentials: bases.binding?.profileCredentials,
    emailAddress: "info@contoso.com",
  },
};
const base = (kind: string) => bases[kind] ?? {};
const kinds = ["profile", "binding"];
const tested = { schemaVersion: 1, results: [], connectionResults: [] };

/** What is changed, to which value, and what the change replaces. */
const changes: Record<string, [string, unknown, string[]][]> = {
  profile: [
    ["organization.url", "https://crm.contoso.com/other", ["organization"]],
    ["organization.backend", "dynamics365", ["organization"]],
    ["adopt", { name: "other" }, ["adopt"]],
    ["name", "other", []],
    ["incoming.port", 143, []],
  ],
  binding: [
    ["profile.organization.url", "https://crm.contoso.com/other", ["profile"]],
    ["profile.organization.backend", "dynamics365", ["profile"]],
    ["emailAddress", "info@contoso.com", ["emailAddress"]],
    ["regarding", { queue: "Sales" }, ["regarding"]],
    ["profile.incoming.serverLocation", "other.contoso.com", []],
    ["profile.credentialsRevision", 2, []],
    ["test.timeoutSeconds", 30, []],
  ],
};

let host: ProviderProcess;
beforeAll(async () => {
  host = await ProviderProcess.start();
}, 30_000);
afterAll(() => host.stop());

/** The state after a create, and the checked inputs that led to it. */
async function created(kind: string): Promise<{ inputs: Bag; state: Bag }> {
  const { inputs, failures } = await host.check({}, base(kind));
  expect(failures).toEqual([]);
  return { inputs, state: { ...inputs, ...tested } };
}

describe.each(kinds)("check of a %s", (kind) => {
  test("A.3.5: returns every input under its name, null where it is absent, and __provider", async () => {
    const complete = (await host.check({}, base(kind))).inputs;
    const short = (await host.check({}, minimal[kind] ?? {})).inputs;
    expect(Object.keys(short).sort()).toEqual(Object.keys(complete).sort());
    expect(short.__provider).toBe(base(kind).__provider);
    expect(Object.values(short)).toContain(null);
  });

  test.each(Object.keys(base(kind)).filter((key) => !(key in (minimal[kind] ?? {}))))(
    "J.1.2: takes a null %s, and an empty one where it is an object, for an absent one",
    async (key) => {
      const absent = await host.check({}, minimal[kind] ?? {});
      expect(await host.check({}, { ...minimal[kind], [key]: null })).toEqual(absent);
      if (["incoming", "outgoing", "test", "organization"].includes(key)) {
        // An outgoing connection of one's own, even an empty one, is a declaration for Exchange only.
        expect(await host.check({}, { ...minimal[kind], [key]: {} })).toEqual(absent);
      }
    },
  );

  test("J.2.1: says the same findings in preview and update, and keeps them in the checked inputs", async () => {
    const update = await host.check({}, base(kind));
    const preview = await host.check({}, { ...base(kind), dryRun: true });
    expect(preview.inputs.findings).toEqual(update.inputs.findings);
    expect(preview.inputs.findings).toContainEqual(expect.objectContaining({ rule: expect.any(String) as string }));
  });
});

describe("check of the facts of a profile", () => {
  test("J.1.2: takes the empty leaves of a null, and missing ones, for null", async () => {
    const facts = base("binding").profile as Bag;
    const withEmpty = JSON.parse(JSON.stringify(facts).replaceAll("null", "{}")) as Bag;
    const withMissing = JSON.parse(JSON.stringify(facts, (_key, value: unknown) => value ?? undefined)) as Bag;
    const expected = await host.check({}, base("binding"));
    for (const profile of [withEmpty, withMissing])
      expect(await host.check({}, { ...base("binding"), profile })).toEqual(expected);
  });

  const required = /^invalid-arguments: profile: is required: an EmailServerProfile, or the facts of one\./;
  test.each([
    ["no such output of another stack", undefined, required],
    ["a null", null, required],
    ["a text", "mail", required],
    ["a list", [], required],
    ["no facts", {}, required],
    ["no organization", { organization: null }, required],
    [
      "a wrong organization",
      { organization: { backend: "x" } },
      /^invalid-arguments: profile\.organization\.backend: /,
    ],
  ])("J.1.3: refuses %s", async (_what, profile, reason) => {
    const { failures } = await host.check({}, withValue(base("binding"), ["profile"], profile));
    expect(failures).toEqual([{ property: "", reason: expect.stringMatching(reason) as string }]);
  });

  test.each([
    ["emailSystem", "gmial"],
    ["incoming.protocol", null],
    ["outgoing.port", "465"],
    ["incoming.credentials.source", "constructor"],
    ["maxConcurrentConnections", [{}]],
    ["incoming.serverLocation", 5],
  ])("J.1.3: tests nothing with facts of which %s is %j", async (path, value) => {
    const wrong = withValue(base("binding"), ["profile", ...path.split(".")], value);
    // In a preview a profile of the same program says it itself.
    expect((await host.check({}, { ...wrong, dryRun: true })).inputs.problems).toBeNull();
    const { inputs } = await host.check({}, wrong);
    const failure = await failureFrom(host.create(inputs));
    expect(failure.message).toMatch(/^invalid-arguments: The profile of this binding: /);
    expect(failure.message).toContain(path.replace(/\.source$/, ""));
    expect(failure.initFailure).toBeUndefined();
  });
});

describe.each(kinds)("diff of a %s", (kind) => {
  test("A.4.1: finds nothing where a refresh swaps the roles", async () => {
    const { state } = await created(kind);
    const read = await host.read("id", state);
    expect(await host.diff(read.properties, read.inputs)).toEqual({ changes: false, replaces: [] });
  });

  test("A.4.3: leaves the text of __provider out of account", async () => {
    const { state, inputs } = await created(kind);
    const other = `${String(inputs.__provider)} // of another release`;
    expect(await host.diff({ ...state, __provider: other }, inputs)).toEqual({ changes: false, replaces: [] });
  });

  test("A.4.5: takes the order of a list for a part of its value", async () => {
    const { state, inputs } = await created(kind);
    const list = kind === "profile" ? "acceptRisks" : "retestTriggers";
    const entries = [...(inputs[list] as unknown[]), "another"];
    const [forth, back] = [{ [list]: entries }, { [list]: [...entries].reverse() }];
    expect((await host.diff({ ...state, ...forth }, { ...inputs, ...back })).changes).toBeUndefined();
  });

  test.each(changes[kind] ?? [])(
    "A.4.4, J.5: leaves a change of %s to the engine, and says what it replaces",
    async (path, value, replaces) => {
      const { state, inputs } = await created(kind);
      expect(await host.diff(state, withValue(inputs, path.split("."), value))).toEqual({
        changes: undefined,
        replaces,
        ...(replaces.length > 0 ? { deleteBeforeReplace: true } : {}),
      });
    },
  );

  test.each([
    ["an older release", { schemaVersion: 0 }],
    ["no release that says so", { schemaVersion: null }],
  ])("A.6.4: a state of %s is updated", async (_what, version) => {
    const { state, inputs } = await created(kind);
    expect(await host.diff({ ...state, ...version }, inputs)).toEqual({ changes: true, replaces: [] });
  });

  test("A.6.4: a state that lacks what is stored today can be compared, read and deleted", async () => {
    const { inputs } = await created(kind);
    const poor = { __provider: base(kind).__provider };
    expect((await host.diff(poor, inputs)).changes).not.toBe(false);
    expect((await host.read("id", poor)).id).toBe("id");
    await host.delete("id", poor);
  });
});

test("A.4.7: check and diff open no connection", async () => {
  const server = await startFaultServer(() => undefined, await selfSigned(), false);
  try {
    const here = { serverLocation: "127.0.0.1", port: server.port };
    const at = { ...minimal.profile, emailSystem: "other", incoming: here, outgoing: here };
    const { inputs } = await host.check({}, at);
    expect(inputs).toMatchObject({ testConnection: true, incoming: here });
    await host.diff({ ...inputs, schemaVersion: 0 }, inputs);
    const bound = { ...minimal.binding, profile: factsFrom(inputs) };
    const binding = (await host.check({}, bound)).inputs;
    await host.diff({ ...binding, results: [{ test: "incomingEmail", status: "Failure" }] }, binding);
    await host.read("id", binding);
    await host.delete("id", binding);
    expect(server.connections).toBe(0);
  } finally {
    await server.stop();
  }
});
