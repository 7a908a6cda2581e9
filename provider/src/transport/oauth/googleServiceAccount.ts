import { sign } from "node:crypto";
import { readServiceAccount, type ServiceAccount } from "./keys";
import { readToken, type TokenEndpoint } from "./tokenEndpoint";
import { tokenUrl, type AccessToken, type TokenRequest } from "./tokenRequest";

type ServiceAccountRequest = Extract<TokenRequest, { type: "google-service-account" }>;

/** IMAP, POP3 and SMTP alike. */
const mailScope = "https://mail.google.com/";
const lifetimeSeconds = 3600;
const jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/** A user's token for a service account with domain-wide delegation: a JWT that it signs itself (RFC 7523). */
export async function serviceAccountToken(
  request: ServiceAccountRequest,
  endpoint: TokenEndpoint,
): Promise<AccessToken> {
  const url = tokenUrl(request);
  const assertion = assertionOf(readServiceAccount(request.key), request.subject, url.href);
  const form = new URLSearchParams({ grant_type: jwtBearer, assertion });
  return readToken(await endpoint.post(url, form.toString()));
}

function assertionOf({ email, keyId, privateKey }: ServiceAccount, subject: string, audience: string): string {
  const issued = Math.floor(Date.now() / 1000);
  const header = { alg: "RS256", typ: "JWT", kid: keyId };
  const claims = {
    iss: email,
    sub: subject,
    scope: mailScope,
    aud: audience,
    iat: issued,
    exp: issued + lifetimeSeconds,
  };
  const signed = `${encoded(header)}.${encoded(claims)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
}

function encoded(part: object): string {
  return Buffer.from(JSON.stringify(part), "utf8").toString("base64url");
}
