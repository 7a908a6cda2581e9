import { ProviderProcess, type Bag } from "./providerProcess";

const profileProvider = 'exports.handler = () => require("pulumi-server-side-sync/runtime").emailServerProfile;';
const bindingProvider = 'exports.handler = () => require("pulumi-server-side-sync/runtime").mailboxBinding;';

interface Finding {
  rule: string;
}
const rulesOf = (inputs: Bag) => (inputs.findings as Finding[]).map(({ rule }) => rule);

describe("findings that need more than one declaration", () => {
  let host: ProviderProcess;
  beforeEach(async () => {
    // One process for each operation, as the engine has it.
    host = await ProviderProcess.start();
  }, 30_000);
  afterEach(() => host.stop());

  const profileInputs = (changes: Bag = {}): Bag => ({
    __provider: profileProvider,
    identity: "urn:pulumi:test::contract::type::mail",
    emailSystem: "gmail",
    name: "mail",
    ...changes,
  });
  async function bindingInputs(name: string, changes: Bag = {}, ofProfile: Bag = {}): Promise<Bag> {
    const { inputs } = await host.check({}, profileInputs(ofProfile));
    const facts = Object.fromEntries(
      Object.entries(inputs).filter(
        ([key]) =>
          !["__provider", "identity", "findings", "problems", "secretPaths", "name", "acceptRisks"].includes(key),
      ),
    );
    return {
      __provider: bindingProvider,
      identity: `urn:pulumi:test::contract::type::${name}`,
      profile: facts,
      emailAddress: "sales@contoso.com",
      credentials: { type: "access-token", accessToken: { env: "TOKEN", version: "1" } },
      ...changes,
    };
  }

  test("in an update the later check of a mailbox that is bound twice fails, a second check of the first does not", async () => {
    const [first, second, other] = [
      await bindingInputs("first"),
      await bindingInputs("second", { emailAddress: "SALES@contoso.com" }),
      await bindingInputs("other", { emailAddress: "info@contoso.com" }),
    ];
    expect((await host.check({}, first)).failures).toEqual([]);
    const [failure, ...others] = (await host.check({}, second)).failures;
    expect(failure?.reason).toMatch(
      /^duplicate-mailbox-binding: The mailbox sales@contoso\.com is bound twice, also by "first"/,
    );
    expect(others).toEqual([]);
    // The engine checks a resource again where it is replaced.
    expect((await host.check({}, first)).failures).toEqual([]);
    expect((await host.check({}, other)).failures).toEqual([]);
  });

  test("a failure names nothing that the program keeps secret, and the state keeps what that is", async () => {
    const organization = { allowedEmailDomains: ["contoso.com"] };
    const outside = { emailAddress: "topsecret@evil.example", secretPaths: ["emailAddress"] };
    const { failures, inputs } = await host.check({}, await bindingInputs("first", outside, { organization }));
    expect(failures.map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/^address-outside-allowed-domains: The address \[secret\] is outside/),
    ]);
    expect(inputs.secretPaths).toEqual(["emailAddress"]);
    const twice = await bindingInputs("second", outside, {});
    expect((await host.check({}, { ...twice, identity: "urn::third" })).failures).toEqual([
      { property: "", reason: expect.stringMatching(/^duplicate-mailbox-binding: The mailbox \[secret\] /) as string },
    ]);
  });

  test("in a preview it is the program that says so: no check fails", async () => {
    for (const name of ["first", "second"]) {
      const { failures } = await host.check({}, { ...(await bindingInputs(name)), dryRun: true });
      expect(failures).toEqual([]);
    }
  });

  test("a date that moves back is found in the preview, and not kept in the state", async () => {
    const declared = profileInputs({ processEmailsReceivedAfter: "2026-01-01T00:00:00Z" });
    const olds = (await host.check({}, profileInputs({ processEmailsReceivedAfter: "2026-06-01T00:00:00Z" }))).inputs;
    const preview = await host.check(olds, { ...declared, dryRun: true });
    expect(rulesOf(preview.inputs)).toContain("process-after-moves-back");
    const update = await host.check(olds, declared);
    expect(rulesOf(update.inputs)).not.toContain("process-after-moves-back");
    const created = await host.check({}, { ...declared, dryRun: true });
    expect(rulesOf(created.inputs)).not.toContain("process-after-moves-back");
  });

  test("a new warning does not touch an unchanged resource, a new error does", async () => {
    const { inputs } = await host.check({}, await bindingInputs("sales"));
    const state = { ...inputs, schemaVersion: 1, results: [] };
    const withFinding = (rule: string) => ({ ...inputs, findings: [{ rule, path: "emailAddress" }] });
    expect((await host.diff(state, withFinding("gmail-app-password"))).changes).toBe(false);
    expect((await host.diff(state, withFinding("act-needs-exchange"))).changes).toBe(true);
  });

  test("an account of the profile whose password cannot reach the binding is said in the preview", async () => {
    const account = { source: "email-server-profile", username: "svc@gmail.com" };
    const inClear = { outgoing: { credentials: { ...account, password: "s3cret-of-the-profile" } } };
    const facts = await bindingInputs("sales", {}, inClear);
    delete ((facts.profile as Bag).outgoing as { credentials: Bag }).credentials.password;
    const problemsOf = async (inputs: Bag) =>
      (await host.check({}, { ...inputs, dryRun: true })).inputs.problems as string[] | null;
    expect(await problemsOf(facts)).toEqual([
      expect.stringMatching(/^invalid-arguments: profile: .*outgoing email.*did not reach/),
    ]);
    const accounts = { outgoing: { username: "svc@gmail.com", password: "s3cret-of-the-profile" } };
    expect(await problemsOf({ ...facts, profileCredentials: accounts })).toBeNull();
    const reference = { outgoing: { credentials: { ...account, password: { env: "SVC", version: "1" } } } };
    expect(await problemsOf(await bindingInputs("sales", {}, reference))).toBeNull();
  });
});
