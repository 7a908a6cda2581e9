import { randomBytes } from "node:crypto";
import { avId, malformedChallenge, readAvPairs, writeAvPairs, type AvPair } from "./avPairs";
import { hmac, oldProofOf, proofKey, proofOf, sessionKey, utf16 } from "./proof";

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
  /** What the server says about itself. */
  offered: readonly AvPair[];
}

const signature = Buffer.from("NTLMSSP\0", "latin1");
/** Unicode, target name, NTLM, always sign, extended session security, target info, version, 128 and 56 bit. No key exchange: then no RC4 is needed. */
const flags = 0xa2888205;
/** MsvAvFlags: the message carries an integrity code. */
const withIntegrityCode = 0x2;
const version = Buffer.from([10, 0, 0, 0, 0, 0, 0, 15]);
const unixEpochAsFileTime = 116_444_736_000_000_000n;
/** Lengths in a message are 16 bits wide. */
const longestField = 0xffff;

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
  if (!valid) throw malformedChallenge();
  const [length, offset] = [raw.readUInt16LE(40), raw.readUInt32LE(44)];
  if (length > 0 && offset + length > raw.length) throw malformedChallenge();
  return {
    raw,
    flags: raw.readUInt32LE(20),
    serverChallenge: raw.subarray(24, 32),
    offered: length === 0 ? [] : readAvPairs(raw.subarray(offset, offset + length)),
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

/**
 * Type 3: the proof (NTLMv2, MS-NLMP 3.3.2) with an integrity code over all three messages.
 *
 * @throws DialogError NTLM_CHALLENGE_MALFORMED where the server says more of itself than an answer can hold
 */
export function authenticateMessage(authentication: Authentication): Buffer {
  const { account, negotiate, challenge, clientChallenge = randomBytes(8), now = Date.now() } = authentication;
  const { user, domain } = split(account.username);
  const key = proofKey(user, domain, account.password);
  const { offered, serverChallenge } = challenge;
  const timestamp = offered.find(({ id }) => id === avId.timestamp)?.value;
  const blob = Buffer.concat([
    Buffer.from([1, 1, 0, 0, 0, 0, 0, 0]),
    timestamp ?? fileTime(now),
    clientChallenge,
    Buffer.alloc(4),
    writeAvPairs(answered(offered, authentication)),
    Buffer.alloc(4),
  ]);
  const proof = proofOf(key, serverChallenge, blob);
  const lm = timestamp === undefined ? oldProofOf(key, serverChallenge, clientChallenge) : Buffer.alloc(24);
  const nt = Buffer.concat([proof, blob]);
  if (nt.length > longestField) throw malformedChallenge();
  const message = layOut(lm, nt, utf16(domain), utf16(user), challenge.flags);
  hmac(sessionKey(key, proof), Buffer.concat([negotiate, challenge.raw, message])).copy(message, integrityCodeAt);
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

/** Hundreds of nanoseconds since 1601. */
function fileTime(milliseconds: number): Buffer {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(milliseconds) * 10_000n + unixEpochAsFileTime);
  return buffer;
}
