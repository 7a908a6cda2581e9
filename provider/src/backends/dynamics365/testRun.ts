import { ServerSideSyncError } from "../../errors";
import type { ReportedTest } from "../../model/failureLines";
import type { CheckedBinding } from "../../model/binding";
import { known } from "../../model/unknown";
import type { Alert } from "./alerts";
import type { ColumnValue, ColumnValues } from "./columns/column";
import type { MailboxColumn } from "./columns/mailbox";
import { testStatuses } from "./columns/optionSet";
import { isNever } from "./columns/sameValue";
import { isInactive } from "./mailboxRecord";
import type { NoteResult, TestedName } from "./results";

type Methods = Pick<CheckedBinding, TestedName>;

interface TestedColumns {
  test: TestedName;
  status: MailboxColumn;
  enabled: MailboxColumn;
}
const directions: readonly TestedColumns[] = [
  { test: "incomingEmail", status: "incomingemailstatus", enabled: "enabledforincomingemail" },
  { test: "outgoingEmail", status: "outgoingemailstatus", enabled: "enabledforoutgoingemail" },
  { test: "appointmentsContactsTasks", status: "actstatus", enabled: "enabledforact" },
];

/** Columns that tell how a test is going: all that a poll has to read. */
export const testRunColumns: readonly MailboxColumn[] = [
  "testemailconfigurationscheduled",
  "testmailboxaccesscompletedon",
  "testemailconfigurationretrycount",
  "postponetestemailconfigurationuntil",
  "statecode",
  "modifiedon",
  ...directions.flatMap(({ status, enabled }) => [status, enabled]),
];

/** What is remembered of a mailbox before its test is scheduled. */
export interface TestMark {
  completedOn: string | null;
}

export function testMark(observed: ColumnValues): TestMark {
  const { testmailboxaccesscompletedon: completedOn } = observed;
  return { completedOn: typeof completedOn === "string" && !isNever(completedOn) ? completedOn : null };
}

export type TestState = "not-started" | "running" | "done";

/** A test is over when nothing is scheduled any more and the date of the last one has moved. */
export function testState(before: TestMark, now: ColumnValues): TestState {
  if (now.testemailconfigurationscheduled === true) return "running";
  const { completedOn } = testMark(now);
  const moved =
    completedOn !== null && (before.completedOn === null || Date.parse(completedOn) > Date.parse(before.completedOn));
  return moved ? "done" : "not-started";
}

/** The directions that Test & Enable concerns: those by server-side synchronization. */
export function testedDirections(methods: Methods): TestedName[] {
  return directions.map(({ test }) => test).filter((test) => methods[test] === "server-side-sync");
}

const statusOf = (observed: ColumnValues, column: MailboxColumn) => testStatuses.nameOf(observed[column]) ?? "Not Run";

export interface TestCircumstances {
  /** True where columns differ, or a password has to be written. */
  changed: boolean;
  /** True where something asks for a test that no column shows: a trigger, a profile that changed. */
  requested: boolean;
}

/**
 * What is to be done about the test of a mailbox that was observed: nothing where nothing differs and every tested
 * direction is healthy. While one is scheduled nothing can be saved, so it is waited for first.
 */
export function testPlan(
  methods: Methods,
  observed: ColumnValues,
  { changed, requested }: TestCircumstances,
): "nothing" | "wait" | "test" {
  if (observed.testemailconfigurationscheduled === true) return "wait";
  const tested = testedDirections(methods);
  if (tested.length === 0) return "nothing";
  if (changed || requested) return "test";
  const healthy = directions
    .filter(({ test }) => tested.includes(test))
    .every(({ status, enabled }) => statusOf(observed, status) === "Success" && observed[enabled] !== false);
  return healthy ? "nothing" : "test";
}

/** The tests that Dynamics has passed once, and whose processing it has ended since, as after a 401. */
export function disabledSince(methods: Methods, observed: ColumnValues): TestedName[] {
  const tested = testedDirections(methods);
  return directions
    .filter(({ test, status, enabled }) => {
      const passed = statusOf(observed, status) === "Success";
      return tested.includes(test) && passed && observed[enabled] === false;
    })
    .map(({ test }) => test);
}

/** One result for each direction, with the alert that explains a failure; then what else Dynamics had to say. */
export function testResults(methods: Methods, now: ColumnValues, alerts: readonly Alert[]): ReportedTest[] {
  const tested = testedDirections(methods);
  const told = new Set<Alert>();
  const results = directions.map(({ test, status }): ReportedTest => {
    const observed = tested.includes(test) ? statusOf(now, status) : "Not Run";
    if (observed !== "Failure") return { test, status: observed };
    const alert = explanation(test, alerts);
    if (alert === undefined) return { test, status: observed, ...unexplained };
    told.add(alert);
    return { test, status: observed, ...reported(alert) };
  });
  const others = alerts.filter((alert) => !told.has(alert));
  return [...results, ...others.map((alert) => ({ test: "alert", status: "Not Run", ...reported(alert) }))];
}

function explanation(test: TestedName, alerts: readonly Alert[]): Alert | undefined {
  return alerts.find(({ direction }) => direction === test) ?? alerts.find(({ direction }) => direction === undefined);
}

function reported({ code, message, remedy, transient }: Alert): Omit<ReportedTest, "test" | "status"> {
  return { code, message, remedy, transient };
}

const unexplained = {
  code: "dynamics-test-failed",
  message: "Dynamics' own test failed, and left no alert that says why.",
  remedy:
    "Look at the alerts of the mailbox and of its profile in Dynamics; they may be switched off in the system settings. The direct test (test.preflight: true) says more.",
  transient: false,
};

/** How often Dynamics tries before it takes a passing fault for a lasting one, five minutes apart. */
const triesOfDynamics = 10;

/** When Dynamics tries by itself again, in words; empty where it says nothing of it. */
export function nextRetry(now: ColumnValues): string {
  const { testemailconfigurationretrycount: tries, postponetestemailconfigurationuntil: until } = now;
  const at = isNever(until) ? "" : ` at ${String(until)}`;
  const count = typeof tries === "number" && tries > 0 ? `, after ${tries} of ${triesOfDynamics} tries` : "";
  return at === "" && count === "" ? "" : `Dynamics tries again by itself${at}${count}.`;
}

/** The results when the time is up before the test is. */
export function pendingResults(methods: Methods, now: ColumnValues, timeoutSeconds: number): ReportedTest[] {
  const tested = testedDirections(methods);
  return directions.map(({ test }): ReportedTest => {
    if (!tested.includes(test)) return { test, status: "Not Run" };
    return {
      test,
      status: "Pending",
      code: "dynamics-test-pending",
      message: `Dynamics did not finish its test within ${timeoutSeconds} s. ${nextRetry(now)}`.trim(),
      remedy: "Run pulumi up again later: a test that still runs is waited for; or raise test.timeoutSeconds.",
      transient: true,
    };
  });
}

/** The answer to a test that was scheduled and never began: somebody else's save, or a platform that dropped it. */
export function notStarted(mailbox: Pick<CheckedBinding, "emailAddress">, timeoutSeconds: number): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "dynamics-test-not-started",
    summary: `The test of ${addressOf(mailbox)} was scheduled, but Dynamics shows neither that it runs nor that it ended, after ${timeoutSeconds} s.`,
    remedy: "Check that the asynchronous service of the deployment runs, then run pulumi up again.",
    transient: true,
  });
}

const addressOf = ({ emailAddress }: Pick<CheckedBinding, "emailAddress">) => known(emailAddress) ?? "the mailbox";

/**
 * A mailbox that cannot be tested because it, or whom it belongs to, is disabled: a note where that is to be skipped.
 *
 * @param ownerDisabled whether the user or queue is disabled, where that was read
 * @throws ServerSideSyncError `user-disabled`, `mailbox-inactive` where the binding says "fail"
 */
export function skippedAsDisabled(
  mailbox: Pick<CheckedBinding, "emailAddress" | "whenUserDisabled">,
  observed: ColumnValues,
  ownerDisabled?: ColumnValue,
): NoteResult | undefined {
  if (ownerDisabled !== true && !isInactive(observed)) return undefined;
  const [code, who, what] =
    ownerDisabled === true
      ? (["user-disabled", "The user or queue behind", "Enable the user or queue in Dynamics"] as const)
      : (["mailbox-inactive", "The mailbox record of", "Activate the mailbox in Dynamics"] as const);
  const message = `${who} ${addressOf(mailbox)} is disabled in Dynamics, so nothing was changed and tested.`;
  const remedy = `${what}, or remove the binding.`;
  if (mailbox.whenUserDisabled === "fail") throw new ServerSideSyncError({ code, summary: message, remedy });
  return { test: "mailbox", status: "Not Run", code, message, remedy };
}
