import { randomUUID } from "node:crypto";
import { Agent, request } from "node:https";
import { startDynamicsServer, type DynamicsServer } from "../../servers/dynamics/dynamicsServer";
import { IssuedTokens } from "../../servers/dynamics/issuedTokens";
import { startTokenServer, type TokenServer } from "../../servers/oauth/tokenServer";
import { createAuthority } from "../../servers/pki";

const [clientId, secret, tenant] = [randomUUID(), "secret-of-the-app", "contoso.com"];
const issued = new IssuedTokens({ [clientId]: "application" });
const scopes: string[] = [];
const resources: string[] = [];
let agent: Agent;
let online: DynamicsServer;
let internetFacing: DynamicsServer;
let tokens: TokenServer;

beforeAll(async () => {
  const authority = await createAuthority();
  const certificate = await authority.issue();
  agent = new Agent({ ca: authority.certificate });
  online = await startDynamicsServer({ certificate, deployment: "online", userOfToken: issued.userOf });
  internetFacing = await startDynamicsServer({ certificate, userOfToken: issued.userOf });
  tokens = await startTokenServer({
    certificate,
    apps: [{ tenants: [tenant], clientId, secret, scopes }],
    adfs: {
      applications: [
        { clientId, resources },
        { clientId: "service", secret, resources },
      ],
      users: { "CONTOSO\\ann": "pass" },
    },
    accessToken: issued.make,
  });
  scopes.push(`${online.organizationUrl}.default`, "https://graph.microsoft.com/.default");
  resources.push(internetFacing.organizationUrl, "https://other.contoso.com/");
});
afterAll(async () => {
  agent.destroy();
  await Promise.all([online.stop(), internetFacing.stop(), tokens.stop()]);
});

async function exchange(url: string, method: string, headers: Record<string, string>, body?: string) {
  return new Promise<{ status: number; json: Record<string, unknown> }>((resolve, reject) => {
    const sent = request(url, { method, agent, headers }, (response) => {
      let text = "";
      response
        .on("data", (chunk) => (text += String(chunk)))
        .on("end", () => {
          resolve({
            status: response.statusCode ?? 0,
            json: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
          });
        });
    });
    sent.on("error", reject).end(body);
  });
}
async function tokenFrom(path: string, form: Record<string, string>) {
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const { json } = await exchange(
    `https://127.0.0.1:${tokens.port}${path}`,
    "POST",
    headers,
    new URLSearchParams(form).toString(),
  );
  return String(json.access_token ?? json.error);
}
const whoAmI = async (server: DynamicsServer, token: string) =>
  (await exchange(`${server.apiUrl}WhoAmI()`, "GET", { authorization: `Bearer ${token}` })).status;

const entra = (scope: string) =>
  tokenFrom(`/${tenant}/oauth2/v2.0/token`, {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: secret,
    scope,
  });
const adfs = (form: Record<string, string>) =>
  tokenFrom("/adfs/oauth2/token", { resource: internetFacing.organizationUrl, ...form });
const user = { grant_type: "password", client_id: clientId, username: "CONTOSO\\ann", password: "pass" };

test("a token of Entra ID is good for the organization that it is for", async () => {
  expect(await whoAmI(online, await entra(`${online.organizationUrl}.default`))).toBe(200);
  expect(await whoAmI(online, await entra("https://graph.microsoft.com/.default"))).toBe(401);
  expect(online.requests.all.map((each) => each.user)).toEqual(["application"]);
});

test("a token of AD FS is good for the organization that it is for", async () => {
  expect(await whoAmI(internetFacing, await adfs(user))).toBe(200);
  expect(await whoAmI(internetFacing, await adfs({ ...user, resource: "https://other.contoso.com" }))).toBe(401);
  expect(internetFacing.requests.all.map((each) => each.user)).toEqual(["CONTOSO\\ann"]);
});

test("AD FS refuses what it does not know", async () => {
  expect(await adfs({ ...user, password: "wrong" })).toBe("invalid_grant");
  expect(await adfs({ ...user, client_id: "nobody" })).toBe("unauthorized_client");
  expect(await adfs({ ...user, resource: "https://elsewhere.contoso.com" })).toBe("invalid_resource");
  const service = { grant_type: "client_credentials", client_id: "service" };
  expect(await adfs({ ...service, client_secret: "wrong" })).toBe("invalid_client");
  expect(await adfs({ ...service, client_secret: secret })).toMatch(/^[\w-]{32}$/);
  expect(await adfs({ ...service, client_id: clientId })).toBe("unauthorized_client");
  expect(await adfs({ ...user, grant_type: "device_code" })).toBe("unsupported_grant_type");
});

test("a token that has expired, or of an application without a user, is refused", async () => {
  const service = await adfs({ grant_type: "client_credentials", client_id: "service", client_secret: secret });
  expect(await whoAmI(internetFacing, service)).toBe(401);
  const token = await adfs(user);
  issued.expireAll();
  expect(await whoAmI(internetFacing, token)).toBe(401);
});
