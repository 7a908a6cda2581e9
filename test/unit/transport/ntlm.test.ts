import { createHash } from "node:crypto";
import fc from "fast-check";
import { NtlmAcceptor, type TokenChecking } from "../../servers/ews/ntlmAcceptor";
import { createAuthority, type KeyPair } from "../../servers/pki";
import { DialogError } from "../../../provider/src/transport/dialog";
import { channelBindingToken, tokenOfHash } from "../../../provider/src/transport/ntlm/channelBinding";
import { authenticateMessage, negotiateMessage, readChallenge } from "../../../provider/src/transport/ntlm/messages";
import { oldProofOf, proofKey, proofOf, sessionKey } from "../../../provider/src/transport/ntlm/proof";

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ""), "hex");
const derOf = ({ certificate }: KeyPair) => Buffer.from(certificate.replace(/-----.*-----|\s/g, ""), "base64");

// MS-NLMP 4.2.1 and 4.2.4: user, password, challenges, and the answer with its target info.
const published = {
  serverChallenge: hex("0123456789abcdef"),
  clientChallenge: hex("aaaaaaaaaaaaaaaa"),
  answer: hex(`01010000 00000000 0000000000000000 aaaaaaaaaaaaaaaa 00000000
    02000c00 44006f006d00610069006e00 01000c00 530065007200760065007200 00000000 00000000`),
};

/** A Type 2 with target info of the caller's choice, in the place where servers put it. */
function challengeMessage(targetInfo: Buffer, serverChallenge = published.serverChallenge): Buffer {
  const head = Buffer.alloc(56);
  head.write("NTLMSSP\0", "latin1");
  head.writeUInt32LE(2, 8);
  head.writeUInt32LE(0xa2898205, 20);
  serverChallenge.copy(head, 24);
  head.writeUInt16LE(targetInfo.length, 40);
  head.writeUInt32LE(56, 44);
  return Buffer.concat([head, targetInfo]);
}
function pair(id: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16LE(id, 0);
  head.writeUInt16LE(value.length, 2);
  return Buffer.concat([head, value]);
}
const answerTo = (challenge: Buffer, username = "Domain\\User") =>
  authenticateMessage({
    account: { username, password: "Password" },
    negotiate: negotiateMessage(),
    challenge: readChallenge(challenge),
    targetName: "HTTP/exch1.contoso.com",
    clientChallenge: published.clientChallenge,
    now: 0,
  });
function field(message: Buffer, at: number): Buffer {
  const offset = message.readUInt32LE(at + 4);
  return message.subarray(offset, offset + message.readUInt16LE(at));
}
function codeOf(work: () => unknown): string {
  try {
    work();
    return "";
  } catch (error) {
    if (error instanceof DialogError) return error.code;
    throw error;
  }
}

describe("NTLMv2, by the published values of MS-NLMP 4.2.4", () => {
  const key = proofKey("User", "Domain", "Password");
  const proof = proofOf(key, published.serverChallenge, published.answer);
  test("NTOWFv2", () => {
    expect(key.toString("hex")).toBe("0c868a403bfd7a93a3001ef22ef02e3f");
  });
  test("NTProofStr and SessionBaseKey", () => {
    expect(proof.toString("hex")).toBe("68cd0ab851e51c96aabc927bebef6a1c");
    expect(sessionKey(key, proof).toString("hex")).toBe("8de40ccadbc14a82f15cb0ad0de95ca3");
  });
  test("LMv2, which a whole message carries where the server names no time", () => {
    const expected = "86c35097ac9cec102554764a57cccc19aaaaaaaaaaaaaaaa";
    expect(oldProofOf(key, published.serverChallenge, published.clientChallenge).toString("hex")).toBe(expected);
    expect(field(answerTo(challengeMessage(pair(0, Buffer.alloc(0)))), 12).toString("hex")).toBe(expected);
  });
  test.each([
    ["straße", "STRAßE"],
    ["jürgen", "JÜRGEN"],
    ["ıſ", "ıſ"],
    ["ŉ", "ŉ"],
    ["иван", "ИВАН"],
  ])("the user %s counts as %s, letter by letter as on Windows", (user, upper) => {
    expect(proofKey(user, "D", "p")).toEqual(proofKey(upper, "D", "p"));
  });
  test("the domain counts in its own case", () => {
    expect(proofKey("User", "DOMAIN", "Password")).not.toEqual(key);
  });
});

describe("the messages", () => {
  test("Type 1 is 40 octets and names nobody", () => {
    const message = negotiateMessage();
    expect(message.toString("hex")).toBe(
      "4e544c4d5353500001000000058288a2000000000000000000000000000000000a0000000000000f",
    );
  });
  test("Type 3 returns the server's pairs in its order, with its time, the integrity flag, the token and the name", () => {
    const time = hex("0011223344556677");
    const offered = [pair(2, hex("4400")), pair(6, hex("01000000")), pair(7, time), pair(10, hex("ff"))];
    const message = authenticateMessage({
      account: { username: "user@contoso.com", password: "Password" },
      negotiate: negotiateMessage(),
      challenge: readChallenge(challengeMessage(Buffer.concat([...offered, pair(0, Buffer.alloc(0))]))),
      targetName: "HTTP/h",
      channelBindings: Buffer.alloc(16, 5),
      clientChallenge: published.clientChallenge,
    });
    const answer = field(message, 20).subarray(16);
    expect(answer.subarray(8, 16)).toEqual(time);
    expect(answer.subarray(28).toString("hex")).toBe(
      Buffer.concat([
        pair(2, hex("4400")),
        pair(7, time),
        pair(6, hex("03000000")),
        pair(10, Buffer.alloc(16, 5)),
        pair(9, Buffer.from("HTTP/h", "utf16le")),
        pair(0, Buffer.alloc(0)),
        Buffer.alloc(4),
      ]).toString("hex"),
    );
    expect([field(message, 12), field(message, 28).length, field(message, 36).toString("utf16le")]).toEqual([
      Buffer.alloc(24),
      0,
      "user@contoso.com",
    ]);
  });
});

describe("the channel binding token", () => {
  // From Microsoft's explanation of the hash, and from the tests of ntlm-auth.
  test.each([
    ["ea05fefecc6b0bd571dbbc5baa3ed45386d0446835f7b74c85621b9983475f95", "6586e99d81c2fc984e47172fd4dd0310"],
    ["e3ca49271e5089cc48ce82109f1324f41dbeddc29a777410c738f7868c4ff405", "6ea19df066da4622051f9c4f92c6df74"],
  ])("of a certificate with the hash %s is the published one", (hash, token) => {
    expect(tokenOfHash(hex(hash)).toString("hex")).toBe(token);
  });

  test.each([
    ["RSA", "SHA-1", "sha256"],
    ["RSA", "SHA-256", "sha256"],
    ["RSA", "SHA-384", "sha384"],
    ["RSA", "SHA-512", "sha512"],
    ["RSA-PSS", "SHA-1", "sha256"],
    ["RSA-PSS", "SHA-384", "sha384"],
    ["RSA-PSS", "SHA-512", "sha512"],
    ["ECDSA", "SHA-256", "sha256"],
    ["ECDSA", "SHA-384", "sha384"],
    ["Ed25519", "SHA-256", "sha256"],
  ] as const)("of a certificate signed by %s with %s is made with %s", async (algorithm, hash, expected) => {
    const authority = await createAuthority("Test Authority", { algorithm, hash });
    const der = derOf(await authority.issue());
    expect(channelBindingToken(der)).toEqual(tokenOfHash(createHash(expected).update(der).digest()));
  });

  test("of a certificate whose signature is unknown is refused, not guessed", async () => {
    const der = derOf(await (await createAuthority()).issue());
    const identifier = hex("2a8648ce3d040302");
    der[der.lastIndexOf(identifier) + identifier.length - 1] = 0x7f;
    expect(codeOf(() => channelBindingToken(der))).toBe("CHANNEL_BINDING_UNKNOWN");
  });
});

describe("a challenge that is malformed or hostile", () => {
  const worksOrRefuses = (raw: Buffer) => {
    const start = performance.now();
    const code = codeOf(() => answerTo(raw));
    expect(["", "NTLM_CHALLENGE_MALFORMED"]).toContain(code);
    expect(performance.now() - start).toBeLessThan(1000);
    return code;
  };
  test.each([
    ["nothing", Buffer.alloc(0)],
    ["a Type 1", negotiateMessage()],
    ["cut off", challengeMessage(Buffer.alloc(0)).subarray(0, 47)],
    ["a target info outside", Buffer.concat([challengeMessage(pair(0, Buffer.alloc(0))).subarray(0, 56)])],
    ["a pair that is longer than the rest", challengeMessage(hex("0200ff00 4400"))],
    ["half a head of a pair", challengeMessage(hex("020002004400 07"))],
    ["flags of one octet", challengeMessage(Buffer.concat([pair(6, hex("01")), pair(0, Buffer.alloc(0))]))],
    ["a time of no length", challengeMessage(Buffer.concat([pair(7, hex("")), pair(0, Buffer.alloc(0))]))],
    ["more than an answer can hold", challengeMessage(pair(2, Buffer.alloc(0xffff - 4)))],
  ])("%s", (_what, raw) => {
    expect(worksOrRefuses(raw)).toBe("NTLM_CHALLENGE_MALFORMED");
  });
  test("no target info at all is an old server, and answered", () => {
    expect(worksOrRefuses(challengeMessage(Buffer.alloc(0)))).toBe("");
  });
  test("anything else either works or is refused as malformed", () => {
    const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((data) => Buffer.from(data));
    const pairs = fc
      .array(fc.tuple(fc.integer({ min: 0, max: 12 }), bytes(40)), { maxLength: 12 })
      .map((list) => Buffer.concat(list.map(([id, value]) => pair(id, value))));
    const damaged = fc
      .tuple(fc.oneof(pairs, bytes(200)), fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { maxLength: 4 }), fc.nat(300))
      .map(([info, changes, cut]) => {
        const raw = challengeMessage(info);
        for (const [at, value] of changes) if (at >= 12 && at < raw.length) raw[at] = value;
        return cut < raw.length ? raw.subarray(0, raw.length - cut) : raw;
      });
    const refused = new Map<string, number>();
    fc.assert(
      fc.property(fc.oneof({ weight: 4, arbitrary: damaged }, bytes(300)), (raw) => {
        const code = worksOrRefuses(raw);
        refused.set(code, (refused.get(code) ?? 0) + 1);
      }),
      { numRuns: 2000 },
    );
    // Both happen, and often: the property is not about one of them.
    expect(Math.min(refused.get("") ?? 0, refused.get("NTLM_CHALLENGE_MALFORMED") ?? 0)).toBeGreaterThan(100);
  });
});

describe("the acceptor of the test servers", () => {
  let certificate: KeyPair;
  beforeAll(async () => {
    certificate = await (await createAuthority()).issue();
  });
  const passwordOf = (user: string, domain: string) =>
    user === "User" && domain === "Domain" ? "Password" : undefined;
  /** An acceptor that has challenged, and an answer to it. */
  function exchange(checking: TokenChecking, channelBindings?: Buffer) {
    const acceptor = new NtlmAcceptor(passwordOf, certificate.certificate, checking);
    const negotiate = negotiateMessage();
    const outcome = acceptor.accept(negotiate);
    if (!("challenge" in outcome)) throw new Error("no challenge");
    const answer = authenticateMessage({
      account: { username: "Domain\\User", password: "Password" },
      negotiate,
      challenge: readChallenge(outcome.challenge),
      targetName: "HTTP/exch1.contoso.com",
      channelBindings,
    });
    return { acceptor, answer };
  }

  test("lets the right answer in", () => {
    const { acceptor, answer } = exchange("require", channelBindingToken(derOf(certificate)));
    expect(acceptor.accept(answer)).toEqual({ user: "Domain\\User" });
  });
  test.each([
    ["require", undefined, { refused: "no channel binding" }],
    ["require", Buffer.alloc(16), { refused: "wrong channel binding" }],
    ["require", Buffer.alloc(16, 7), { refused: "wrong channel binding" }],
    ["allow", undefined, { user: "Domain\\User" }],
    ["allow", Buffer.alloc(16, 7), { refused: "wrong channel binding" }],
    ["none", Buffer.alloc(16, 7), { user: "Domain\\User" }],
  ] as const)("with %s and the token %s says %s", (checking, token, expected) => {
    const { acceptor, answer } = exchange(checking, token);
    expect(acceptor.accept(answer)).toEqual(expected);
  });
  test("refuses an answer in which a single octet is another, wherever it stands", () => {
    const { acceptor, answer } = exchange("require", channelBindingToken(derOf(certificate)));
    const accepted = [...answer.keys()].filter((at) => {
      const changed = Buffer.from(answer);
      changed[at] = (changed[at] ?? 0) ^ 1;
      return !("refused" in acceptor.accept(changed));
    });
    expect(accepted).toEqual([]);
    expect(acceptor.accept(answer)).toEqual({ user: "Domain\\User" });
  });
  test("refuses an answer that is cut off anywhere", () => {
    const { acceptor, answer } = exchange("require", channelBindingToken(derOf(certificate)));
    const accepted = [...answer.keys()].filter((length) => !("refused" in acceptor.accept(answer.subarray(0, length))));
    expect(accepted).toEqual([]);
  });
});
