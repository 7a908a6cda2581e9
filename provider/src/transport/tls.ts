import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import {
  createSecureContext,
  rootCertificates,
  type ConnectionOptions,
  type PeerCertificate,
  type SecureContext,
} from "node:tls";

const minVersion = "TLSv1.2";
/** Sets of authorities that are kept read. */
const mostContexts = 16;
const contexts = new Map<string, SecureContext>();

/** TLS for every connection of this package: TLS 1.2 at least, certificates always verified, no switch to turn it off. */
export function tlsOptions(host: string, caCertificates: string | undefined): ConnectionOptions {
  return {
    minVersion,
    rejectUnauthorized: true,
    // A literal address has no name to send (RFC 6066, section 3).
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(caCertificates === undefined ? {} : { secureContext: contextWith(caCertificates) }),
  };
}

/** Reading all public authorities takes some 20 ms in which nothing else runs: done once, not at every connection. */
function contextWith(caCertificates: string): SecureContext {
  const context =
    contexts.get(caCertificates) ??
    // Given authorities stand beside the others; `ca` alone would replace them.
    createSecureContext({ minVersion, ca: [...rootCertificates, ...machineCertificates(), caCertificates] });
  // The one used last comes last; the first one goes.
  contexts.delete(caCertificates);
  contexts.set(caCertificates, context);
  const [longestUnused] = contexts.keys();
  if (contexts.size > mostContexts && longestUnused !== undefined) contexts.delete(longestUnused);
  return context;
}

/** What `NODE_EXTRA_CA_CERTS` adds for this machine, such as the authority of a proxy that opens TLS. Node warns of a bad file. */
function machineCertificates(): string[] {
  const file = process.env.NODE_EXTRA_CA_CERTS ?? "";
  try {
    return file === "" ? [] : [readFileSync(file, "utf8")];
  } catch {
    return [];
  }
}

/** The parts of a certificate that tell why it was refused: subject, names, validity. */
export function describeCertificate(certificate: Partial<PeerCertificate> | undefined): string {
  if (certificate?.subject === undefined) return "";
  const { subject, issuer, subjectaltname, valid_from, valid_to } = certificate;
  const names = subjectaltname === undefined ? "" : `, for ${subjectaltname}`;
  return `certificate of "${nameOf(subject)}"${names}, issued by "${nameOf(issuer)}", valid from ${valid_from ?? "?"} to ${valid_to ?? "?"}`;
}

function nameOf(name: PeerCertificate["subject"] | undefined): string {
  const part = name?.CN ?? name?.O ?? "?";
  return Array.isArray(part) ? part.join(", ") : part;
}
