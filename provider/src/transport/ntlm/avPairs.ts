import { DialogError } from "../dialog";

/** Attribute-value pairs of an NTLM target info (MS-NLMP 2.2.2.1). */
export interface AvPair {
  id: number;
  value: Buffer;
}

export const avId = { endOfList: 0, flags: 6, timestamp: 7, targetName: 9, channelBindings: 10 } as const;

/** Pairs of a fixed length. */
const lengthOf: Readonly<Record<number, number>> = { [avId.flags]: 4, [avId.timestamp]: 8 };

/** @throws DialogError NTLM_CHALLENGE_MALFORMED */
export function readAvPairs(targetInfo: Buffer): AvPair[] {
  const pairs: AvPair[] = [];
  for (let offset = 0; offset < targetInfo.length;) {
    if (offset + 4 > targetInfo.length) throw malformedChallenge();
    const id = targetInfo.readUInt16LE(offset);
    const length = targetInfo.readUInt16LE(offset + 2);
    if (id === avId.endOfList) break;
    const value = targetInfo.subarray(offset + 4, offset + 4 + length);
    if (value.length !== length || length !== (lengthOf[id] ?? length)) throw malformedChallenge();
    pairs.push({ id, value });
    offset += 4 + length;
  }
  return pairs;
}

export function writeAvPairs(pairs: readonly AvPair[]): Buffer {
  const parts = [...pairs, { id: avId.endOfList, value: Buffer.alloc(0) }].map(({ id, value }) => {
    const head = Buffer.alloc(4);
    head.writeUInt16LE(id, 0);
    head.writeUInt16LE(value.length, 2);
    return Buffer.concat([head, value]);
  });
  return Buffer.concat(parts);
}

export function malformedChallenge(): DialogError {
  return new DialogError("NTLM_CHALLENGE_MALFORMED", "the NTLM challenge of the server cannot be read");
}
