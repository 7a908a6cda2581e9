import { createHmac } from "node:crypto";

/** Key with which the lab signs its access tokens and Dovecot checks them. */
export const tokenKey = "a key of the test lab, good for nothing else";

const hour = 3600;

/** An access token (JWT, RFC 7519) for one user of the lab. */
export function accessToken(user: string, options: { expired?: boolean; wrongKey?: boolean } = {}): string {
  const now = Math.floor(Date.now() / 1000);
  const issued = options.expired === true ? now - 2 * hour : now - 60;
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub: user, iat: issued, exp: issued + hour })}`;
  const key = options.wrongKey === true ? "another key" : tokenKey;
  return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
}
