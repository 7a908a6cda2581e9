import { createHash } from "node:crypto";

/** Where Microsoft Entra ID signs apps in: a cloud's host, and the tenant by GUID, by domain name, or `consumers`. */
interface MicrosoftApp {
  authority: string;
  tenant: string;
  clientId: string;
  scope: string;
}

/** Everything that an access token is made from. */
export type TokenRequest =
  | (MicrosoftApp & { type: "client-secret"; clientSecret: string })
  /** Both in PEM. */
  | (MicrosoftApp & { type: "client-certificate"; certificate: string; privateKey: string })
  | (MicrosoftApp & { type: "microsoft-refresh-token"; clientSecret: string | undefined; refreshToken: string })
  /** A client of AD FS asks for the resource, as itself or as a user; `endpoint` is the whole URL. */
  | { type: "adfs-client-secret"; endpoint: string; clientId: string; clientSecret: string; resource: string }
  | {
      type: "adfs-password";
      endpoint: string;
      clientId: string;
      clientSecret: string | undefined;
      username: string;
      password: string;
      resource: string;
    }
  | { type: "google-refresh-token"; clientId: string; clientSecret: string | undefined; refreshToken: string }
  /** The JSON of a service account's key; `subject` is the user for whom it asks. */
  | { type: "google-service-account"; key: string; subject: string };

export interface AccessToken {
  value: string;
  lifetimeSeconds: number;
}

/** An old key's JSON may name another address; a secret is sent to this one only. */
const googleTokens = "https://oauth2.googleapis.com/token";

export function tokenUrl(request: TokenRequest): URL {
  if ("endpoint" in request) return new URL(request.endpoint);
  if (!("authority" in request)) return new URL(googleTokens);
  return new URL(`https://${request.authority}/${encodeURIComponent(request.tenant)}/oauth2/v2.0/token`);
}

/** What tells two requests apart. It holds no secret that could be read back. */
export function tokenKey(request: TokenRequest): string {
  const entries = Object.entries(request).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(entries)).digest("base64");
}

/** Texts of the request that no message may hold. */
export function secretsOf(request: TokenRequest): string[] {
  const { clientSecret, privateKey, certificate, refreshToken, key, password } = request as Partial<
    Record<string, string>
  >;
  return [clientSecret, privateKey, certificate, refreshToken, key, password].filter((text) => text !== undefined);
}
