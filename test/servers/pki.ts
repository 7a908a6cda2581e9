import "reflect-metadata";
import { isIP } from "node:net";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto as Crypto);

/** How keys are made and certificates signed; RSA-PSS signs with a salt as long as the hash. */
export interface SignatureKind {
  algorithm: "ECDSA" | "RSA" | "RSA-PSS" | "Ed25519";
  hash: "SHA-1" | "SHA-256" | "SHA-384" | "SHA-512";
}

const rsa = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
const saltLengths = { "SHA-1": 20, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 };
const dayMs = 86_400_000;

export interface KeyPair {
  /** PEM. */
  certificate: string;
  /** PEM, PKCS #8. */
  key: string;
}
export interface CertificateOptions {
  /** DNS names and addresses; default the loopback's. */
  hosts?: string[];
  commonName?: string;
  notBefore?: Date;
  notAfter?: Date;
}
/** A throw-away certificate authority. */
export interface Authority {
  /** PEM. */
  certificate: string;
  issue(options?: CertificateOptions): Promise<KeyPair>;
}

/** All its certificates, its own too, are of one kind. */
export async function createAuthority(
  name = "Test Authority",
  kind: SignatureKind = { algorithm: "ECDSA", hash: "SHA-256" },
): Promise<Authority> {
  const algorithm = algorithmOf(kind);
  const keys = await generateKeys(algorithm);
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - dayMs),
    notAfter: new Date(Date.now() + 30 * dayMs),
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  return {
    certificate: root.toString("pem"),
    issue: async (options = {}) => {
      const leafKeys = await generateKeys(algorithm);
      const leaf = await x509.X509CertificateGenerator.create({
        ...leafParameters(options),
        signingAlgorithm: algorithm,
        issuer: root.subject,
        publicKey: leafKeys.publicKey,
        signingKey: keys.privateKey,
      });
      return { certificate: leaf.toString("pem"), key: await exportKey(leafKeys) };
    },
  };
}

export async function selfSigned(options: CertificateOptions = {}): Promise<KeyPair> {
  const algorithm = algorithmOf({ algorithm: "ECDSA", hash: "SHA-256" });
  const keys = await generateKeys(algorithm);
  const { subject, ...parameters } = leafParameters(options);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...parameters,
    name: subject,
    signingAlgorithm: algorithm,
    keys,
  });
  return { certificate: certificate.toString("pem"), key: await exportKey(keys) };
}

function leafParameters(options: CertificateOptions) {
  const hosts = options.hosts ?? ["localhost", "127.0.0.1", "::1"];
  return {
    subject: `CN=${options.commonName ?? hosts[0] ?? "localhost"}`,
    notBefore: options.notBefore ?? new Date(Date.now() - dayMs),
    notAfter: options.notAfter ?? new Date(Date.now() + 7 * dayMs),
    extensions: [
      new x509.BasicConstraintsExtension(false),
      new x509.SubjectAlternativeNameExtension(
        hosts.map((host) => ({ type: isIP(host) === 0 ? ("dns" as const) : ("ip" as const), value: host })),
      ),
    ],
  };
}

function algorithmOf({ algorithm, hash }: SignatureKind) {
  if (algorithm === "ECDSA") return { name: algorithm, namedCurve: "P-256", hash };
  if (algorithm === "RSA") return { name: "RSASSA-PKCS1-v1_5", ...rsa, hash };
  return algorithm === "Ed25519"
    ? { name: algorithm }
    : { name: algorithm, ...rsa, hash, saltLength: saltLengths[hash] };
}

async function generateKeys(algorithm: ReturnType<typeof algorithmOf>): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
}

async function exportKey(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const lines = der.toString("base64").replace(/.{1,64}/g, "$&\n");
  return `-----BEGIN PRIVATE KEY-----\n${lines}-----END PRIVATE KEY-----\n`;
}
