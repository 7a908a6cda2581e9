import { isCurrent, readSignedToken } from "./assertions";
import { googleRefuses, type Grant, type TokenAnswer } from "./answers";
import type { RefreshToken } from "./microsoft";

/** A service account of Google Cloud. */
export interface ServiceAccount {
  email: string;
  keyId: string;
  /** Public key in DER (SPKI). */
  spki: ArrayBuffer;
  /** Users of the Workspace for whom it may ask, and with which scopes. */
  users: readonly string[];
  scopes: readonly string[];
}
export interface GoogleClient {
  clientId: string;
  secret: string;
}

const audience = "https://oauth2.googleapis.com/token";
const longestSeconds = 3600;

/** Google's token endpoint, as far as tokens for mail need it. */
export async function googleGrant(
  form: URLSearchParams,
  accounts: readonly ServiceAccount[],
  clients: readonly GoogleClient[],
  refreshTokens: Readonly<Record<string, RefreshToken>>,
): Promise<Grant | TokenAnswer> {
  if (form.get("grant_type") === "urn:ietf:params:oauth:grant-type:jwt-bearer")
    return ofServiceAccount(form.get("assertion") ?? "", accounts);
  const clientId = form.get("client_id") ?? "";
  const client = clients.find((candidate) => candidate.clientId === clientId);
  if (client === undefined) return googleRefuses("invalid_client", "The OAuth client was not found.", 401);
  if (client.secret !== form.get("client_secret")) return googleRefuses("invalid_client", "Unauthorized", 401);
  const known = refreshTokens[form.get("refresh_token") ?? ""];
  if (known?.clientId !== clientId) return googleRefuses("invalid_grant", "Bad Request");
  return { clientId, scope: known.scopes.join(" "), user: known.user };
}

async function ofServiceAccount(assertion: string, accounts: readonly ServiceAccount[]): Promise<Grant | TokenAnswer> {
  const token = readSignedToken(assertion);
  if (token === undefined) return googleRefuses("invalid_grant", "Invalid JWT: malformed.");
  const { header, claims } = token;
  const account = accounts.find(({ email }) => email === claims.iss);
  if (account === undefined) return googleRefuses("invalid_grant", "Invalid grant: account not found");
  if (header.alg !== "RS256" || header.kid !== account.keyId || !(await token.isSignedBy(account.spki)))
    return googleRefuses("invalid_grant", "Invalid JWT Signature.");
  if (claims.aud !== audience) return googleRefuses("invalid_grant", "Invalid JWT: failed audience check.");
  if (!isCurrent(claims, longestSeconds))
    return googleRefuses(
      "invalid_grant",
      "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
    );
  const user = typeof claims.sub === "string" ? claims.sub : "";
  const scopes = typeof claims.scope === "string" ? claims.scope.split(" ") : [];
  if (!account.users.some((known) => known.split("@")[1] === user.split("@")[1]))
    return googleRefuses("unauthorized_client", unauthorized, 401);
  if (!account.users.includes(user)) return googleRefuses("invalid_grant", "Invalid email or User ID");
  if (!scopes.every((scope) => account.scopes.includes(scope)))
    return googleRefuses("unauthorized_client", unauthorized, 401);
  return { clientId: account.email, scope: scopes.join(" "), user };
}

const unauthorized =
  "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested.";
