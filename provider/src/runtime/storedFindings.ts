import type { Finding } from "../compatibility/finding";
import { mayBeError } from "../compatibility/table";
import type { PlainObject } from "../model/plain";

/** Findings about the step from the last declaration to this one: in a state they would be told again and again. */
const ofTheStep: readonly string[] = ["process-after-moves-back"];

/** What is kept of findings; texts come from the table, so that a better text is no change. */
export function storedFindings(findings: readonly Finding[], dryRun: boolean): PlainObject[] {
  return findings
    .filter(({ rule }) => dryRun || !ofTheStep.includes(rule))
    .map(({ rule, path, accepted }) => (accepted === undefined ? { rule, path } : { rule, path, accepted }));
}

type StoredFinding = Pick<Finding, "rule" | "path" | "accepted">;

/** True where an error may have come up that the state does not know: the engine has to look at the resource again. */
export function hasNewError(before: unknown, after: unknown): boolean {
  const known = new Set(read(before).map(({ rule, path }) => `${rule} ${path}`));
  return read(after).some(({ rule, path }) => mayBeError(rule) && !known.has(`${rule} ${path}`));
}

function read(value: unknown): StoredFinding[] {
  return Array.isArray(value) ? (value as StoredFinding[]) : [];
}
