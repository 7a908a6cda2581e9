import "reflect-metadata";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import type { KeyPair } from "../pki";

const algorithm = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const dayMs = 86_400_000;

export interface RsaKey extends KeyPair {
  /** Public key in DER. */
  spki: ArrayBuffer;
}

/** An RSA key with a certificate of its own, as apps and service accounts have. */
export async function createRsaKey(commonName = "app"): Promise<RsaKey> {
  x509.cryptoProvider.set(webcrypto as Crypto);
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + 30 * dayMs),
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const lines = der.toString("base64").replace(/(.{64})/g, "$1\n");
  return {
    certificate: certificate.toString("pem"),
    key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
    spki: await webcrypto.subtle.exportKey("spki", keys.publicKey),
  };
}

/** The JSON that Google gives for a service account's key. */
export function serviceAccountJson(email: string, keyId: string, key: string): string {
  return JSON.stringify({
    type: "service_account",
    project_id: "test",
    private_key_id: keyId,
    private_key: key,
    client_email: email,
    client_id: "100000000000000000001",
    token_uri: "https://oauth2.googleapis.com/token",
  });
}
