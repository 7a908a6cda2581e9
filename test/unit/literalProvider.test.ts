import * as pulumi from "@pulumi/pulumi";
import type * as Api from "pulumi-server-side-sync";

const inputs = new Map<string, Record<string, unknown>>();

describe("what the program sends to the engine", () => {
  beforeAll(async () => {
    await pulumi.runtime.setMocks(
      {
        newResource: (args) => {
          inputs.set(args.type, args.inputs as Record<string, unknown>);
          return { id: `${args.name}-id`, state: args.inputs as Record<string, unknown> };
        },
        call: () => ({}),
      },
      "project",
      "stack",
      true,
    );
    const { EmailServerProfile, MailboxBinding } = require("pulumi-server-side-sync") as typeof Api;
    const profile = new EmailServerProfile("mail", { emailSystem: "gmail" });
    const binding = new MailboxBinding("sales", {
      profile,
      emailAddress: "sales@contoso.com",
      credentials: { type: "password", password: "x" },
    });
    await new Promise((resolve) => pulumi.all([profile.urn, binding.urn]).apply(resolve));
  }, 30_000);

  // Frozen: it stands in the state of every user, and old states run it again on refresh and destroy.
  test.each([
    [
      "pulumi-nodejs:dynamic/server-side-sync:EmailServerProfile",
      'exports.handler = () => require("pulumi-server-side-sync/runtime").emailServerProfile;',
    ],
    [
      "pulumi-nodejs:dynamic/server-side-sync:MailboxBinding",
      'exports.handler = () => require("pulumi-server-side-sync/runtime").mailboxBinding;',
    ],
  ])("%s carries a literal __provider of at most 128 bytes", (type, literal) => {
    expect(inputs.get(type)?.__provider).toBe(literal);
    expect(Buffer.byteLength(literal)).toBeLessThanOrEqual(128);
  });

  // These mocks check nothing, so that what a default would fill in is not known.
  test("a fact that is not known leaves the others known, and the id stands beside them", () => {
    const { profile, profileId } = inputs.get("pulumi-nodejs:dynamic/server-side-sync:MailboxBinding") ?? {};
    expect(profile).toMatchObject({ emailSystem: "gmail", organization: { backend: "direct" } });
    expect(pulumi.isUnknown((profile as Record<string, unknown>).serverType)).toBe(true);
    expect(profileId).toBe("mail-id");
  });
});
