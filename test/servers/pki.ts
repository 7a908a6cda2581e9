import "reflect-metadata";
import { isIP } from "node:net";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

x509.cryptoProvider.set(webcrypto as Crypto);

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
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

export async function createAuthority(name = "Test Authority"): Promise<Authority> {
  const keys = await generateKeys();
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
      const leafKeys = await generateKeys();
      const leaf = await x509.X509CertificateGenerator.create({
        ...leafParameters(options),
        issuer: root.subject,
        publicKey: leafKeys.publicKey,
        signingKey: keys.privateKey,
      });
      return { certificate: leaf.toString("pem"), key: await exportKey(leafKeys) };
    },
  };
}

export async function selfSigned(options: CertificateOptions = {}): Promise<KeyPair> {
  const keys = await generateKeys();
  const { subject, ...parameters } = leafParameters(options);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({ ...parameters, name: subject, keys });
  return { certificate: certificate.toString("pem"), key: await exportKey(keys) };
}

function leafParameters(options: CertificateOptions) {
  const hosts = options.hosts ?? ["localhost", "127.0.0.1", "::1"];
  return {
    subject: `CN=${options.commonName ?? hosts[0] ?? "localhost"}`,
    signingAlgorithm: algorithm,
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

async function generateKeys() {
  return webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function exportKey(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  return `-----BEGIN PRIVATE KEY-----\n${der.toString("base64").replace(/(.{64})/g, "$1\n")}\n-----END PRIVATE KEY-----\n`;
}
