import { readFacts } from "../model/facts";
import { isPlainObject, type PlainObject } from "../model/plain";
import type { CheckedBinding } from "../model/binding";
import type { CheckedProfile } from "../model/profile";
import { decodeUnknowns } from "../runtime/sentinels";
import type { Declarations, DeclaredResource } from "./declarations";

const typePrefix = "pulumi-nodejs:dynamic/server-side-sync:";

/** True for what `pulumi preview --json` prints. */
export function isPreview(value: unknown): value is PlainObject {
  return isPlainObject(value) && (Array.isArray(value.steps) || isPlainObject(value.changeSummary));
}

/** The resources that a preview creates, updates or keeps, with their checked inputs. */
export function declarationsOfPreview(preview: PlainObject): Declarations {
  const steps = Array.isArray(preview.steps) ? (preview.steps as unknown[]) : [];
  const states = new Map<string, PlainObject>();
  for (const step of steps) {
    if (!isPlainObject(step) || !isPlainObject(step.newState) || typeof step.urn !== "string") continue;
    // A replacement has several steps for one resource; the last one holds what will be.
    if (String(step.newState.type).startsWith(typePrefix)) states.set(step.urn, step.newState);
  }
  const resources = [...states].flatMap(([urn, state]) => declarationOf(urn, state));
  return { resources, notShown: Math.max(0, unchanged(preview) - steps.filter(isUnchanged).length) };
}

/** Without --show-sames the engine only counts what does not change. */
function unchanged({ changeSummary }: PlainObject): number {
  const same = isPlainObject(changeSummary) ? changeSummary.same : undefined;
  return typeof same === "number" ? same : 0;
}

function isUnchanged(step: unknown): boolean {
  return isPlainObject(step) && step.op === "same";
}

function declarationOf(urn: string, { type, inputs }: PlainObject): DeclaredResource[] {
  const kind = String(type).slice(typePrefix.length);
  const values = decodeUnknowns(isPlainObject(inputs) ? inputs : {}) as PlainObject;
  const problems = Array.isArray(values.problems) ? values.problems.map(String) : [];
  const common = { name: urn.split("::").at(-1) ?? urn, urn, problems };
  if (kind === "EmailServerProfile") {
    const profile = problems.length === 0 ? { profile: values as unknown as CheckedProfile } : {};
    return [{ kind, ...common, ...profile }];
  }
  if (kind !== "MailboxBinding") return [];
  // Bound to a profile that is not known yet, it is judged in the update.
  if (problems.length > 0 || !isPlainObject(values.profile)) return [{ kind, ...common }];
  const mailbox = values as unknown as CheckedBinding;
  return [{ kind, ...common, bound: { profile: readFacts(values.profile), mailbox } }];
}
