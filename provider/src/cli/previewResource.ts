import type { CheckedBinding } from "../model/binding";
import { judgeableFacts, readFacts } from "../model/facts";
import { withoutSecrets } from "../model/normalizeProfile";
import { at, isPlainObject, type PlainObject } from "../model/plain";
import type { CheckedConnection, CheckedProfile } from "../model/profile";
import { isUnknown, Unknown, type Maybe } from "../model/unknown";
import { decodeUnknowns } from "../runtime/sentinels";
import type { DeclaredResource } from "./declarations";
import { notUnderstood } from "./notUnderstood";

/** A resource of this package as a preview shows it: what will be, and what was. */
export interface ShownStates {
  kind: string;
  newState: PlainObject;
  oldState: PlainObject | undefined;
}

/** What the engine prints in the place of a secret. */
const mask = new Unknown("[secret]", "a secret, which the preview hides");
/** Plain values by design, which rules quote: a text like the mask is just a text there. */
const neverSecret: readonly string[] = ["organization", "acceptRisks", "problems", "findings"];

/** @throws ServerSideSyncError `input-not-understood` where the inputs are not those of a checked resource */
export function declarationOf(urn: string, { kind, newState, oldState }: ShownStates): DeclaredResource[] {
  const values = readInputs(newState);
  const problems = Array.isArray(values.problems) ? values.problems.map(String) : [];
  const common = { name: urn.split("::").at(-1) ?? urn, urn, problems, previous: previousOf(oldState) };
  if (kind === "EmailServerProfile") {
    if (problems.length > 0) return [{ kind, ...common }];
    const profile = withOutgoing(values);
    const hidden = Object.keys(profile).find(
      (key) => ["incoming", "outgoing"].includes(key) && isUnknown(profile[key]),
    );
    if (hidden !== undefined) return [{ kind, ...common, hidden }];
    requireProfile(urn, profile);
    return [{ kind, ...common, profile: profile as unknown as CheckedProfile }];
  }
  if (kind !== "MailboxBinding") return [];
  // Bound to a profile that is not known yet, it is judged in the update.
  if (problems.length > 0 || isUnknown(values.profile)) return [{ kind, ...common }];
  if (!isPlainObject(values.profile)) throw notChecked(urn);
  requireProfile(urn, readFacts(values.profile) as unknown as PlainObject);
  const profile = judgeableFacts(values.profile);
  if (profile === undefined) return [{ kind, ...common }];
  if (values.emailAddress === undefined) throw notChecked(urn);
  return [{ kind, ...common, bound: { profile, mailbox: values as unknown as CheckedBinding } }];
}

/** A resource without an old state is new: nothing can move back. */
function previousOf(oldState: PlainObject | undefined): DeclaredResource["previous"] {
  const { processEmailsReceivedAfter } = oldState === undefined ? {} : readInputs(oldState);
  return { processEmailsReceivedAfter: (processEmailsReceivedAfter ?? null) as Maybe<string> | null };
}

function readInputs({ inputs }: PlainObject): PlainObject {
  const values = decodeUnknowns(isPlainObject(inputs) ? inputs : {}) as PlainObject;
  return withMasks(values) as PlainObject;
}

function withMasks(value: unknown): unknown {
  if (value === mask.sentinel) return mask;
  if (Array.isArray(value)) return value.map(withMasks);
  if (!isPlainObject(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([key, entry]) => [key, neverSecret.includes(key) ? entry : withMasks(entry)]));
}

/** Settings that are handed over from a side with a secret are hidden as a whole, and are those of that side. */
function withOutgoing(values: PlainObject): PlainObject {
  const { incoming, outgoing, useSameSettingsForOutgoing } = values;
  const handedOver = isUnknown(outgoing) && useSameSettingsForOutgoing === true && at(incoming, "protocol") === "ews";
  if (!handedOver) return values;
  const { credentials } = incoming as CheckedConnection;
  return { ...values, outgoing: { ...(incoming as PlainObject), credentials: withoutSecrets(credentials) } };
}

/** Rules read these without asking. */
function requireProfile(urn: string, profile: PlainObject): void {
  if (!["organization", "incoming", "outgoing"].every((key) => isPlainObject(profile[key]))) throw notChecked(urn);
}

function notChecked(urn: string) {
  return notUnderstood(`the preview shows ${urn} without its checked inputs`);
}
