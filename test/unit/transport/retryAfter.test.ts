import { retryAfterMs } from "../../../provider/src/transport/retryAfter";

describe("Retry-After", () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 7);
  test.each<[string | undefined, number | undefined]>([
    [undefined, undefined],
    ["", undefined],
    ["0", 0],
    [" 120 ", 120_000],
    ["Sun, 06 Nov 1994 08:49:37 GMT", 30_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 30_000],
    ["Sun Nov  6 08:49:37 1994", 30_000],
    ["Sun, 06 Nov 1994 08:00:00 GMT", 0],
    ["-5", undefined],
    ["1.5", undefined],
    ["99999999999999999999", undefined],
    ["1994-11-06T08:49:37Z", undefined],
    ["Sun, soon", undefined],
    ["Monday", undefined],
  ])("%j is %p ms", (header, milliseconds) => {
    expect(retryAfterMs(header, now)).toBe(milliseconds);
  });
});
