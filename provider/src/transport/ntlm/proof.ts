import { createHmac } from "node:crypto";
import md4 = require("js-md4");

/** The computations of NTLMv2 (MS-NLMP 3.3.2), apart from the messages that carry their results. */

/** NTOWFv2: what the password proves. The domain counts in its own case. */
export function proofKey(user: string, domain: string, password: string): Buffer {
  return hmac(Buffer.from(md4.arrayBuffer(utf16(password))), utf16(upperCase(user) + domain));
}

/** NTProofStr: over the server's challenge and our answer to it. */
export function proofOf(key: Buffer, serverChallenge: Buffer, answer: Buffer): Buffer {
  return hmac(key, Buffer.concat([serverChallenge, answer]));
}

/** LMv2, for servers so old that they name no time. */
export function oldProofOf(key: Buffer, serverChallenge: Buffer, clientChallenge: Buffer): Buffer {
  return Buffer.concat([proofOf(key, serverChallenge, clientChallenge), clientChallenge]);
}

/** SessionBaseKey; without key exchange it is the session key, which signs the integrity code. */
export function sessionKey(key: Buffer, proof: Buffer): Buffer {
  return hmac(key, proof);
}

export function hmac(key: Buffer, data: Buffer): Buffer {
  return createHmac("md5", key).update(data).digest();
}

export function utf16(text: string): Buffer {
  return Buffer.from(text, "utf16le");
}

/** Windows raises code unit by code unit: no letter becomes two (ß stays), and none from outside ASCII becomes an ASCII one. */
function upperCase(text: string): string {
  return Array.from({ length: text.length }, (_, index) => {
    const unit = text.charAt(index);
    const upper = unit.toUpperCase();
    return upper.length === 1 && (upper > "\u007f" || unit <= "\u007f") ? upper : unit;
  }).join("");
}
