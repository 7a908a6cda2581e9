import * as fc from "fast-check";
import type { Alert } from "../../../../provider/src/backends/dynamics365/alerts";
import type { ColumnValues } from "../../../../provider/src/backends/dynamics365/columns/column";
import { mailboxTable as table } from "../../../../provider/src/backends/dynamics365/columns/mailbox";
import {
  disabledSince,
  nextRetry,
  notStarted,
  pendingResults,
  skippedAsDisabled,
  testMark,
  testPlan,
  testResults,
  testRunColumns,
  testState,
} from "../../../../provider/src/backends/dynamics365/testRun";
import { failureLines } from "../../../../provider/src/model/failureLines";
import { bindings, observations } from "./arbitraries";

const email = {
  incomingEmail: "server-side-sync",
  outgoingEmail: "server-side-sync",
  appointmentsContactsTasks: "leave",
} as const;
const none = { incomingEmail: "none", outgoingEmail: "outlook", appointmentsContactsTasks: "none" } as const;
const healthy: ColumnValues = {
  testemailconfigurationscheduled: false,
  incomingemailstatus: 1,
  outgoingemailstatus: 1,
  actstatus: 2,
  enabledforincomingemail: true,
  enabledforoutgoingemail: true,
  enabledforact: false,
};
const idle = { changed: false, requested: false };
const earlier = "2026-11-24T10:00:00Z";
const later = "2026-11-24T10:05:00Z";
const never = "1900-01-01T00:00:00Z";

describe("whether a test is over", () => {
  test.each([
    ["scheduled", earlier, true, earlier, "running"],
    ["scheduled again after a passing fault", earlier, true, later, "running"],
    ["not begun", earlier, false, earlier, "not-started"],
    ["not begun, the first one", never, false, never, "not-started"],
    ["not begun, the column never read", null, false, null, "not-started"],
    ["over", earlier, false, later, "done"],
    ["over, the first one", never, false, later, "done"],
    ["over, the first one, of a new mailbox", null, false, later, "done"],
    ["an older date is no completion", later, false, earlier, "not-started"],
  ])("%s", (_when, before, scheduled, now, state) => {
    const mark = testMark({ testmailboxaccesscompletedon: before });
    expect(JSON.parse(JSON.stringify(mark))).toEqual(mark);
    const observed = { testemailconfigurationscheduled: scheduled, testmailboxaccesscompletedon: now };
    expect(testState(mark, observed)).toBe(state);
  });

  test("a poll reads columns that exist, and can be read", () => {
    for (const column of testRunColumns) expect(table.columns[column].read).toBe(true);
  });
});

describe("whether a test is needed", () => {
  test.each([
    ["nothing differs and every tested status is Success", email, healthy, idle, "nothing"],
    ["one runs", email, { ...healthy, testemailconfigurationscheduled: true }, idle, "wait"],
    [
      "one runs, and there is something to write",
      email,
      { testemailconfigurationscheduled: true },
      { ...idle, changed: true },
      "wait",
    ],
    ["something differs", email, healthy, { ...idle, changed: true }, "test"],
    ["it is asked for", email, healthy, { ...idle, requested: true }, "test"],
    ["the last one failed", email, { ...healthy, outgoingemailstatus: 2 }, idle, "test"],
    ["there was none", email, {}, idle, "test"],
    ["processing was disabled since", email, { ...healthy, enabledforincomingemail: false }, idle, "test"],
    [
      "appointments were never tested",
      { ...email, appointmentsContactsTasks: "server-side-sync" },
      healthy,
      idle,
      "test",
    ],
    ["no method is server-side synchronization", none, {}, { changed: true, requested: true }, "nothing"],
  ] as const)("%s", (_when, methods, observed, circumstances, plan) => {
    expect(testPlan(methods, observed, circumstances)).toBe(plan);
  });

  test("after a test that succeeded none is needed", () => {
    fc.assert(
      fc.property(bindings, observations(table), (mailbox, observed) => {
        const after = {
          ...observed,
          ...{ testemailconfigurationscheduled: false, incomingemailstatus: 1, outgoingemailstatus: 1, actstatus: 1 },
          ...{ enabledforincomingemail: true, enabledforoutgoingemail: true, enabledforact: true },
        };
        expect(testPlan(mailbox, after, idle)).toBe("nothing");
      }),
    );
  });

  test("what Dynamics disabled by itself is told", () => {
    expect(disabledSince(email, { ...healthy, enabledforincomingemail: false })).toEqual(["incomingEmail"]);
    expect(disabledSince(email, { ...healthy, incomingemailstatus: 2, enabledforincomingemail: false })).toEqual([]);
    expect(disabledSince(none, { ...healthy, enabledforincomingemail: false })).toEqual([]);
  });
});

const alert = (code: string, direction?: Alert["direction"]): Alert => ({
  code,
  message: `${code}.`,
  remedy: "Do it.",
  transient: false,
  ...(direction === undefined ? {} : { direction }),
});

describe("results", () => {
  test("only directions by server-side synchronization are judged", () => {
    expect(testResults(email, { ...healthy, outgoingemailstatus: 0 }, [])).toEqual([
      { test: "incomingEmail", status: "Success" },
      { test: "outgoingEmail", status: "Not Run" },
      { test: "appointmentsContactsTasks", status: "Not Run" },
    ]);
  });

  test("a failure is explained by the alert of its direction, or by one of the whole mailbox", () => {
    const observed = { ...healthy, incomingemailstatus: 2, outgoingemailstatus: 2 };
    const alerts = [
      alert("of-both"),
      alert("of-outgoing", "outgoingEmail"),
      alert("of-act", "appointmentsContactsTasks"),
    ];
    expect(testResults(email, observed, alerts).map(({ test, status, code }) => [test, status, code])).toEqual([
      ["incomingEmail", "Failure", "of-both"],
      ["outgoingEmail", "Failure", "of-outgoing"],
      ["appointmentsContactsTasks", "Not Run", undefined],
      ["alert", "Not Run", "of-act"],
    ]);
  });

  test("a failure without alerts says so", () => {
    const results = testResults(email, { ...healthy, incomingemailstatus: 2 }, []);
    expect(failureLines(results)).toEqual([
      expect.stringMatching(
        /^dynamics-test-failed: incoming email: .*no alert that says why.*\(permanent\)$/,
      ) as unknown,
    ]);
  });

  test("time up: pending, with Dynamics' own next try", () => {
    const now = {
      testemailconfigurationscheduled: true,
      testemailconfigurationretrycount: 3,
      postponetestemailconfigurationuntil: later,
    };
    expect(nextRetry(now)).toBe(`Dynamics tries again by itself at ${later}, after 3 of 10 tries.`);
    expect(nextRetry({ postponetestemailconfigurationuntil: never, testemailconfigurationretrycount: 0 })).toBe("");
    expect(pendingResults(email, now, 1200)).toMatchObject([
      { test: "incomingEmail", status: "Pending", code: "dynamics-test-pending", transient: true },
      { test: "outgoingEmail", status: "Pending" },
      { test: "appointmentsContactsTasks", status: "Not Run" },
    ]);
    expect(pendingResults(email, {}, 1200)[0]?.message).toBe("Dynamics did not finish its test within 1200 s.");
    expect(notStarted({ emailAddress: "a@contoso.com" }, 60)).toMatchObject({ code: "dynamics-test-not-started" });
  });
});

describe("a disabled user", () => {
  const mailbox = { emailAddress: "a@contoso.com", whenUserDisabled: "skip" } as const;
  const fail = { ...mailbox, whenUserDisabled: "fail" } as const;

  test("is skipped and reported, or fails where that is declared", () => {
    expect(skippedAsDisabled(mailbox, { statecode: 0 }, false)).toBeUndefined();
    expect(skippedAsDisabled(mailbox, { statecode: 0 }, true)).toMatchObject({
      status: "Not Run",
      code: "user-disabled",
    });
    expect(skippedAsDisabled(mailbox, { statecode: 1 })).toMatchObject({ status: "Not Run", code: "mailbox-inactive" });
    expect(() => skippedAsDisabled(fail, { statecode: 1 }, true)).toThrow(/^user-disabled: .*a@contoso\.com/);
    expect(() => skippedAsDisabled(fail, { statecode: 1 })).toThrow(/^mailbox-inactive: /);
  });
});
