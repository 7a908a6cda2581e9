import { boundaryTests } from "./boundaryTests";

describe("every request of the life of a profile, its settings and a mailbox, answered by", () => {
  boundaryTests([
    ["401", { status: 401 }],
    ["403", { status: 403, body: '{"error":{"code":"0x80040220","message":"Principal lacks prvWriteMailbox"}}' }],
    ["404", { status: 404 }],
    ["412", { status: 412 }],
    ["429 with a wait that is too long", { status: 429, headers: { "retry-after": "3600" } }],
    ["500", { status: 500 }],
    ["503", { status: 503 }],
    ["a connection that breaks before", "drop-before"],
    ["a connection that breaks after", "drop-after"],
    ["malformed JSON", "malformed"],
    ["a truncated answer", "truncated"],
  ]);
});
