import * as fc from "fast-check";
import {
  everyBindingInput,
  everyProfileInput,
  factsFrom,
  isSecretPath,
  providers,
  withValue,
} from "../support/declarations";
import { leavesOf } from "../support/leaves";
import { declareOn, startMailServers, type MailServers } from "./mailServers";
import { failureFrom, ProviderProcess, type Bag } from "./providerProcess";

const guid = "3f17e397-c012-53af-a427-65d8ec3c93b0";
const secret = 'S3cret "with" <all> & \\ sorts+of/ümläut=';
const fromEnvironment = "s3cret-of-the-environment";
const fromConfig = "s3cret-of-the-config";

const kindsOfCredentials: Bag[] = [
  { type: "password", password: secret },
  { type: "access-token", accessToken: secret },
  { type: "client-secret", tenantId: guid, clientId: guid, clientSecret: secret },
  { type: "refresh-token", clientId: "app", refreshToken: secret, clientSecret: secret },
  { type: "google-service-account", key: secret },
];
const profileBase: Bag = { ...everyProfileInput, __provider: providers.profile };
const bindingBase: Bag = {
  ...everyBindingInput,
  profile: { ...factsFrom(everyProfileInput), credentialsRevision: 1 },
  __provider: providers.binding,
};
const bindings = [bindingBase, ...kindsOfCredentials.map((credentials) => ({ ...bindingBase, credentials }))];
const secretPaths = [profileBase, ...bindings].flatMap((base) =>
  [...leavesOf(base)]
    .filter(([path, value]) => value !== null && isSecretPath(path))
    .filter(([path]) => base === bindingBase || base === profileBase || !path.startsWith("profileCredentials."))
    .map(([path]) => ({ path, base })),
);

/** The forms in which servers and libraries repeat a secret. */
function formsOf(text: string): string[] {
  const base64 = Buffer.from(text).toString("base64").replace(/=+$/, "");
  return [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text), base64];
}
function expectWithout(secretText: string, texts: unknown): void {
  const all = typeof texts === "string" ? texts : JSON.stringify(texts);
  for (const form of formsOf(secretText)) expect(all.includes(form) ? `${form} in ${all}` : "").toBe("");
}

let host: ProviderProcess;
let servers: MailServers;
beforeAll(async () => {
  host = await ProviderProcess.start({ SERVER_SIDE_SYNC_LOG: "trace", MAIL_PASSWORD: fromEnvironment });
  await host.configure({ "contract:mail-password": fromConfig });
  servers = await startMailServers();
  servers.behave("echo");
}, 30_000);
afterAll(async () => {
  await host.stop();
  await servers.stop();
});

describe.each(secretPaths)("a secret at $path", ({ path, base }) => {
  const keys = path.split(".");

  test("A.7.1, J.4.1: stays there and nowhere else", async () => {
    const { inputs } = await host.check({}, withValue(base, keys, secret));
    const others = [...leavesOf(base)].filter(([, value]) => value === secret).map(([other]) => other);
    const found = [...leavesOf(inputs)].filter(([, value]) => String(value).includes(secret)).map(([at]) => at);
    expect(found.sort()).toEqual([...new Set([path, ...others])].sort());
  });

  test.each([
    ["in a list", [secret]],
    ["below another name", { text: secret, env: secret }],
    ["beside a reference", { env: "MAIL_PASSWORD", version: [secret] }],
    ["as a name", { [secret]: true }],
  ])("A.3.6, A.7.4: %s is refused without naming it or its property", async (_where, value) => {
    const declared = withValue(withValue(base, keys, value), ["acceptRisks"], secret);
    const { failures } = await host.check({}, declared);
    // Those that the profile hands over were judged there already.
    expect(failures.length).toBeGreaterThan(path.startsWith("profileCredentials.") ? 0 : 1);
    expect(failures.filter(({ property }) => property !== "")).toEqual([]);
    const { inputs } = await host.check({}, { ...declared, dryRun: true });
    expectWithout(secret, [failures, inputs.problems]);
  });
});

const vault = { uri: "https://vault.contoso.com", keyName: "mail", clientId: guid, clientSecret: secret };
test.each([
  [
    "exchange-server-2019",
    { source: "email-server-profile", username: "svc@contoso.com", password: secret },
    "password",
  ],
  ["other", { source: "email-server-profile", username: "svc@contoso.com", password: secret }, "password"],
  ["exchange-online", { source: "oauth", clientId: guid, keyVault: vault }, "keyVault.clientSecret"],
])("J.4.1: the same settings for outgoing email of %s take no secret along", async (emailSystem, credentials, path) => {
  const same = { emailSystem, useSameSettingsForOutgoing: true, incoming: { serverLocation: "x.y", credentials } };
  const { inputs } = await host.check({}, { __provider: providers.profile, ...same });
  const found = [...leavesOf(inputs)].filter(([, value]) => value === secret).map(([at]) => at);
  expect(found).toEqual([`incoming.credentials.${path}`]);
});

/** Every text that a failed create and all that follows it let out, the mirrored inputs excepted. */
async function everythingSaidOf(inputs: Bag): Promise<unknown[]> {
  const before = host.stderr.length;
  const created = await failureFrom(host.create(inputs));
  const { id = "", properties = {} } = created.initFailure ?? {};
  expect(properties).toMatchObject({ incomingEmailStatus: "Failure", outgoingEmailStatus: "Failure" });
  const difference = await host.diff(properties, inputs);
  const updated = await failureFrom(host.update(id, properties, inputs));
  const read = await host.read(id, properties);
  await host.delete(id, properties);
  const stored = [properties, updated.initFailure?.properties ?? {}, read.properties, read.inputs].flatMap((bag) =>
    [...leavesOf(bag)].filter(([path]) => !isSecretPath(path)),
  );
  const told = [created.message, created.initFailure?.reasons, updated.message, updated.initFailure?.reasons];
  return [stored, told, difference, id, host.stderr.slice(before), host.stdout];
}

const anySecret = fc.oneof(
  fc.string({ minLength: 8, maxLength: 40 }),
  fc.string({ minLength: 8, maxLength: 40, unit: "grapheme" }),
  fc.base64String({ minLength: 12, maxLength: 40 }),
);

test("A.7.4: no secret is in any text that leaves the process, also where servers repeat what they were told", async () => {
  await fc.assert(
    fc.asyncProperty(anySecret, async (text) => {
      // No mail server takes a line break in a password.
      const password = `${text.replace(/\p{C}/gu, "")}-Un1que`;
      const { binding } = await declareOn(servers, host);
      const inputs = await binding({ emailAddress: "sales@contoso.com", credentials: { type: "password", password } });
      expectWithout(password, await everythingSaidOf(inputs));
    }),
    { numRuns: 25 },
  );
}, 60_000);

test.each([
  ["the environment", { env: "MAIL_PASSWORD" }, fromEnvironment],
  ["the stack config", { config: "mail-password" }, fromConfig],
])(
  "A.7.3: what a reference to %s leads to is stored nowhere and told to nobody but the server",
  async (_where, password, value) => {
    const { binding } = await declareOn(servers, host);
    const inputs = await binding({ emailAddress: "sales@contoso.com", credentials: { type: "password", password } });
    const said = await everythingSaidOf(inputs);
    expect(servers.imap.received).toContain(value);
    expectWithout(value, said);
  },
);

test("A.10.1: all that was logged has the prefix, and nothing went to stdout", () => {
  const lines = host.stderr.trim().split("\n");
  expect(lines.length).toBeGreaterThan(100);
  expect(lines.filter((line) => !line.startsWith("[server-side-sync] "))).toEqual([]);
  expect(host.stdout).toBe("");
});
