import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { rootCertificates, type ConnectionOptions, type PeerCertificate } from "node:tls";

/** TLS for every connection of this package: TLS 1.2 at least, certificates always verified, no switch to turn it off. */
export function tlsOptions(host: string, caCertificates: string | undefined): ConnectionOptions {
  return {
    minVersion: "TLSv1.2",
    rejectUnauthorized: true,
    // A literal address has no name to send (RFC 6066, section 3).
    ...(isIP(host) === 0 ? { servername: host } : {}),
    // Given authorities stand beside the others; `ca` alone would replace them.
    ...(caCertificates === undefined ? {} : { ca: [...rootCertificates, ...machineCertificates(), caCertificates] }),
  };
}

let machine: string[] | undefined;

/** What `NODE_EXTRA_CA_CERTS` adds for this machine, such as the authority of a proxy that opens TLS. Node warns of a bad file. */
function machineCertificates(): string[] {
  const file = process.env.NODE_EXTRA_CA_CERTS ?? "";
  if (machine !== undefined || file === "") return machine ?? [];
  try {
    machine = [readFileSync(file, "utf8")];
  } catch {
    machine = [];
  }
  return machine;
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
