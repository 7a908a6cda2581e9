import * as pulumi from "@pulumi/pulumi";
import { EmailServerProfile, MailboxBinding, Organization, type EmailServerProfileArgs } from "pulumi-server-side-sync";

const tenantId = "3f17e397-c012-53af-a427-65d8ec3c93b0";
const signature = "4dabf18193072939515e22adb298388d";
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";
const app = { source: "oauth", clientId: tenantId, tenantId } as const;

describe("an app of the profile", () => {
  const registered: { type: string; inputs: Record<string, unknown> }[] = [];
  beforeAll(async () => {
    await pulumi.runtime.setMocks({
      newResource: ({ type, name, inputs }) => {
        registered.push({ type, inputs: inputs as Record<string, unknown> });
        return { id: `${name}-id`, state: inputs as Record<string, unknown> };
      },
      call: () => ({}),
    });
  });
  beforeEach(() => registered.splice(0));

  function declare(credentials: object): EmailServerProfile {
    const args = { emailSystem: "exchange-online", organization: new Organization(), incoming: { credentials } };
    return new EmailServerProfile("online", args as EmailServerProfileArgs);
  }
  const resolved = <T>(value: pulumi.Input<T>) =>
    new Promise<pulumi.Unwrap<T>>((resolve) => pulumi.output(value).apply(resolve));

  test("hands its secrets to the bindings, always as secrets, and never among the facts", async () => {
    const profile = declare({ ...app, clientSecret: "s3cret-of-the-app", certificate: "c3rtificate" });
    const { incoming } = profile.accounts as { incoming: Record<string, pulumi.Output<string>> };
    for (const [name, text] of [
      ["clientSecret", "s3cret-of-the-app"],
      ["certificate", "c3rtificate"],
    ] as const) {
      const secret = incoming[name];
      expect(secret !== undefined && (await pulumi.isSecret(secret))).toBe(true);
      expect(await resolved(secret)).toBe(text);
    }
    const facts = pulumi.output(profile.facts);
    expect(await pulumi.isSecret(facts)).toBe(false);
    expect(JSON.stringify(await resolved(facts))).not.toMatch(/s3cret-of-the-app|c3rtificate/);
    const binding = new MailboxBinding("sales", { profile, emailAddress: "sales@contoso.com" });
    await resolved(binding.urn);
    const sent = registered.find(({ type }) => type.endsWith("MailboxBinding"))?.inputs;
    // As the engine gets it: a secret.
    expect(sent?.profileCredentials).toMatchObject({
      [signature]: secretSignature,
      value: { incoming: { clientSecret: "s3cret-of-the-app", certificate: "c3rtificate" } },
    });
    expect(JSON.stringify(sent?.profile)).not.toMatch(/s3cret-of-the-app|c3rtificate/);
  });

  test("keeps references in the facts, for bindings of other stacks", async () => {
    const reference = { env: "APP_SECRET", version: "1" };
    const profile = declare({ ...app, clientSecret: reference });
    const facts = await resolved(pulumi.output(profile.facts));
    expect(facts).toMatchObject({ incoming: { credentials: { clientSecret: reference } } });
  });
});
