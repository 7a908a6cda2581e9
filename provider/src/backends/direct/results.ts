import { ServerSideSyncError } from "../../errors";
import { serverUnavailable } from "../../model/failureLines";
import { isPlainObject, type PlainObject } from "../../model/plain";
import type { TestResult, TestStatus } from "../../testing/types";

/** The status of one direction: its own test, and for outgoing email also whether the message arrived. */
export function statusOf(results: readonly TestResult[], ...names: readonly TestResult["test"][]): TestStatus {
  const statuses = results.filter(({ test }) => names.includes(test)).map(({ status }) => status);
  if (statuses.includes("Failure")) return "Failure";
  return statuses.includes("Success") ? "Success" : "Not Run";
}

/** Outputs of a binding after a test. */
export function testOutputs(results: readonly TestResult[], discoveredServerLocation: string | null): PlainObject {
  const incoming = statusOf(results, "incomingEmail");
  const outgoing = statusOf(results, "outgoingEmail", "roundTrip");
  const appointments = statusOf(results, "appointmentsContactsTasks");
  return {
    mailboxId: null,
    incomingEmailStatus: incoming,
    outgoingEmailStatus: outgoing,
    appointmentsContactsTasksStatus: appointments,
    enabledForIncomingEmail: incoming === "Success",
    enabledForOutgoingEmail: outgoing === "Success",
    enabledForAppointmentsContactsTasks: appointments === "Success",
    emailAddressApproved: null,
    discoveredServerLocation,
    results: results.map(compact),
  };
}

/** What could not be tested because a server is down for everybody. */
export function untestedIn(results: unknown): TestResult[] {
  return ((results ?? []) as TestResult[]).filter(({ code }) => code === serverUnavailable);
}

export function unavailable({ message, remedy }: TestResult): ServerSideSyncError {
  return new ServerSideSyncError({
    code: serverUnavailable,
    summary: message ?? "",
    remedy: remedy ?? "",
    transient: true,
  });
}

/** Earlier results as they are, with a note at what was to be tested again: it has to be by the next update. */
export function withNotes(earlier: unknown, untested: readonly TestResult[]): PlainObject[] {
  const kept = Array.isArray(earlier) ? earlier.filter(isPlainObject) : [];
  const noted = kept.map((result) => {
    const note = untested.find(({ test }) => test === result.test);
    if (note === undefined || result.status === "Failure") return result;
    return { ...result, ...compact({ ...note, status: result.status as TestStatus }) };
  });
  const others = untested.filter(({ test }) => !kept.some((result) => result.test === test));
  return [...noted, ...others.map(compact)];
}

function compact(result: TestResult): PlainObject {
  return Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined));
}
