import type { ServerSideSyncError } from "../../errors";
import { failureLines } from "../../model/failureLines";
import type { PlainObject } from "../../model/plain";
import type { MailboxTestResult } from "../../testing/types";
import type { BoundMailbox, Outcome } from "../backend";
import type { ColumnValues } from "./columns/column";
import type { FoundValues } from "./foundValues";
import { mailboxOutputs } from "./mailboxRecord";
import type { NoteResult, TestedName } from "./results";
import { testedDirections } from "./testRun";

/** A mailbox as far as it is configured: kept in the state whatever happens next. */
export interface Progress {
  id: string;
  observed: ColumnValues;
  found: FoundValues;
  notes: NoteResult[];
  /** Number of the declared password. */
  passwordRevision: number;
}

const names: readonly TestedName[] = ["incomingEmail", "outgoingEmail", "appointmentsContactsTasks"];

/** The same result for every direction that would have been tested. */
export function sameForAll(mailbox: BoundMailbox, result: Omit<MailboxTestResult, "test">): MailboxTestResult[] {
  const tested = testedDirections(mailbox);
  return names.map((test) => (tested.includes(test) ? { test, ...result } : { test, status: "Not Run" }));
}

/** What went wrong after the mailbox was taken over: it is told, and what was found is kept. */
export function failed(mailbox: BoundMailbox, progress: Progress, error: ServerSideSyncError): Outcome {
  const { code, summary: message, remedy, transient } = error;
  const results = sameForAll(mailbox, { status: "Failure", code, message, remedy, transient });
  const line = `${error.message} (${transient ? "transient" : "permanent"})`;
  return { outputs: bindingOutputs(progress, results), failures: [line] };
}

export function outcome(mailbox: BoundMailbox, progress: Progress, results: readonly MailboxTestResult[]): Outcome {
  const failures = mailbox.test.onFailure === "warn" ? [] : failureLines(results);
  return { outputs: bindingOutputs(progress, results), failures };
}

/** Outputs beside the mirrored inputs. */
export function bindingOutputs(
  { id, observed, found, notes, passwordRevision }: Progress,
  results: readonly MailboxTestResult[],
): PlainObject {
  const told = [...results, ...(notes as MailboxTestResult[])];
  const statuses = Object.fromEntries(
    names.flatMap((test) => {
      const status = results.find((result) => result.test === test)?.status;
      // One that goes on has the status that it had.
      return status === undefined || status === "Pending" ? [] : [[`${test}Status`, status]];
    }),
  );
  const outputs = { ...mailboxOutputs(observed, id), ...statuses };
  return {
    ...outputs,
    ...Object.fromEntries(names.map((test) => [enabledOf(test), isEnabled(outputs, test)])),
    discoveredServerLocation: observed.ewsurl === "" ? null : (observed.ewsurl ?? null),
    results: told.map((result) =>
      Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined)),
    ),
    found: { ...found },
    passwordRevision,
  };
}

const enabledOf = (test: TestedName) => `enabledFor${test.charAt(0).toUpperCase()}${test.slice(1)}`;

/** The columns say true of every new mailbox: only what has passed is enabled. */
function isEnabled(outputs: PlainObject, test: TestedName): boolean {
  return outputs[enabledOf(test)] === true && outputs[`${test}Status`] === "Success";
}
