import type { PlainObject } from "../../model/plain";
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

function compact(result: TestResult): PlainObject {
  return Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined));
}
