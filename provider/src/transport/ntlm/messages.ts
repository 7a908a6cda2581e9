import { createHmac, randomBytes } from "node:crypto";
import md4 = require("js-md4");
import { DialogError } from "../dialog";
import { avId, readAvPairs, writeAvPairs, type AvPair } from "./avPairs";

/** Who signs in. `DOMAIN\user`, or a user principal name, which is the whole user with an empty domain. */
export interface NtlmAccount {
  username: string;
  password: string;
}
/** What the second message of the server says (MS-NLMP 2.2.1.2). */
export interface NtlmChallenge {
  raw: Buffer;
  flags: number;
  serverChallenge: Buffer;
  targetInfo: Buffer;
}

const signature = Buffer.from("NTLMSSP\0", "latin1");
/** Unicode, target name, NTLM, always sign, extended session security, target info, version, 128 and 56 bit. No key exchange: then no RC4 is needed. */
const flags = 0xa2888205;
/** MsvAvFlags: the message carries an integrity code. */
const withIntegrityCode = 0x2;
const version = Buffer.from([10, 0, 0, 0, 0, 0, 0, 15]);
const unixEpochAsFileTime = 116_444_736_000_000_000n;

/** Type 1: what we can do. It names nobody. */
export function negotiateMessage(): Buffer {
  const message = Buffer.alloc(40);
  signature.copy(message, 0);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(flags, 12);
  version.copy(message, 32);
  return message;
}

/** @throws DialogError NTLM_CHALLENGE_MALFORMED */
export function readChallenge(raw: Buffer): NtlmChallenge {
  const valid = raw.length >= 48 && raw.subarray(0, 8).equals(signature) && raw.readUInt32LE(8) === 2;
  if (!valid) throw new DialogError("NTLM_CHALLENGE_MALFORMED", "the NTLM challenge of the server cannot be read");
  const [length, offset] = [raw.readUInt16LE(40), raw.readUInt32LE(44)];
  return {
    raw,
    flags: raw.readUInt32LE(20),
    serverChallenge: raw.subarray(24, 32),
    targetInfo: raw.subarray(offset, offset + length),
  };
}

export interface Authentication {
  account: NtlmAccount;
  negotiate: Buffer;
  challenge: NtlmChallenge;
  /** `HTTP/host`. */
  targetName: string;
  /** MD5 of the channel bindings (RFC 5929); none without TLS. */
  channelBindings?: Buffer | undefined;
  /** Fixed in tests. */
  clientChallenge?: Buffer;
  /** Milliseconds since 1970, where the server names no time. */
  now?: number;
}

/** Type 3: the proof (NTLMv2, MS-NLMP 3.3.2) with an integrity code over all three messages. */
export function authenticateMessage(authentication: Authentication): Buffer {
  const { account, negotiate, challenge, clientChallenge = randomBytes(8), now = Date.now() } = authentication;
  const { user, domain } = split(account.username);
  const key = hmac(hashOf(account.password), utf16(user.toUpperCase() + domain));
  const offered = readAvPairs(challenge.targetInfo);
  const timestamp = offered.find(({ id }) => id === avId.timestamp)?.value;
  const blob = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    timestamp ?? fileTime(now),
    clientChallenge,
    Buffer.alloc(4),
    writeAvPairs(answered(offered, authentication)),
    Buffer.alloc(4),
  ]);
  const proof = hmac(key, Buffer.concat([challenge.serverChallenge, blob]));
  const lm =
    timestamp === undefined
      ? Buffer.concat([hmac(key, Buffer.concat([challenge.serverChallenge, clientChallenge])), clientChallenge])
      : Buffer.alloc(24);
  const message = layOut(lm, Buffer.concat([proof, blob]), utf16(domain), utf16(user), challenge.flags);
  hmac(hmac(key, proof), Buffer.concat([negotiate, challenge.raw, message])).copy(message, integrityCodeAt);
  return message;
}

const integrityCodeAt = 72;
const payloadAt = 88;

/** The server's pairs in its order, then ours: flags, channel bindings, target name. */
function answered(offered: readonly AvPair[], { targetName, channelBindings }: Authentication): AvPair[] {
  const ours: readonly number[] = [avId.flags, avId.targetName, avId.channelBindings];
  const stated = offered.find(({ id }) => id === avId.flags)?.value.readUInt32LE(0) ?? 0;
  const flagsValue = Buffer.alloc(4);
  flagsValue.writeUInt32LE((stated | withIntegrityCode) >>> 0, 0);
  return [
    ...offered.filter(({ id }) => !ours.includes(id)),
    { id: avId.flags, value: flagsValue },
    ...(channelBindings === undefined ? [] : [{ id: avId.channelBindings, value: channelBindings }]),
    { id: avId.targetName, value: utf16(targetName) },
  ];
}

function layOut(lm: Buffer, nt: Buffer, domain: Buffer, user: Buffer, serverFlags: number): Buffer {
  const message = Buffer.alloc(payloadAt);
  signature.copy(message, 0);
  message.writeUInt32LE(3, 8);
  let offset = payloadAt;
  const place = (field: number, value: Buffer) => {
    message.writeUInt16LE(value.length, field);
    message.writeUInt16LE(value.length, field + 2);
    message.writeUInt32LE(offset, field + 4);
    offset += value.length;
    return value;
  };
  // The order of the payload is free; fields say where each part lies.
  const payload = [
    place(28, domain),
    place(36, user),
    place(44, Buffer.alloc(0)),
    place(12, lm),
    place(20, nt),
    place(52, Buffer.alloc(0)),
  ];
  message.writeUInt32LE((serverFlags & flags) >>> 0, 60);
  version.copy(message, 64);
  return Buffer.concat([message, ...payload]);
}

function split(username: string): { user: string; domain: string } {
  const separator = username.indexOf("\\");
  return separator < 0
    ? { user: username, domain: "" }
    : { user: username.slice(separator + 1), domain: username.slice(0, separator) };
}

function hashOf(password: string): Buffer {
  return Buffer.from(md4.arrayBuffer(utf16(password)));
}

function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac("md5", key).update(data).digest();
}

function utf16(text: string): Buffer {
  return Buffer.from(text, "utf16le");
}

/** Hundreds of nanoseconds since 1601. */
function fileTime(milliseconds: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(milliseconds) * 10_000n + unixEpochAsFileTime);
  return buffer;
}
