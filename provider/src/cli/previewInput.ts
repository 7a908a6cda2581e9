import { oneLine } from "../errors";
import { isPlainObject, type PlainObject } from "../model/plain";
import { ruleIds } from "../model/ruleIds";
import type { Declarations, DeclaredResource } from "./declarations";
import { notUnderstood } from "./notUnderstood";
import { declarationOf, type ShownStates } from "./previewResource";
import { plural } from "./report";

const typePrefix = "pulumi-nodejs:dynamic/server-side-sync:";

/** True for what `pulumi preview --json` prints. */
export function isPreview(value: unknown): value is PlainObject {
  return (
    isPlainObject(value) && ("steps" in value || isPlainObject(value.changeSummary) || Array.isArray(value.diagnostics))
  );
}

/**
 * The resources that a preview creates, updates or keeps, with their checked inputs.
 *
 * @throws ServerSideSyncError `input-not-understood` where the preview did not come to its end or shows none of them
 */
export function declarationsOfPreview(preview: PlainObject): Declarations {
  const failure = listOf(preview.diagnostics).flatMap(foreignError)[0];
  if (failure !== undefined) throw notUnderstood(`the preview did not come to its end: ${failure}`);
  const steps = listOf(preview.steps);
  const notShown = Math.max(0, unchanged(preview) - steps.filter(isUnchanged).length);
  const resources = [...shownStates(steps)].flatMap(([urn, states]): DeclaredResource[] => declarationOf(urn, states));
  if (resources.length === 0) throw notUnderstood(nothingShown(notShown));
  return { resources, notShown };
}

function shownStates(steps: readonly unknown[]): Map<string, ShownStates> {
  const states = new Map<string, ShownStates>();
  for (const step of steps) {
    if (!isPlainObject(step) || !isPlainObject(step.newState) || typeof step.urn !== "string") continue;
    const { newState, oldState, urn } = step;
    const type = String(newState.type);
    if (!type.startsWith(typePrefix)) continue;
    // A replacement has several steps for one resource; the last one holds what will be, an earlier one what was.
    const before = isPlainObject(oldState) ? oldState : states.get(urn)?.oldState;
    states.set(urn, { kind: type.slice(typePrefix.length), newState, oldState: before });
  }
  return states;
}

/** Codes of errors with which this package itself fails a preview; they stand for findings that are judged again here. */
const ownErrors: readonly string[] = ["compatibility-errors", "invalid-arguments", ...ruleIds];

/** An error that some other part of the program, or the program itself, failed with: its first line. */
function foreignError(diagnostic: unknown): string[] {
  if (!isPlainObject(diagnostic) || diagnostic.severity !== "error") return [];
  // Colours stand in markup of the engine's own.
  const text = String(diagnostic.message).replace(/<\{%.*?%\}>/g, "");
  const code = /^(?:error: )?([\w-]+):/.exec(text)?.[1] ?? "";
  if (ownErrors.includes(code)) return [];
  const line = oneLine(text.split("\n").find((candidate) => candidate.trim() !== "") ?? "an error without a message");
  return [line.replace(/^error: /, "").replace(/\.$/, "")];
}

function nothingShown(notShown: number): string {
  const none = "the preview shows no email server profile and no mailbox binding";
  if (notShown === 0) return none;
  return `${none}, and ${plural(notShown, "unchanged resource")} not at all: use pulumi preview --json --show-sames`;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}

/** Without --show-sames the engine only counts what does not change. */
function unchanged({ changeSummary }: PlainObject): number {
  const same = isPlainObject(changeSummary) ? changeSummary.same : undefined;
  return typeof same === "number" ? same : 0;
}

function isUnchanged(step: unknown): boolean {
  return isPlainObject(step) && step.op === "same";
}
