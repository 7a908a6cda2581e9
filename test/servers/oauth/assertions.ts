import "reflect-metadata";
import { createHash, webcrypto } from "node:crypto";
import { X509Certificate } from "@peculiar/x509";

const { subtle } = webcrypto;
const algorithms = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  PS256: { name: "RSA-PSS", hash: "SHA-256" },
} as const;
/** RFC 7518, section 3.5: the salt of PS256 is as long as its hash. */
const saltLength = 32;

export interface SignedToken {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** Checks the signature against a public key in DER (SPKI). Only RSA signatures are known; `none` and HMAC are not. */
  isSignedBy(spki: ArrayBuffer): Promise<boolean>;
}

/** Reads a JWT in compact form (RFC 7515, section 7.1), or answers undefined. The cryptography is the Web's, not Node's own, which the clients use. */
export function readSignedToken(text: string): SignedToken | undefined {
  const [head = "", body = "", signature = "", ...more] = text.split(".");
  const header = json(head);
  const claims = json(body);
  if (header === undefined || claims === undefined || more.length > 0) return undefined;
  return {
    header,
    claims,
    isSignedBy: async (spki) => {
      const algorithm = algorithms[header.alg as keyof typeof algorithms] as
        (typeof algorithms)[keyof typeof algorithms] | undefined;
      if (algorithm === undefined) return false;
      const key = await subtle.importKey("spki", spki, algorithm, false, ["verify"]);
      const data = Buffer.from(`${head}.${body}`, "ascii");
      return subtle.verify({ ...algorithm, saltLength }, key, Buffer.from(signature, "base64url"), data);
    },
  };
}

/** True where a JWT is good now and for no longer than `longestSeconds`. */
export function isCurrent({ nbf, iat, exp }: Record<string, unknown>, longestSeconds: number): boolean {
  const now = Date.now() / 1000;
  const begin = Number(nbf ?? iat);
  const end = Number(exp);
  const skewSeconds = 60;
  return begin <= now + skewSeconds && end > now && end - begin <= longestSeconds;
}

/** The public key of a certificate in PEM, and its two thumbprints as the header of an assertion has them. */
export function certificateFacts(pem: string): { spki: ArrayBuffer; x5t: string; x5tS256: string } {
  const certificate = new X509Certificate(pem);
  const der = Buffer.from(certificate.rawData);
  const hash = (name: string) => createHash(name).update(der).digest("base64url");
  return { spki: certificate.publicKey.rawData, x5t: hash("sha1"), x5tS256: hash("sha256") };
}

function json(part: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString("utf8")) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
