import "reflect-metadata";
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import * as x509 from "@peculiar/x509";
import md4 = require("js-md4");

/** What the server requires of the channel binding (Extended Protection): as Exchange's ExtendedProtectionTokenChecking. */
export type TokenChecking = "none" | "allow" | "require";

const signature = Buffer.from("NTLMSSP\0", "latin1");
const utf16 = (text: string) => Buffer.from(text, "utf16le");
const hmac = (key: Buffer, ...data: Buffer[]) => {
  const mac = createHmac("md5", key);
  for (const part of data) mac.update(part);
  return mac.digest();
};

/**
 * Accepts NTLMv2 on one connection (MS-NLMP), strictly: the proof, the integrity code over all three messages, the
 * target name where it is stated and, as asked, the channel binding of this very certificate. As Windows does, it lets
 * clients without an integrity code in where no channel binding is required.
 */
export class NtlmAcceptor {
  private negotiate: Buffer | undefined;
  private challenge: Buffer | undefined;
  private readonly serverChallenge = randomBytes(8);
  /** Why the last attempt was refused, for tests. */
  refusal = "";

  constructor(
    private readonly passwordOf: (user: string, domain: string) => string | undefined,
    private readonly certificate: string | undefined,
    private readonly checking: TokenChecking,
  ) {}

  /** The answer to a message: a challenge, the name of the signed-in user, or a refusal. */
  accept(message: Buffer): { challenge: Buffer } | { user: string } | { refused: string } {
    if (message.length < 12 || !message.subarray(0, 8).equals(signature)) return this.refuse("no NTLM message");
    const type = message.readUInt32LE(8);
    if (type === 1) {
      this.negotiate = message;
      this.challenge = this.challengeMessage();
      return { challenge: this.challenge };
    }
    if (type !== 3 || this.negotiate === undefined || this.challenge === undefined) return this.refuse("out of order");
    try {
      return this.verify(message, this.negotiate, this.challenge);
    } catch {
      return this.refuse("malformed");
    }
  }

  private refuse(refused: string) {
    this.refusal = refused;
    return { refused };
  }

  private verify(message: Buffer, negotiate: Buffer, challenge: Buffer) {
    const field = (offset: number) => {
      const length = message.readUInt16LE(offset);
      const at = message.readUInt32LE(offset + 4);
      if (at + length > message.length) throw new RangeError("a field outside the message");
      return message.subarray(at, at + length);
    };
    const [nt, domain, user] = [field(20), field(28).toString("utf16le"), field(36).toString("utf16le")];
    const password = this.passwordOf(user, domain);
    if (password === undefined) return this.refuse(`unknown user ${domain}\\${user}`);
    const key = hmac(Buffer.from(md4.arrayBuffer(utf16(password))), utf16(user.toUpperCase() + domain));
    const [proof, blob] = [nt.subarray(0, 16), nt.subarray(16)];
    const expected = hmac(key, this.serverChallenge, blob);
    if (proof.length !== 16 || !timingSafeEqual(proof, expected)) return this.refuse("wrong proof");
    const pairs = pairsOf(blob.subarray(28));
    const flags = pairs.get(6)?.readUInt32LE(0) ?? 0;
    if ((flags & 2) !== 0) {
      const cleared = Buffer.from(message);
      cleared.fill(0, 72, 88);
      const code = hmac(hmac(key, proof), negotiate, challenge, cleared);
      if (message.length < 88 || !timingSafeEqual(message.subarray(72, 88), code))
        return this.refuse("wrong integrity code");
    } else if (this.checking === "require")
      return this.refuse("no integrity code although the challenge carries a time");
    const target = pairs.get(9)?.toString("utf16le");
    if (target !== undefined && !/^HTTP\/.+/i.test(target)) return this.refuse(`wrong target name ${target}`);
    const bound = pairs.get(10);
    if (this.checking === "require" && bound === undefined) return this.refuse("no channel binding");
    if (this.checking !== "none" && bound !== undefined && !bound.equals(this.expectedToken()))
      return this.refuse("wrong channel binding");
    return { user: domain === "" ? user : `${domain}\\${user}` };
  }

  /** RFC 5929 by another implementation's reading of the certificate. */
  private expectedToken(): Buffer {
    if (this.certificate === undefined) return Buffer.alloc(16);
    const certificate = new x509.X509Certificate(this.certificate);
    const { hash } = certificate.signatureAlgorithm as { hash?: { name: string } };
    const name = hash?.name.replace("-", "").toLowerCase() ?? "sha256";
    const digest = createHash(name === "sha1" || name === "md5" ? "sha256" : name)
      .update(Buffer.from(certificate.rawData))
      .digest();
    const data = Buffer.concat([Buffer.from("tls-server-end-point:"), digest]);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(data.length);
    return createHash("md5")
      .update(Buffer.concat([Buffer.alloc(16), length, data]))
      .digest();
  }

  private challengeMessage(): Buffer {
    const name = utf16("CONTOSO");
    const info = Buffer.concat([
      pair(2, name),
      pair(1, utf16("EXCH1")),
      pair(4, utf16("contoso.com")),
      pair(3, utf16("exch1.contoso.com")),
      pair(7, now()),
      pair(0, Buffer.alloc(0)),
    ]);
    const head = Buffer.alloc(56);
    signature.copy(head);
    head.writeUInt32LE(2, 8);
    head.writeUInt16LE(name.length, 12);
    head.writeUInt16LE(name.length, 14);
    head.writeUInt32LE(56, 16);
    head.writeUInt32LE(0xa2898205, 20);
    this.serverChallenge.copy(head, 24);
    head.writeUInt16LE(info.length, 40);
    head.writeUInt16LE(info.length, 42);
    head.writeUInt32LE(56 + name.length, 44);
    Buffer.from([10, 0, 0x39, 0x38, 0, 0, 0, 15]).copy(head, 48);
    return Buffer.concat([head, name, info]);
  }
}

function pair(id: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}

function pairsOf(data: Buffer): Map<number, Buffer> {
  const pairs = new Map<number, Buffer>();
  for (let at = 0; at + 4 <= data.length;) {
    const [id, length] = [data.readUInt16LE(at), data.readUInt16LE(at + 2)];
    if (id === 0) break;
    pairs.set(id, data.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return pairs;
}

function now(): Buffer {
  const time = Buffer.alloc(8);
  time.writeBigUInt64LE((BigInt(Date.now()) + 11_644_473_600_000n) * 10_000n);
  return time;
}
