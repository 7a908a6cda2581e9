import { DialogError } from "../transport/dialog";

/** SASL PLAIN (RFC 4616), in base64. */
export function saslPlain(username: string, password: string): string {
  return Buffer.from(`\0${username}\0${password}`, "utf8").toString("base64");
}

/** XOAUTH2, or OAUTHBEARER (RFC 7628), in base64. */
export function saslToken(username: string, accessToken: string, bearer: boolean): string {
  const text = bearer
    ? `n,a=${username},\u0001auth=Bearer ${accessToken}\u0001\u0001`
    : `user=${username}\u0001auth=Bearer ${accessToken}\u0001\u0001`;
  return Buffer.from(text, "utf8").toString("base64");
}

/**
 * How a token is presented, by the mechanisms that the server offers; undefined where it does not tell.
 *
 * @throws DialogError `AUTH_NOT_OFFERED` where none of them takes a token
 */
export function tokenMethodOf(offered: readonly string[] | undefined): "XOAUTH2" | "OAUTHBEARER" {
  if (offered === undefined || offered.includes("XOAUTH2")) return "XOAUTH2";
  if (offered.includes("OAUTHBEARER")) return "OAUTHBEARER";
  throw new DialogError("AUTH_NOT_OFFERED", "neither XOAUTH2 nor OAUTHBEARER is among what the server offers");
}
