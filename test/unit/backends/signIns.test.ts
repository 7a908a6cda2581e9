import type { BoundMailbox, ProfileAccount } from "../../../provider/src/backends/backend";
import { endpointOf, exchangeOptionsOf } from "../../../provider/src/backends/direct/endpoints";
import { isNotTestable, mustImpersonate, signInOf } from "../../../provider/src/backends/direct/signIns";
import { bindingSchema, normalizeBinding, type DeclaredBinding } from "../../../provider/src/model/binding";
import { factsOf, readFacts } from "../../../provider/src/model/facts";
import { normalizeProfile } from "../../../provider/src/model/normalizeProfile";
import { profileSchema, type DeclaredProfile } from "../../../provider/src/model/profile";

const tenant = "3f17e397-c012-53af-a427-65d8ec3c93b0";
const clientId = "a5a5b0a2-7c7d-4d4e-9c54-0b2a5e6f7a10";
const address = "sales@contoso.com";
const app = { type: "client-secret", tenantId: tenant, clientId, clientSecret: "s3cret" } as const;
const refresh = { type: "refresh-token", clientId, refreshToken: "r3fresh" } as const;
type Account = { incoming?: ProfileAccount; outgoing?: ProfileAccount } | null;

function bound(
  declared: DeclaredProfile,
  mailbox: Partial<DeclaredBinding> = {},
  accounts: Account = null,
): BoundMailbox {
  const profile = normalizeProfile(profileSchema.parse(declared));
  // Over the wire and back, as a binding gets them.
  const facts = readFacts(JSON.parse(JSON.stringify(factsOf(profile))) as Record<string, unknown>);
  const binding = bindingSchema.parse({ emailAddress: address, ...mailbox });
  return { ...normalizeBinding(binding, "direct"), profile: facts, profileCredentials: accounts };
}
const resolve = (secret: unknown, path: string) => (typeof secret === "string" ? secret : `resolved ${path}`);
function signIn(mailbox: BoundMailbox, direction: "incoming" | "outgoing" = "incoming") {
  return signInOf(mailbox, direction, endpointOf(mailbox.profile, direction).host, resolve);
}
const requestOf = (...args: Parameters<typeof signIn>) => (signIn(...args) as { request?: object }).request;

describe("who signs in, with the direct back end", () => {
  const online: DeclaredProfile = {
    emailSystem: "exchange-online",
    autodiscover: false,
    incoming: { credentials: { source: "user-or-queue" } },
  };
  const overImap: DeclaredProfile = {
    emailSystem: "exchange-online",
    autodiscover: false,
    incoming: { protocol: "imap", credentials: { source: "user-or-queue" } },
    outgoing: { protocol: "smtp", credentials: { source: "user-or-queue" } },
  };
  const at = (host: string): DeclaredProfile => ({
    ...overImap,
    incoming: { ...overImap.incoming, serverLocation: host },
  });

  test.each([
    ["the preset over EWS", online, "login.microsoftonline.com", "https://outlook.office365.com/.default"],
    ["the preset over IMAP", overImap, "login.microsoftonline.com", "https://outlook.office365.com/.default"],
    [
      "a host of the US government",
      at("outlook.office365.us"),
      "login.microsoftonline.us",
      "https://outlook.office365.us/.default",
    ],
    [
      "a host in China",
      at("partner.outlook.cn"),
      "login.partner.microsoftonline.cn",
      "https://partner.outlook.cn/.default",
    ],
    [
      "a declared cloud",
      { ...at("mail.proxy.test"), serverAuthority: "us-government" as const },
      "login.microsoftonline.us",
      "https://outlook.office365.us/.default",
    ],
    [
      "a declared cloud against the host",
      { ...at("partner.outlook.cn"), serverAuthority: "public" as const },
      "login.microsoftonline.com",
      "https://outlook.office365.com/.default",
    ],
    [
      "automatic",
      { ...at("partner.outlook.cn"), serverAuthority: "automatic" as const },
      "login.partner.microsoftonline.cn",
      "https://partner.outlook.cn/.default",
    ],
    [
      "a name that only looks alike",
      at("office365.us.evil.test"),
      "login.microsoftonline.com",
      "https://outlook.office365.com/.default",
    ],
    [
      "Exchange Server itself",
      {
        emailSystem: "exchange-server-2019",
        incoming: { serverLocation: "https://mail.contoso.com/EWS/Exchange.asmx" },
      },
      "login.microsoftonline.com",
      "https://mail.contoso.com//.default",
    ],
  ] as [string, DeclaredProfile, string, string][])("an app asks where %s says", (_what, profile, authority, scope) => {
    expect(requestOf(bound(profile, { credentials: app }))).toEqual({
      type: "client-secret",
      authority,
      tenant,
      clientId,
      scope,
      clientSecret: "s3cret",
    });
  });

  test.each([
    [
      "Exchange Online over IMAP",
      overImap,
      {},
      ["organizations", "https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send"],
    ],
    [
      "Exchange Online with a tenant of the profile",
      { ...overImap, exchangeOnlineTenantId: tenant },
      {},
      [tenant, "https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send"],
    ],
    [
      "Outlook.com over POP3",
      { emailSystem: "outlook.com", serverType: "pop3-smtp" },
      {},
      ["consumers", "https://outlook.office.com/POP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send"],
    ],
    [
      "MSN",
      { emailSystem: "msn" },
      {},
      ["consumers", "https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send"],
    ],
    [
      "Windows Live Mail",
      { emailSystem: "windows-live-mail" },
      {},
      ["consumers", "https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send"],
    ],
    [
      "a tenant of the binding",
      { emailSystem: "other", incoming: { serverLocation: "a.test" }, outgoing: { serverLocation: "b.test" } },
      { tenantId: tenant },
      [tenant, "https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send"],
    ],
    [
      "Exchange Online over EWS",
      online,
      {},
      [
        "organizations",
        "https://outlook.office.com/EWS.AccessAsUser.All",
        "https://outlook.office.com/EWS.AccessAsUser.All",
      ],
    ],
  ] as [string, DeclaredProfile, object, string[]][])(
    "a refresh token of Microsoft's: %s",
    (_what, profile, more, [named, ...scopes]) => {
      const mailbox = bound(profile, { credentials: { ...refresh, ...more } });
      for (const [index, direction] of (["incoming", "outgoing"] as const).entries())
        expect(requestOf(mailbox, direction)).toMatchObject({
          type: "microsoft-refresh-token",
          tenant: named,
          scope: scopes[index],
          refreshToken: "r3fresh",
        });
    },
  );

  test.each(["gmail", "yahoo-mail"] as const)("a refresh token otherwise is Google's: %s", (emailSystem) => {
    expect(requestOf(bound({ emailSystem }, { credentials: { ...refresh, clientSecret: { env: "A" } } }))).toEqual({
      type: "google-refresh-token",
      clientId,
      clientSecret: "resolved credentials.clientSecret",
      refreshToken: "r3fresh",
    });
  });

  test("a service account asks for the mailbox, or for whom it is told", () => {
    const key = { type: "google-service-account", key: { config: "google-key" } } as const;
    expect(signIn(bound({ emailSystem: "gmail" }, { credentials: key }))).toEqual({
      type: "token-request",
      username: address,
      request: { type: "google-service-account", key: "resolved credentials.key", subject: address },
    });
    const other = bound({ emailSystem: "gmail" }, { credentials: { ...key, username: "alias@contoso.com" } });
    expect(requestOf(other)).toMatchObject({ subject: "alias@contoso.com" });
  });

  describe("an app of the profile", () => {
    const source = { source: "oauth", clientId, tenantId: tenant } as const;
    const profile = (credentials: object): DeclaredProfile => ({
      emailSystem: "exchange-online",
      autodiscover: false,
      incoming: { credentials: { ...source, ...credentials } },
    });

    test("is proven by what came along, on both sides, as the mailbox", () => {
      const mailbox = bound(profile({ clientSecret: "s3cret" }), {}, { incoming: { clientSecret: "s3cret" } });
      expect(JSON.stringify(mailbox.profile)).not.toContain("s3cret");
      for (const direction of ["incoming", "outgoing"] as const)
        expect(signIn(mailbox, direction)).toEqual({
          type: "token-request",
          username: address,
          request: {
            type: "client-secret",
            authority: "login.microsoftonline.com",
            tenant,
            clientId,
            scope: "https://outlook.office365.com/.default",
            clientSecret: "s3cret",
          },
        });
    });

    test("is proven by references in the facts, a certificate first", () => {
      const mailbox = bound(profile({ clientSecret: { env: "A" }, certificate: { env: "B", version: "2" } }));
      expect(requestOf(mailbox)).toMatchObject({
        type: "client-certificate",
        certificate: "resolved profile.incoming.credentials.certificate",
        privateKey: "resolved profile.incoming.credentials.certificate",
      });
    });

    test("is of the profile's tenant, or of the address's domain, and may name its resource", () => {
      const without = profile({ tenantId: undefined, resourceId: "https://r.test", clientSecret: { env: "A" } });
      expect(requestOf(bound(without))).toMatchObject({ tenant: "contoso.com", scope: "https://r.test/.default" });
      const named = bound({ ...without, exchangeOnlineTenantId: tenant });
      expect(requestOf(named)).toMatchObject({ tenant });
    });

    test("whose secret stayed behind is an error; whose key is in a vault is not tested", () => {
      const lost = bound(profile({ clientSecret: "s3cret" }));
      expect(() => signIn(lost)).toThrow(/^profile-credentials-missing: .*password or secret did not reach/);
      const keyVault = { uri: "https://contoso.vault.azure.net", keyName: "k", clientId };
      const vault = signIn(bound(profile({ keyVault })));
      expect(vault).toMatchObject({
        code: "not-testable-directly",
        message: expect.stringContaining("Key Vault") as string,
      });
      expect(requestOf(bound(profile({ keyVault, clientSecret: { env: "A" } })))).toMatchObject({
        type: "client-secret",
      });
    });

    test("of hybrid modern authentication signs in with its certificate and resource", () => {
      const hybrid = bound({
        emailSystem: "exchange-server-2019",
        incoming: {
          serverLocation: "https://mail.contoso.com/EWS/Exchange.asmx",
          credentials: {
            source: "exchange-hybrid-modern-auth",
            clientId,
            tenantId: tenant,
            resourceId: "https://mail.contoso.com/",
            certificate: { env: "B" },
          },
        },
      });
      expect(requestOf(hybrid)).toMatchObject({
        type: "client-certificate",
        scope: "https://mail.contoso.com//.default",
      });
    });

    test("that needs a user's consent inside Dynamics is not tested", () => {
      const consent = { source: "gmail-oauth", clientId, clientSecret: "s3cret" } as const;
      const mailbox = bound({ emailSystem: "gmail", incoming: { credentials: consent } });
      const result = signIn(mailbox);
      expect(isNotTestable(result)).toBe(true);
      expect(result).toMatchObject({ code: "not-testable-directly" });
    });
  });

  test("an app's token over EWS is always used for the mailbox, a user's as the profile says", () => {
    const impersonates = (credentials: DeclaredBinding["credentials"]) => {
      const mailbox = bound(online, { credentials });
      const result = signIn(mailbox);
      const exchange = exchangeOptionsOf(mailbox.profile, "incoming");
      if (isNotTestable(result) || exchange === undefined) throw new Error("not testable");
      return mustImpersonate(result, exchange).impersonate;
    };
    expect(impersonates(app)).toBe(true);
    const { clientSecret: _secret, ...rest } = app;
    expect(impersonates({ ...rest, type: "client-certificate", certificate: "c", privateKey: "k" })).toBe(true);
    expect(impersonates(refresh)).toBe(false);
    expect(impersonates({ type: "access-token", accessToken: "t" })).toBe(false);
  });

  test("the same settings hand no secret over, however deep it lies", () => {
    const keyVault = { uri: "https://v.test", keyName: "k", clientId, clientSecret: "s3cret-of-the-vault" };
    const credentials = { source: "oauth", clientId, clientSecret: "s3cret", keyVault } as const;
    const { outgoing } = normalizeProfile(
      profileSchema.parse({ emailSystem: "exchange-online", autodiscover: false, incoming: { credentials } }),
    );
    expect(outgoing.credentials).toEqual({
      source: "oauth",
      clientId,
      keyVault: { uri: "https://v.test", keyName: "k", clientId },
    });
  });
});
