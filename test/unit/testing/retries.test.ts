import fc from "fast-check";
import { ServerSideSyncError } from "../../../provider/src/errors";
import { namedWait } from "../../../provider/src/testing/diagnosis";
import { withRetries } from "../../../provider/src/testing/retries";
import { verdictOf, withVerdict } from "../../../provider/src/testing/serverFault";
import { Budget } from "../../../provider/src/transport/budget";
import { inDoubt } from "../../../provider/src/transport/inDoubt";

const failure = (changes: Partial<ServerSideSyncError> = {}) =>
  new ServerSideSyncError({ code: "imap-throttled", summary: "busy.", remedy: "Wait.", transient: true, ...changes });

/** When each attempt began and how it all ended, on a clock that only the retries move. */
async function run(seconds: number, attempt: (number: number) => unknown) {
  const budget = Budget.ofSeconds(seconds);
  const start = performance.now();
  const begun: number[] = [];
  const outcome = withRetries(budget, async () => {
    begun.push(Math.round(performance.now() - start));
    const result = await attempt(begun.length);
    if (result instanceof Error) throw result;
    return result;
  }).then(
    (value) => ({ value }),
    (error: unknown) => ({ error: error as ServerSideSyncError }),
  );
  await jest.runAllTimersAsync();
  return { begun, took: performance.now() - start, ...(await outcome) } as {
    begun: number[];
    took: number;
    value?: unknown;
    error?: ServerSideSyncError;
  };
}

describe("retries", () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  test("a passing fault is tried three times, and the last one is told", async () => {
    const { begun, error } = await run(60, (number) => failure({ summary: `busy ${number}.` }));
    expect(begun).toHaveLength(3);
    expect(error?.summary).toBe("busy 3.");
  });

  test("what succeeds is not repeated, nor what will not pass, may have happened or took all the time", async () => {
    expect(await run(60, () => "done")).toMatchObject({ begun: [0], value: "done" });
    expect(await run(60, (number) => (number === 2 ? "done" : failure()))).toMatchObject({ value: "done" });
    const hopeless = [
      failure({ transient: false }),
      inDoubt(failure()),
      failure({ code: "test-timeout" }),
      new Error("a defect"),
    ];
    for (const error of hopeless) expect(await run(60, () => error)).toMatchObject({ begun: [0], error });
  });

  const server = "mail.contoso.com:993";
  const refused = () =>
    withVerdict(failure({ code: "connection-refused", transient: false }), { server, says: "down" });

  test("a server that answered and then refuses connections is restarting", async () => {
    const busy = () => withVerdict(failure(), { server, says: "heard" });
    const { begun, error } = await run(60, (number) => (number === 1 ? busy() : refused()));
    expect(begun).toHaveLength(3);
    expect(error).toMatchObject({ code: "connection-refused", transient: true });
    expect(error?.remedy).toContain("may be restarting");
  });

  test.each([
    ["nobody has answered", { server, says: "down" }],
    ["another server has answered", { server: "login.microsoftonline.com:443", says: "heard" }],
  ] as const)("a refused connection is final where %s", async (_what, verdict) => {
    const { begun, error } = await run(60, (number) => (number === 1 ? withVerdict(failure(), verdict) : refused()));
    expect(begun).toHaveLength(2);
    expect(error).toMatchObject({ code: "connection-refused", transient: false });
  });

  test("a retry that is cut off by the budget does not hide the cause", async () => {
    const known = failure({ summary: "busy." });
    const { error } = await run(60, (number) => (number === 1 ? known : failure({ code: "test-timeout" })));
    expect(error).toBe(known);
  });

  test("pauses double, with a jitter of half to one and a half", async () => {
    const random = jest.spyOn(Math, "random");
    random.mockReturnValue(0);
    expect((await run(60, () => failure())).begun).toEqual([0, 250, 750]);
    random.mockReturnValue(1);
    expect((await run(60, () => failure())).begun).toEqual([0, 750, 2250]);
    random.mockRestore();
    const pauses = new Set<number>();
    for (let runs = 0; runs < 20; runs += 1) pauses.add((await run(60, () => failure())).begun[1] ?? 0);
    expect(pauses.size).toBeGreaterThan(5);
  });

  test("a wait that the server names takes the place of the pause", async () => {
    const { begun, value } = await run(60, (number) =>
      number === 3 ? "done" : failure({ summary: `busy (try again in ${number * 7} s).` }),
    );
    expect({ begun, value }).toEqual({ begun: [0, 7000, 21_000], value: "done" });
  });

  test("a wait that does not fit ends at once, names the wait, and keeps what is known of the server", async () => {
    const error = withVerdict(failure({ summary: "busy (try again in 600 s)." }), { server: "a:1", says: "heard" });
    const ended = await run(60, () => error);
    expect(ended).toMatchObject({ begun: [0], took: 0, error: { code: "imap-throttled", transient: true } });
    expect(ended.error?.remedy).toMatch(/^Try again in 600 s: .* Wait\.$/);
    expect(ended.error && verdictOf(ended.error)).toEqual({ server: "a:1", says: "heard" });
  });

  test("no attempt begins without a second left for it, whatever the budget and the server's waits", async () => {
    const waits = fc.array(fc.option(fc.integer({ min: 0, max: 90 }), { nil: undefined }), {
      minLength: 3,
      maxLength: 3,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 60 }), waits, async (seconds, named) => {
        const { begun, took } = await run(seconds, (number) => {
          const wait = named[number - 1];
          return failure({ summary: wait === undefined ? "busy." : `wait ${wait} seconds.` });
        });
        expect(took).toBeLessThanOrEqual(seconds * 1000);
        for (const time of begun.slice(1)) expect(time).toBeLessThanOrEqual(seconds * 1000 - 1000);
        begun.slice(1).forEach((time, index) => {
          const pause = time - (begun[index] ?? 0);
          const wait = named[index];
          // A wait that is shorter than the pause of the retries themselves does not shorten it.
          if (wait !== undefined && wait >= 2) expect(pause).toBe(wait * 1000);
          else expect(pause).toBeGreaterThanOrEqual(250);
        });
      }),
    );
  });
});

describe("a wait that a server names", () => {
  test.each([
    ["421 4.7.0 Try again in 30 s", 30_000],
    ["450 4.2.0 Greylisted, please retry in 300 seconds", 300_000],
    ["451 4.7.1 Greylisting in action, please come back in 2 minutes", 120_000],
    ["ErrorServerBusy: slow down (backoff time: 4500 milliseconds)", 4500],
    ["Request is throttled. Suggested Backoff Time: 92415 milliseconds", 92_415],
    ["HTTP 503 (try again in 7 s)", 7000],
    ["mail.contoso.com:993 (TLS) did not answer in time", undefined],
    ["retry.contoso.com:587 (STARTTLS) is temporarily unable to serve", undefined],
  ])("%s", (text, milliseconds) => {
    expect(namedWait(text)).toBe(milliseconds);
  });
});
