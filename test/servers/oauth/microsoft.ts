import { certificateFacts, isCurrent, readSignedToken } from "./assertions";
import { entraRefuses, type Grant, type TokenAnswer } from "./answers";

/** An app in a tenant of Microsoft Entra ID. */
export interface RegisteredApp {
  /** By id or by domain. */
  tenants: readonly string[];
  clientId: string;
  secret?: string;
  /** PEM. */
  certificate?: string;
  /** Resources to which an administrator has consented, as scopes. */
  scopes: readonly string[];
}
export interface RefreshToken {
  clientId: string;
  user: string;
  scopes: readonly string[];
}

const jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const hosts = "login\\.microsoftonline\\.com|login\\.microsoftonline\\.us|login\\.partner\\.microsoftonline\\.cn";
/** An assertion may be good for a day at most; libraries sign for ten minutes. */
const longestAssertionSeconds = 86_400;

/** Microsoft Entra ID, as far as tokens for mail need it. */
export async function microsoftGrant(
  tenant: string,
  form: URLSearchParams,
  apps: readonly RegisteredApp[],
  refreshTokens: Readonly<Record<string, RefreshToken>>,
): Promise<Grant | TokenAnswer> {
  const clientId = form.get("client_id") ?? "";
  const scope = form.get("scope") ?? "";
  if (!apps.some(({ tenants }) => tenants.includes(tenant)))
    return entraRefuses("invalid_request", 90002, `Tenant '${tenant}' not found.`);
  const app = apps.find((candidate) => candidate.clientId === clientId && candidate.tenants.includes(tenant));
  if (app === undefined)
    return entraRefuses(
      "unauthorized_client",
      700016,
      `Application with identifier '${clientId}' was not found in the directory '${tenant}'.`,
    );
  const refused = await refusedProof(tenant, form, app);
  if (refused !== undefined) return refused;
  if (form.get("grant_type") === "client_credentials") {
    if (!scope.endsWith("/.default")) return entraRefuses("invalid_scope", 1002012, "The provided value is not valid.");
    if (!app.scopes.includes(scope))
      return entraRefuses("invalid_resource", 500011, `The resource principal named ${scope} was not found.`);
    return { clientId, scope };
  }
  const known = refreshTokens[form.get("refresh_token") ?? ""];
  if (known?.clientId !== clientId)
    return entraRefuses("invalid_grant", 9002313, "Invalid request. Request is malformed or invalid.");
  if (!known.scopes.includes(scope))
    return entraRefuses("invalid_grant", 65001, "The user or administrator has not consented to use the application.");
  return { clientId, scope, user: known.user };
}

async function refusedProof(
  tenant: string,
  form: URLSearchParams,
  app: RegisteredApp,
): Promise<TokenAnswer | undefined> {
  const assertion = form.get("client_assertion");
  if (assertion !== null) return refusedAssertion(tenant, assertion, form, app);
  const secret = form.get("client_secret");
  if (secret === null && form.get("grant_type") === "refresh_token" && app.secret === undefined) return undefined;
  if (secret !== null && secret === app.secret) return undefined;
  return entraRefuses("invalid_client", 7000215, "Invalid client secret provided.", 401);
}

async function refusedAssertion(
  tenant: string,
  assertion: string,
  form: URLSearchParams,
  app: RegisteredApp,
): Promise<TokenAnswer | undefined> {
  const refuse = (words: string) => entraRefuses("invalid_client", 700027, words, 401);
  const token = readSignedToken(assertion);
  if (token === undefined || form.get("client_assertion_type") !== jwtBearer)
    return refuse("The assertion is malformed.");
  if (app.certificate === undefined) return refuse("The app has no certificate.");
  const { spki, x5t, x5tS256 } = certificateFacts(app.certificate);
  const { header, claims } = token;
  if (header["x5t#S256"] !== x5tS256 && header.x5t !== x5t)
    return refuse("The certificate with identifier used to sign the client assertion is not registered.");
  if (!(await token.isSignedBy(spki))) return refuse("Client assertion failed signature validation.");
  const audience = new RegExp(`^https://(?:${hosts})/${tenant.replaceAll(".", "\\.")}/oauth2/v2\\.0/token$`);
  if (typeof claims.aud !== "string" || !audience.test(claims.aud)) return refuse("The audience is another.");
  if (claims.iss !== app.clientId || claims.sub !== app.clientId) return refuse("Issuer and subject are another.");
  if (typeof claims.jti !== "string" || !isCurrent(claims, longestAssertionSeconds))
    return entraRefuses("invalid_client", 700024, "Client assertion is not within its valid time range.", 401);
  return undefined;
}
