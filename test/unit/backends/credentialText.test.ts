import type { BoundMailbox } from "../../../provider/src/backends/backend";
import { signInOf } from "../../../provider/src/backends/direct/signIns";
import { bindingSchema, normalizeBinding, type DeclaredBinding } from "../../../provider/src/model/binding";
import { factsOf, readFacts } from "../../../provider/src/model/facts";
import { normalizeProfile } from "../../../provider/src/model/normalizeProfile";
import { profileSchema, type DeclaredProfile } from "../../../provider/src/model/profile";
import { credentialText } from "../../../provider/src/backends/direct/credentialText";

type Accounts = BoundMailbox["profileCredentials"];

describe("text of credentials", () => {
  test.each(["s3cret", "pass word", "pässwörd \u00a0", "eyJ.a.b=="])("%j is taken as it is", (value) => {
    expect(credentialText(value, "credentials.password")).toBe(value);
  });

  test.each([
    ["s3cret\n", "credentials.password ends in a newline."],
    ["s3cret\r\n", "credentials.password ends in a newline."],
    ["s3cret\nQUIT", "credentials.password contains a line break."],
    ["s3cret\rQUIT\n", "credentials.password contains a line break."],
    ["s3cret\u0001auth=", "credentials.password contains a control character."],
    ["s3\0cret", "credentials.password contains a control character."],
  ])("%j is refused by its field, without its value", (value, summary) => {
    let thrown: unknown;
    try {
      credentialText(value, "credentials.password");
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "control-character-in-credentials", summary, transient: false });
    expect(String(thrown)).not.toContain("s3");
  });
});

describe("credentials with a line break", () => {
  const overPop3: DeclaredProfile = {
    emailSystem: "other",
    incoming: { protocol: "pop3", serverLocation: "mail.contoso.com", credentials: { source: "user-or-queue" } },
  };
  const id = "3f17e397-c012-53af-a427-65d8ec3c93b0";
  const signIn = (declared: DeclaredProfile, mailbox: Partial<DeclaredBinding>, accounts: Accounts = null) => {
    const binding = bindingSchema.parse({ emailAddress: "sales@contoso.com", ...mailbox });
    const profile = readFacts({ ...factsOf(normalizeProfile(profileSchema.parse(declared))) });
    const bound = { ...normalizeBinding(binding, "direct"), profile, profileCredentials: accounts };
    return signInOf(bound, "incoming", "mail.contoso.com", (secret) => (typeof secret === "string" ? secret : ""));
  };
  const ofProfile = (username: string, password: string): DeclaredProfile => ({
    ...overPop3,
    incoming: { ...overPop3.incoming, credentials: { source: "email-server-profile", username, password } },
  });
  const refusal = expect.objectContaining({ code: "control-character-in-credentials" }) as Error;

  test.each([
    { type: "password", password: "s3cret\n" },
    { type: "password", username: "sales\r\nQUIT", password: "s3cret" },
    { type: "access-token", accessToken: "t0ken\n" },
    { type: "client-secret", tenantId: id, clientId: id, clientSecret: "s3cret\n" },
    { type: "refresh-token", tenantId: id, clientId: id, refreshToken: "r3fresh\n" },
  ] as const)("a mailbox's: $type", (credentials) => {
    expect(() => signIn(overPop3, { credentials })).toThrow(refusal);
  });

  test.each([
    ["svc", "s3cret\n"],
    ["svc\n", "s3cret"],
  ])("a profile's own: %j with %j", (username, password) => {
    const declared = ofProfile(username, password);
    expect(() => signIn(declared, {}, { incoming: { username, password } })).toThrow(refusal);
  });

  test("certificates and keys have many lines", () => {
    const credentials = { type: "google-service-account", key: '{\n"private_key": ""\n}\n' } as const;
    expect(() => signIn(overPop3, { credentials })).not.toThrow();
  });
});
