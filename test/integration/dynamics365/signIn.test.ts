import { WebApi } from "../../../provider/src/backends/dynamics365/webApi/client";
import type { OrganizationCredentials } from "../../../provider/src/backends/dynamics365/webApi/types";
import { ServerSideSyncError } from "../../../provider/src/errors";
import { Budget } from "../../../provider/src/transport/budget";
import { startConnectProxy } from "../../servers/connectProxy";
import type { TokenAnswer } from "../../servers/oauth/answers";
import { createRsaKey, type RsaKey } from "../../servers/oauth/rsa";
import { startTokenServer, type TokenServer } from "../../servers/oauth/tokenServer";
import { createAuthority, type Authority, type KeyPair } from "../../servers/pki";
import { setEnvironment, withoutProxy } from "../../support/environment";
import { startScriptedWebApi, type ScriptedWebApi } from "./scriptedWebApi";

const tenantId = "3f17e397-c012-53af-a427-65d8ec3c93b0";
const clientId = "a5a5b0a2-7c7d-4d4e-9c54-0b2a5e6f7a10";
const clientSecret = "~s3cret+of/the app=";
const userPassword = "s3cret-of-the-user";
const host = "contoso.crm.dynamics.com";
const call = () => ({ budget: Budget.ofSeconds(10) });

let authority: Authority;
let certificate: KeyPair;
let appKey: RsaKey;
let restore: () => void;
let organization: ScriptedWebApi;
const tokenServers: TokenServer[] = [];
const clients: WebApi[] = [];

beforeAll(async () => {
  restore = setEnvironment(withoutProxy);
  authority = await createAuthority();
  certificate = await authority.issue({ hosts: ["localhost", "127.0.0.1", host] });
  appKey = await createRsaKey();
}, 20_000);
afterAll(() => {
  restore();
});
beforeEach(async () => {
  organization = await startScriptedWebApi(certificate, {
    users: { "CONTOSO\\svc": userPassword },
    tokens: { "token-1": "first", "token-2": "second" },
    schemes: ["NTLM", "Bearer"],
    tokenChecking: "require",
  });
  organization.reply = () => ({ body: { Version: "9.2" } });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all([organization, ...tokenServers.splice(0)].map((server) => server.stop()));
});

async function startTokens(interfere?: (form: URLSearchParams) => TokenAnswer | undefined): Promise<TokenServer> {
  let count = 0;
  const scopes = [`https://127.0.0.1:${organization.port}/.default`];
  const app = { tenants: [tenantId], clientId, secret: clientSecret, certificate: appKey.certificate, scopes };
  const server = await startTokenServer({
    certificate,
    apps: [app],
    accessToken: () => `token-${(count += 1)}`,
    ...(interfere === undefined ? {} : { interfere }),
  });
  tokenServers.push(server);
  return server;
}

function connect(credentials: OrganizationCredentials, tokens?: TokenServer): WebApi {
  const client = new WebApi({
    organizationUrl: organization.url,
    deployment: credentials.auth.startsWith("entra") ? "online" : "on-premises",
    credentials,
    caCertificates: authority.certificate,
    ...(tokens === undefined
      ? {}
      : {
          tokenRoute: (url: URL) => ({
            url: new URL(url.pathname, `https://127.0.0.1:${tokens.port}`),
            caCertificates: authority.certificate,
          }),
        }),
  });
  clients.push(client);
  return client;
}

async function failure(work: Promise<unknown>): Promise<ServerSideSyncError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof ServerSideSyncError)) throw new TypeError(`no error of ours: ${String(error)}`);
  expect(error.message).not.toMatch(/s3cret|token-\d|PRIVATE/);
  return error;
}

const bySecret = { auth: "entra-secret", tenantId, clientId, clientSecret } as const;

describe("by Entra ID", () => {
  test("an app with a secret gets one token for everything", async () => {
    const tokens = await startTokens();
    const client = connect(bySecret, tokens);
    await Promise.all(Array.from({ length: 5 }, () => client.version(call())));
    expect(tokens.grants).toEqual([{ clientId, scope: `https://127.0.0.1:${organization.port}/.default` }]);
    expect(new Set(organization.requests.map(({ user }) => user))).toEqual(new Set(["first"]));
    expect(tokens.requests).toEqual([`/${tenantId}/oauth2/v2.0/token`]);
  });

  test("an app with a certificate and its key in one text", async () => {
    const tokens = await startTokens();
    const pem = `${appKey.certificate}\n${appKey.key}`;
    expect(
      await connect({ auth: "entra-certificate", tenantId, clientId, certificate: pem }, tokens).version(call()),
    ).toBe("9.2");
  });

  test("a token that has become invalid is replaced once", async () => {
    const tokens = await startTokens();
    const client = connect(bySecret, tokens);
    await client.version(call());
    await organization.stop();
    // The same organization, which has forgotten the first token.
    const { port } = organization;
    organization = await startScriptedWebApi(
      certificate,
      { users: {}, tokens: { "token-2": "second" }, schemes: ["Bearer"] },
      port,
    );
    organization.reply = () => ({ body: { Version: "9.2" } });
    expect(await client.version(call())).toBe("9.2");
    expect(organization.requests.map(({ user }) => user)).toEqual(["second"]);
    expect(organization.statuses).toEqual([401, 200]);
  });

  test("a refused secret is not tried again", async () => {
    const tokens = await startTokens();
    const client = connect({ ...bySecret, clientSecret: "~s3cret-but-wrong" }, tokens);
    expect(await failure(client.version(call()))).toMatchObject({ code: "oauth-client-secret-invalid" });
    expect(await failure(client.version(call()))).toMatchObject({ code: "oauth-client-secret-invalid" });
    expect(tokens.requests).toHaveLength(1);
    expect(organization.requests).toHaveLength(0);
  });

  test("takes no Windows account", () => {
    const options = { organizationUrl: `https://${host}`, deployment: "online" } as const;
    expect(() => new WebApi({ ...options, credentials: { auth: "windows", username: "u", password: "p" } })).toThrow(
      expect.objectContaining({ code: "organization-credentials-invalid" }) as Error,
    );
  });
});

describe("by AD FS", () => {
  const granted: TokenAnswer = {
    status: 200,
    body: { access_token: "token-1", token_type: "bearer", expires_in: 3600 },
  };
  const adfs = (tokens: TokenServer, more: object) =>
    ({
      auth: "adfs",
      authority: `https://localhost:${tokens.port}/adfs`,
      clientId,
      ...more,
    }) as OrganizationCredentials;
  const account = { username: "svc@contoso.com", password: userPassword };

  test("a user signs in to a server behind the same private authority", async () => {
    const tokens = await startTokens(() => granted);
    expect(await connect(adfs(tokens, { account })).version(call())).toBe("9.2");
    expect(tokens.requests).toEqual(["/adfs/oauth2/token"]);
    expect(Object.fromEntries(tokens.forms[0] ?? [])).toEqual({
      grant_type: "password",
      client_id: clientId,
      ...account,
      resource: `https://127.0.0.1:${organization.port}/`,
    });
  });

  test.each([
    [
      "its own name",
      (port: number) => `https://127.0.0.1:${port}/Contoso/`,
      (port: number) => `https://127.0.0.1:${port}/Contoso/`,
    ],
    ["somebody else", () => "https://crm.fabrikam.com/", (port: number) => `https://127.0.0.1:${port}/`],
  ])("an organization that names %s gets a token for itself only", async (_what, named, expected) => {
    const tokens = await startTokens(() => granted);
    organization.challenge = `Bearer authorization_uri="https://adfs.fabrikam.com/adfs/oauth2/authorize", resource_id="${named(organization.port)}"`;
    const client = connect(adfs(tokens, { account }));
    await Promise.all([client.version(call()), client.version(call())]);
    await client.version(call());
    expect(tokens.forms.map((form) => form.get("resource"))).toEqual([expected(organization.port)]);
  });

  test("a client signs in as itself", async () => {
    const tokens = await startTokens(() => granted);
    expect(await connect(adfs(tokens, { clientSecret })).version(call())).toBe("9.2");
    expect(Object.fromEntries(tokens.forms[0] ?? [])).toMatchObject({
      grant_type: "client_credentials",
      client_secret: clientSecret,
    });
  });

  test.each([
    ["invalid_grant", "MSIS9659: Invalid 'username' or 'password'.", "oauth-password-refused", /locked/],
    [
      "unsupported_grant_type",
      "MSIS9611: The authorization server does not support it.",
      "oauth-grant-not-supported",
      /2016/,
    ],
    [
      "invalid_resource",
      "MSIS9602: The received 'resource' parameter is invalid.",
      "oauth-resource-not-found",
      /slash/,
    ],
  ])("%s is asked once and explained", async (error, error_description, code, remedy) => {
    const tokens = await startTokens(() => ({ status: 400, body: { error, error_description } }));
    const client = connect(adfs(tokens, { account }));
    const refused = await failure(client.version(call()));
    expect(refused.code).toBe(code);
    expect(refused.remedy).toMatch(remedy);
    await failure(client.version(call()));
    expect(tokens.requests).toHaveLength(1);
  });
});

test("NTLM is bound to the organization's own certificate through a proxy", async () => {
  const proxy = await startConnectProxy({ [`${host}:443`]: { host: "127.0.0.1", port: organization.port } });
  const undo = setEnvironment({ HTTPS_PROXY: proxy.url });
  try {
    const client = new WebApi({
      organizationUrl: `https://${host}/Contoso`,
      deployment: "on-premises",
      credentials: { auth: "windows", username: "CONTOSO\\svc", password: userPassword },
      caCertificates: authority.certificate,
    });
    clients.push(client);
    expect(await client.version(call())).toBe("9.2");
    expect(proxy.connects).toEqual([`${host}:443`]);
  } finally {
    undo();
    await proxy.stop();
  }
});
