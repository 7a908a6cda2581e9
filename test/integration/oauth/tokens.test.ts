import { SignIns } from "../../../provider/src/testing/signIns";
import type { TokenSignIn } from "../../../provider/src/testing/types";
import { Budget } from "../../../provider/src/transport/budget";
import { TokenClient } from "../../../provider/src/transport/oauth/tokenClient";
import type { TokenRequest } from "../../../provider/src/transport/oauth/tokenRequest";
import { startConnectProxy } from "../../servers/connectProxy";
import { granted, type Grant } from "../../servers/oauth/answers";
import { createRsaKey, serviceAccountJson, type RsaKey } from "../../servers/oauth/rsa";
import { startTokenServer, type TokenServer, type TokenServerOptions } from "../../servers/oauth/tokenServer";
import { createAuthority, selfSigned, type Authority, type KeyPair } from "../../servers/pki";
import { freePorts, until } from "../../servers/processes";
import { setEnvironment, withoutProxy } from "../../support/environment";

const tenant = "3f17e397-c012-53af-a427-65d8ec3c93b0";
const clientId = "a5a5b0a2-7c7d-4d4e-9c54-0b2a5e6f7a10";
const clientSecret = "~s3cret+of/the app=";
const refreshToken = "1.refresh-token-of-sales";
const scope = "https://outlook.office365.com/.default";
const userScope = "https://outlook.office.com/IMAP.AccessAsUser.All";
const account = "mail@project.iam.gserviceaccount.com";
const user = "sales@contoso.com";

describe("access tokens", () => {
  let authority: Authority;
  let certificate: KeyPair;
  let appKey: RsaKey;
  let otherKey: RsaKey;
  let accountKey: RsaKey;
  let restore: () => void;
  const servers: TokenServer[] = [];
  beforeAll(async () => {
    restore = setEnvironment(withoutProxy);
    authority = await createAuthority();
    certificate = await authority.issue();
    [appKey, otherKey, accountKey] = await Promise.all([createRsaKey(), createRsaKey("other"), createRsaKey("google")]);
  }, 20_000);
  afterAll(() => {
    restore();
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  async function start(options: Partial<TokenServerOptions> = {}): Promise<TokenServer> {
    let count = 0;
    const server = await startTokenServer({
      certificate,
      apps: [
        {
          tenants: [tenant, "contoso.com", "consumers"],
          clientId,
          secret: clientSecret,
          certificate: appKey.certificate,
          scopes: [scope],
        },
      ],
      serviceAccounts: [
        {
          email: account,
          keyId: "key-1",
          spki: accountKey.spki,
          users: [user],
          scopes: ["https://mail.google.com/"],
        },
      ],
      googleClients: [{ clientId: "google-client", secret: clientSecret }],
      refreshTokens: {
        [refreshToken]: { clientId, user, scopes: [userScope] },
        "google-refresh-token": { clientId: "google-client", user, scopes: ["https://mail.google.com/"] },
      },
      accessToken: ({ clientId: id }: Grant) => `token-${(count += 1)}-for-${id}`,
      ...options,
    });
    servers.push(server);
    return server;
  }
  const clientOf = (port: number, caCertificates: string | undefined = authority.certificate) =>
    new TokenClient((url) => ({ url: new URL(url.pathname, `https://127.0.0.1:${port}`), caCertificates }));
  const app = { authority: "login.microsoftonline.com", tenant, clientId, scope };
  const bySecret: TokenRequest = { type: "client-secret", ...app, clientSecret };
  const byCertificate = (key: KeyPair): TokenRequest => ({
    type: "client-certificate",
    ...app,
    certificate: key.certificate,
    privateKey: key.key,
  });
  const byRefreshToken: TokenRequest = {
    type: "microsoft-refresh-token",
    ...app,
    tenant: "consumers",
    scope: userScope,
    clientSecret,
    refreshToken,
  };
  const byGoogle: TokenRequest = {
    type: "google-refresh-token",
    clientId: "google-client",
    clientSecret,
    refreshToken: "google-refresh-token",
  };
  const byAdfs: TokenRequest = {
    type: "adfs-client-secret",
    endpoint: "https://adfs.contoso.com/adfs/oauth2/token",
    clientId,
    clientSecret,
    resource: "https://crm.contoso.com",
  };
  const byAdfsPassword: TokenRequest = {
    ...byAdfs,
    type: "adfs-password",
    username: user,
    password: "s3cret-Of-sales",
  };
  const byServiceAccount = (changes: { key?: string; keyId?: string; subject?: string } = {}): TokenRequest => ({
    type: "google-service-account",
    key: serviceAccountJson(account, changes.keyId ?? "key-1", changes.key ?? accountKey.key),
    subject: changes.subject ?? user,
  });
  const seconds = (count: number) => Budget.ofSeconds(count);

  describe("are fetched with one request", () => {
    test.each([
      ["client secret", () => bySecret, { clientId, scope }],
      ["client certificate", () => byCertificate(appKey), { clientId, scope }],
      ["certificate and key in one text", () => oneText(appKey), { clientId, scope }],
      ["Microsoft refresh token", () => byRefreshToken, { clientId, scope: userScope, user }],
      ["Google refresh token", () => byGoogle, { scope: "https://mail.google.com/", user }],
      ["Google service account", () => byServiceAccount(), { scope: "https://mail.google.com/", user }],
    ])("by %s", async (_how, request, grant) => {
      const server = await start();
      expect(await clientOf(server.port).get(request(), seconds(10))).toMatch(/^token-1-for-/);
      expect(server.grants).toEqual([expect.objectContaining(grant)]);
      expect(server.requests).toHaveLength(1);
      await until("the connection is closed", () => server.connections === 0, 2000);
    });
    const oneText = (key: RsaKey) => {
      const both = `${key.certificate}\n${key.key}`;
      return { ...byCertificate(key), certificate: both, privateKey: both } as TokenRequest;
    };

    test.each(["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"])(
      "at %s, for a tenant by its domain, without discovery",
      async (host) => {
        const server = await start();
        const asked: string[] = [];
        const client = new TokenClient((url) => {
          asked.push(url.host);
          return {
            url: new URL(url.pathname, `https://127.0.0.1:${server.port}`),
            caCertificates: authority.certificate,
          };
        });
        for (const request of [bySecret, byCertificate(appKey)]) {
          const there = { ...request, authority: host, tenant: "contoso.com" } as TokenRequest;
          expect(await client.get(there, seconds(10))).toMatch(/^token-/);
        }
        expect(asked).toEqual([host, host]);
        expect(server.requests).toEqual(Array(2).fill("/contoso.com/oauth2/v2.0/token"));
      },
    );

    test("an app without a secret refreshes a token, too", async () => {
      const apps = [{ tenants: ["consumers"], clientId, scopes: [] }];
      const server = await start({ apps });
      const publicClient = { ...byRefreshToken, clientSecret: undefined } as TokenRequest;
      expect(await clientOf(server.port).get(publicClient, seconds(10))).toMatch(/^token-/);
      expect(server.forms[0]?.has("client_secret")).toBe(false);
    });
  });

  describe("are kept in memory", () => {
    test("requests under way are shared, later ones answered, other credentials and scopes kept apart", async () => {
      const server = await start();
      const client = clientOf(server.port);
      const [first, second] = await Promise.all([
        client.get(bySecret, seconds(10)),
        client.get({ ...bySecret }, seconds(10)),
      ]);
      expect(second).toBe(first);
      expect(await client.get(bySecret, seconds(10))).toBe(first);
      expect(server.requests).toHaveLength(1);
      expect(await client.get(byCertificate(appKey), seconds(10))).not.toBe(first);
      const other = { ...bySecret, scope: "https://other/.default" } as TokenRequest;
      await expect(client.get(other, seconds(10))).rejects.toThrow("AADSTS500011");
    });

    test.each([
      ["client secret", () => bySecret],
      ["client certificate", () => byCertificate(appKey)],
      ["Microsoft refresh token", () => byRefreshToken],
      ["AD FS client secret", () => byAdfs],
      ["AD FS password", () => byAdfsPassword],
      ["Google refresh token", () => byGoogle],
      ["Google service account", () => byServiceAccount()],
    ] as [string, () => TokenRequest][])(
      "nobody is given the token of another, whatever tells the two apart: %s",
      async (_how, request) => {
        const server = await start({ interfere: (_form, number) => granted(`token-${number}`, 3599) });
        const client = clientOf(server.port);
        const pair = { certificate: otherKey.certificate, privateKey: otherKey.key };
        const others: Record<string, object> = {
          authority: { authority: "login.microsoftonline.us" },
          certificate: pair,
          privateKey: pair,
          key: { key: serviceAccountJson("other@project.iam.gserviceaccount.com", "key-2", otherKey.key) },
          endpoint: { endpoint: "https://adfs.fabrikam.com/adfs/oauth2/token" },
        };
        const asked = request();
        const own = await client.get(asked, seconds(10));
        for (const [name, value] of Object.entries(asked).filter(([key]) => key !== "type")) {
          const other = { ...asked, ...(others[name] ?? { [name]: `${value}-of-another` }) };
          expect({ name, token: await client.get(other, seconds(10)) }).not.toEqual({ name, token: own });
        }
        expect(await client.get(asked, seconds(10))).toBe(own);
      },
    );

    test("a token near its end is fetched anew, a failed request is not kept", async () => {
      let refuse = true;
      const server = await start({
        lifetimeSeconds: 1,
        interfere: () => (refuse ? { status: 503, body: "<html>later</html>" } : undefined),
      });
      const client = clientOf(server.port);
      await expect(client.get(bySecret, seconds(10))).rejects.toThrow("HTTP 503");
      refuse = false;
      const first = await client.get(bySecret, seconds(10));
      expect(await client.get(bySecret, seconds(10))).toBe(first);
      // Half of a second, while the token itself is still good.
      await until("it is old", async () => (await client.get(bySecret, seconds(10))) !== first, 2000);
      expect(server.requests).toHaveLength(3);
    });

    test("whoever gives up waits no longer; a request that nobody waits for is broken off", async () => {
      const server = await start({ interfere: () => "stall" });
      const client = clientOf(server.port);
      const start_ = performance.now();
      const [short, long] = [client.get(bySecret, seconds(0.3)), client.get(bySecret, seconds(1))];
      await expect(short).rejects.toMatchObject({ code: "test-timeout", transient: true });
      expect(server.connections).toBe(1);
      await expect(long).rejects.toMatchObject({ code: "test-timeout" });
      expect(performance.now() - start_).toBeLessThan(2000);
      await until("the connection is closed", () => server.connections === 0, 2000);
      expect(server.requests).toHaveLength(1);
    });

    test("a proxy that says nothing is left, too", async () => {
      const proxy = await startConnectProxy({}, { answer: "stall" });
      const restoreProxy = setEnvironment({ HTTPS_PROXY: proxy.url });
      try {
        const waiting = new TokenClient().get(bySecret, seconds(0.5));
        await expect(waiting).rejects.toMatchObject({ code: "test-timeout" });
        expect(proxy.connects).toEqual(["login.microsoftonline.com:443"]);
        await until("the connection is closed", () => proxy.connections === 0, 2000);
      } finally {
        restoreProxy();
        await proxy.stop();
      }
    });
  });

  describe("that are refused", () => {
    async function failure(client: TokenClient, request: TokenRequest, budget = seconds(10)) {
      const signIn: TokenSignIn = { type: "token-request", username: user, request };
      return new SignIns(client, budget)
        .with(signIn, () => Promise.resolve())
        .then(
          () => {
            throw new Error("a token was given");
          },
          (error: unknown) => error as { code: string; message: string; transient: boolean; summary: string },
        );
    }

    test.each([
      ["another secret", () => ({ ...bySecret, clientSecret: "wr0ng-secret" }), "oauth-client-secret-invalid"],
      ["another certificate", () => byCertificate(otherKey), "oauth-certificate-refused"],
      ["an unknown app", () => ({ ...bySecret, clientId: tenant }), "oauth-app-not-found"],
      ["an unknown tenant", () => ({ ...bySecret, tenant: "fabrikam.com" }), "oauth-tenant-not-found"],
      ["another resource", () => ({ ...bySecret, scope: "https://x/.default" }), "oauth-resource-not-found"],
      ["a scope without consent", () => ({ ...byRefreshToken, scope: `${userScope}.Not` }), "oauth-consent-missing"],
      [
        "another refresh token",
        () => ({ ...byRefreshToken, refreshToken: "1.an-old-one" }),
        "oauth-refresh-token-expired",
      ],
      ["another Google refresh token", () => ({ ...byGoogle, refreshToken: "1//old" }), "oauth-refresh-token-expired"],
      ["another Google client", () => ({ ...byGoogle, clientId: "nobody" }), "oauth-client-refused"],
      ["another Google secret", () => ({ ...byGoogle, clientSecret: "wr0ng-secret" }), "oauth-client-refused"],
      ["another key", () => byServiceAccount({ key: otherKey.key }), "oauth-service-account-key-refused"],
      ["a deleted key", () => byServiceAccount({ keyId: "key-0" }), "oauth-service-account-key-refused"],
      ["an unknown user", () => byServiceAccount({ subject: "nobody@contoso.com" }), "oauth-user-not-found"],
      ["a user elsewhere", () => byServiceAccount({ subject: "a@fabrikam.com" }), "oauth-delegation-missing"],
    ] as [string, () => TokenRequest, string][])("%s", async (_what, request, code) => {
      const server = await start();
      const error = await failure(clientOf(server.port), request());
      expect(error).toMatchObject({ code, transient: false });
      expect(error.message).not.toMatch(/wr0ng-secret|an-old-one|BEGIN|eyJ/);
      expect(server.requests).toHaveLength(1);
    });

    test("name who asked, where, and the endpoint's own words", async () => {
      const server = await start();
      const error = await failure(clientOf(server.port), { ...bySecret, clientSecret: "wr0ng-secret" });
      expect(error.message).toContain(
        `oauth-client-secret-invalid: login.microsoftonline.com:443 (TLS) refused the client secret of app ${clientId} (tenant ${tenant}): "HTTP 401: invalid_client: AADSTS7000215: Invalid client secret provided.`,
      );
      const google = await failure(clientOf(server.port), byServiceAccount({ subject: "nobody@contoso.com" }));
      expect(google.message).toContain(
        `oauth2.googleapis.com:443 (TLS) does not know the user of service account ${account} for user nobody@contoso.com: "`,
      );
    });

    test("hold no secret, however the endpoint shows it", async () => {
      const echo = (form: URLSearchParams) => ({
        status: 400,
        body: {
          error: "invalid_request",
          error_description: `You sent ${form.toString().slice(0, 200)} and ${form.get("client_secret") ?? ""}${form.get("client_assertion") ?? form.get("assertion") ?? ""} ${form.get("refresh_token") ?? ""} base64 ${Buffer.from(`x:${form.get("client_secret") ?? ""}`).toString("base64")}`,
        },
      });
      const server = await start({ interfere: echo });
      for (const request of [bySecret, byCertificate(appKey), byRefreshToken, byGoogle, byServiceAccount()]) {
        const { message } = await failure(clientOf(server.port), request);
        expect(message).toContain("invalid_request: You sent");
        for (const secret of [
          clientSecret,
          encodeURIComponent(clientSecret),
          new URLSearchParams({ x: clientSecret }).toString().slice(2),
          Buffer.from(`x:${clientSecret}`).toString("base64").slice(4, -4),
          refreshToken,
          "google-refresh-token",
          "eyJ",
        ])
          expect(message).not.toContain(secret);
      }
    });

    test.each([
      ["429 with seconds", { status: 429, body: "{}", headers: { "retry-after": "2" } }, "oauth-throttled"],
      [
        "503 with a date",
        { status: 503, body: "<html>", headers: { "retry-after": inSeconds(30) } },
        "oauth-temporarily-unavailable",
      ],
      ["500", { status: 500, body: { error: "server_error" } }, "oauth-temporarily-unavailable"],
    ])("for a while: %s", async (_what, answer, code) => {
      const server = await start({ interfere: () => answer });
      const error = await failure(clientOf(server.port), bySecret);
      expect(error).toMatchObject({ code, transient: true });
      if ("headers" in answer) expect(error.summary).toMatch(/try again in (2|2\d|30) s/);
    });

    test.each([
      ["a page", { status: 200, body: "<html>Sign in</html>" }, "oauth-unexpected-answer"],
      ["no token", { status: 200, body: { token_type: "Bearer" } }, "oauth-unexpected-answer"],
      [
        "a redirection",
        { status: 302, body: "", headers: { location: "https://evil.test/" } },
        "oauth-unexpected-answer",
      ],
      ["a page for an error", { status: 404, body: "<html>" }, "oauth-unexpected-answer"],
      ["an unknown error", { status: 400, body: { error: "something_new" } }, "oauth-failed"],
    ])("by %s", async (_what, answer, code) => {
      const server = await start({ interfere: () => answer });
      for (const request of [bySecret, byGoogle]) {
        expect(await failure(clientOf(server.port), request)).toMatchObject({ code, transient: false });
      }
      expect(server.requests).toHaveLength(2);
    });

    test("below HTTP: nobody there, a stranger's certificate, a connection that breaks", async () => {
      const [closed = 0] = await freePorts(1);
      expect(await failure(clientOf(closed), bySecret)).toMatchObject({ code: "connection-refused" });
      const server = await start({ certificate: await selfSigned() });
      const distrusted = await failure(clientOf(server.port), bySecret);
      expect(distrusted).toMatchObject({ code: "tls-self-signed", transient: false });
      expect(distrusted.message).toContain("NODE_EXTRA_CA_CERTS");
      const broken = await start({ interfere: () => "reset" });
      expect(await failure(clientOf(broken.port), byGoogle)).toMatchObject({
        code: "connection-reset",
        transient: true,
      });
      const stalled = await start({ interfere: () => "stall" });
      const late = await failure(clientOf(stalled.port), bySecret, seconds(0.5));
      expect(late.message).toMatch(/^test-timeout: login\.microsoftonline\.com:443: /);
    });

    test("before anything is sent: what is no certificate, no key, no pair", async () => {
      const server = await start();
      const client = clientOf(server.port);
      const ecdsa = await selfSigned();
      for (const [request, words] of [
        [byCertificate({ certificate: "s3cret-text", key: appKey.key }), "the certificate is not in PEM"],
        [byCertificate({ certificate: appKey.certificate, key: "s3cret-text" }), "the private key is not in PEM"],
        [byCertificate({ certificate: appKey.certificate, key: otherKey.key }), "belongs to another certificate"],
        [byCertificate(ecdsa), "not an RSA key"],
      ] as const) {
        const error = await failure(client, request);
        expect(error).toMatchObject({ code: "oauth-certificate-unreadable", transient: false });
        expect(error.message).toContain(words);
        expect(error.message).not.toContain("s3cret-text");
      }
      for (const key of ["s3cret-text", "{}", serviceAccountJson(account, "k", "s3cret-text")]) {
        const error = await failure(client, { type: "google-service-account", key, subject: user });
        expect(error).toMatchObject({ code: "oauth-service-account-key-unreadable", transient: false });
        expect(error.message).not.toContain("s3cret-text");
      }
      expect(server.requests).toEqual([]);
    });
  });
});

function inSeconds(count: number): string {
  return new Date(Date.now() + count * 1000).toUTCString();
}
