import { createHash } from "node:crypto";
import { DialogError } from "../dialog";

/** Hash of a certificate's signature algorithm by its object identifier; MD5 and SHA-1 become SHA-256 (RFC 5929, 4.1). */
const hashOfSignature: Readonly<Record<string, string>> = {
  "1.2.840.113549.1.1.4": "sha256",
  "1.2.840.113549.1.1.5": "sha256",
  "1.2.840.113549.1.1.11": "sha256",
  "1.2.840.113549.1.1.12": "sha384",
  "1.2.840.113549.1.1.13": "sha512",
  "1.2.840.113549.1.1.14": "sha224",
  "1.2.840.10045.4.1": "sha256",
  "1.2.840.10045.4.3.1": "sha224",
  "1.2.840.10045.4.3.2": "sha256",
  "1.2.840.10045.4.3.3": "sha384",
  "1.2.840.10045.4.3.4": "sha512",
  "1.3.101.112": "sha256",
  "1.3.101.113": "sha256",
};
const rsaPss = "1.2.840.113549.1.1.10";
const hashById: Readonly<Record<string, string>> = {
  "2.16.840.1.101.3.4.2.1": "sha256",
  "2.16.840.1.101.3.4.2.2": "sha384",
  "2.16.840.1.101.3.4.2.3": "sha512",
  "2.16.840.1.101.3.4.2.4": "sha224",
};

/**
 * The token that binds NTLM to this TLS connection (Extended Protection): MD5 over the structure of RFC 2744 around
 * `tls-server-end-point` (RFC 5929).
 *
 * @throws DialogError CHANNEL_BINDING_UNKNOWN for a certificate whose signature it does not know
 */
export function channelBindingToken(certificate: Buffer): Buffer {
  return tokenOfHash(createHash(hashAlgorithmOf(certificate)).update(certificate).digest());
}

/** The token for a certificate that was hashed already. */
export function tokenOfHash(hash: Buffer): Buffer {
  const data = Buffer.concat([Buffer.from("tls-server-end-point:", "latin1"), hash]);
  const head = Buffer.alloc(20);
  head.writeUInt32LE(data.length, 16);
  return createHash("md5").update(head).update(data).digest();
}

function hashAlgorithmOf(certificate: Buffer): string {
  const [, algorithm] = children(read(certificate, 0).content);
  const [identifier, parameters] = algorithm === undefined ? [] : children(algorithm.content);
  const id = identifier === undefined ? "" : objectIdentifier(identifier.content);
  const hash = id === rsaPss ? hashOfPss(parameters) : hashOfSignature[id];
  if (hash !== undefined) return hash;
  throw new DialogError(
    "CHANNEL_BINDING_UNKNOWN",
    `the signature algorithm ${id} of the server's certificate is not known`,
  );
}

/** RSASSA-PSS-params (RFC 4055): the hash stands under tag [0]; without it SHA-1, which becomes SHA-256. */
function hashOfPss(parameters: Element | undefined): string | undefined {
  const tagged = parameters === undefined ? undefined : children(parameters.content).find(({ tag }) => tag === 0xa0);
  const algorithm = tagged === undefined ? undefined : children(tagged.content)[0];
  const identifier = algorithm === undefined ? undefined : children(algorithm.content)[0];
  return identifier === undefined ? "sha256" : (hashById[objectIdentifier(identifier.content)] ?? "sha256");
}

interface Element {
  tag: number;
  content: Buffer;
  end: number;
}

/** One element of DER (X.690). */
function read(data: Buffer, offset: number): Element {
  const first = data[offset + 1] ?? 0;
  const octets = first < 0x80 ? 0 : first & 0x7f;
  const length = octets === 0 ? first : data.readUIntBE(offset + 2, octets);
  const start = offset + 2 + octets;
  return { tag: data[offset] ?? 0, content: data.subarray(start, start + length), end: start + length };
}

function children(data: Buffer): Element[] {
  const elements: Element[] = [];
  for (let offset = 0; offset < data.length;) {
    const element = read(data, offset);
    elements.push(element);
    offset = element.end;
  }
  return elements;
}

function objectIdentifier(content: Buffer): string {
  const [first = 0, ...rest] = content;
  const numbers = [Math.floor(first / 40), first % 40];
  let value = 0;
  for (const octet of rest) {
    value = value * 128 + (octet & 0x7f);
    if (octet < 0x80) {
      numbers.push(value);
      value = 0;
    }
  }
  return numbers.join(".");
}
