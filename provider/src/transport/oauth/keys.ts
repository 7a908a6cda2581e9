import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { DialogError } from "../dialog";
import { parsed } from "./tokenEndpoint";

/** What proves an app by certificate. */
export interface ClientCertificate {
  /** SHA-256 of the certificate, in hexadecimal. */
  thumbprint: string;
  /** PEM, PKCS #8. */
  privateKey: string;
}

/**
 * Reads a certificate and its key. Errors never quote either.
 *
 * @throws DialogError `CERTIFICATE_UNREADABLE`
 */
export function readClientCertificate(certificatePem: string, privateKeyPem: string): ClientCertificate {
  const certificate = attempt(() => new X509Certificate(certificatePem), "the certificate is not in PEM");
  const key = attempt(() => createPrivateKey(privateKeyPem), "the private key is not in PEM, or is encrypted");
  if (key.asymmetricKeyType !== "rsa") throw unreadable("the private key is not an RSA key");
  if (!certificate.checkPrivateKey(key)) throw unreadable("the private key belongs to another certificate");
  return { thumbprint: certificate.fingerprint256.replaceAll(":", ""), privateKey: pemOf(key) };
}

export interface ServiceAccount {
  email: string;
  keyId: string | undefined;
  privateKey: KeyObject;
}

/**
 * Reads the JSON that Google gives for a service account's key.
 *
 * @throws DialogError `SERVICE_ACCOUNT_KEY_UNREADABLE`
 */
export function readServiceAccount(json: string): ServiceAccount {
  const fields = parsed(json);
  const { client_email: email, private_key: pem, private_key_id: keyId } = fields ?? {};
  if (typeof email !== "string" || typeof pem !== "string")
    throw keyUnreadable(fields === undefined ? "it is not JSON" : "client_email or private_key is missing");
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    throw keyUnreadable("private_key is not in PEM");
  }
  if (privateKey.asymmetricKeyType !== "rsa") throw keyUnreadable("private_key is not an RSA key");
  return { email, keyId: typeof keyId === "string" ? keyId : undefined, privateKey };
}

function attempt<T>(work: () => T, reason: string): T {
  try {
    return work();
  } catch {
    throw unreadable(reason);
  }
}

function pemOf(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function unreadable(reason: string): DialogError {
  return new DialogError("CERTIFICATE_UNREADABLE", reason);
}

function keyUnreadable(reason: string): DialogError {
  return new DialogError("SERVICE_ACCOUNT_KEY_UNREADABLE", reason);
}
