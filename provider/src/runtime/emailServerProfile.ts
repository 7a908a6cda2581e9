import { assessProfile } from "../compatibility/assess";
import type { RuleContext } from "../compatibility/rule";
import type { Backend } from "../backends/backend";
import { backendFor } from "../backends/backendFor";
import { secretProperties } from "../model/credentials";
import { isFailed } from "../model/failureLines";
import { normalizeProfile } from "../model/normalizeProfile";
import { validate } from "../model/parse";
import { at, containsUnknown, isPlainObject, sameValue, type PlainObject } from "../model/plain";
import type { CheckedOrganization } from "../model/organization";
import { profileSchema, type CheckedProfile } from "../model/profile";
import type { Maybe } from "../model/unknown";
import { adapt } from "./adapter";
import type { CheckOutcome, ResourceHandler } from "./handler";
import { recordId } from "./identity";
import { readConfig, resolveSecret } from "./config";

const computedInputs = ["identity", "credentialsRevision"];

/** An email server profile, as plain functions. */
export const emailServerProfileHandler: ResourceHandler = {
  inputKeys: [...Object.keys(profileSchema.shape), ...computedInputs],
  schemaVersion: 1,

  check(olds, news, secrets): CheckOutcome {
    const { identity: urn, credentialsRevision: _revision, ...declared } = news;
    const validated = validate(profileSchema, declared);
    if ("problems" in validated) return { inputs: news, problems: validated.problems, findings: [] };
    const profile = normalizeProfile(validated.value);
    const { findings } = assessProfile(profile, { ...previousOf(olds), secrets });
    const inputs = {
      ...profile,
      identity: olds.identity ?? urn ?? null,
      credentialsRevision: nextRevision(olds, profile),
    };
    return { inputs, problems: [], findings };
  },

  replaces(olds, news) {
    const identifying = ["organization.backend", "organization.url", "adopt"];
    const changed = identifying.some((path) => !sameValue(at(olds, path), at(news, path)));
    if (!changed) return [];
    return sameValue(olds.adopt, news.adopt) ? ["organization"] : ["adopt"];
  },

  // A record whose making was cut off is finished by the next update.
  isUnhealthy: (outputs) => hasFailure(outputs.connectionResults) || (outputs.unfinished ?? null) !== null,
  id: (inputs) => recordId(checked(inputs).organization, inputs.identity as Maybe<string>),

  async create(id, inputs) {
    return backendOf(inputs).createProfile(id, checked(inputs), resolveSecret);
  },
  async update(id, olds, news) {
    const stillTested = !this.isUnhealthy(olds) && sameConnections(olds, news);
    const previous = { inputs: pick(olds, this.inputKeys), outputs: olds, stillTested };
    return backendOf(news).updateProfile(id, checked(news), previous, resolveSecret);
  },
  async read(id, outputs) {
    return backendOf(outputs).readProfile(id, outputs);
  },
  async delete(id, outputs) {
    await backendOf(outputs).deleteProfile(id, outputs);
  },
};

export const emailServerProfile = adapt(emailServerProfileHandler);

export function hasFailure(results: unknown): boolean {
  return Array.isArray(results) && results.some((result) => isPlainObject(result) && isFailed(result as never));
}

/** What rules may know of the resource as it was last applied. */
export function previousOf(olds: PlainObject): RuleContext {
  const { processEmailsReceivedAfter } = olds as { processEmailsReceivedAfter?: Maybe<string> };
  return { previous: { processEmailsReceivedAfter: processEmailsReceivedAfter ?? null } };
}

function backendOf({ organization }: PlainObject): Backend {
  return backendFor(organization as CheckedOrganization | undefined, readConfig);
}

export function pick(bag: PlainObject, keys: readonly string[]): PlainObject {
  return Object.fromEntries(keys.map((key) => [key, bag[key] ?? null]));
}

function checked(inputs: PlainObject): CheckedProfile {
  return inputs as unknown as CheckedProfile;
}

/** What the reachability of the servers depends on; a renamed profile is not tested again. */
function sameConnections(olds: PlainObject, news: PlainObject): boolean {
  return [
    "autodiscover",
    "incoming",
    "outgoing",
    "caCertificates",
    "testConnection",
    "organization.caCertificates",
  ].every((path) => sameValue(at(olds, path), at(news, path)));
}

/**
 * Counts the rotations of the profile's own credentials. It makes a rotation visible in the preview, and as one of the
 * facts it reaches every binding. A credential that is not known yet is taken for unchanged.
 */
function nextRevision(olds: PlainObject, profile: CheckedProfile): number {
  const before = typeof olds.credentialsRevision === "number" ? olds.credentialsRevision : 1;
  if (olds.credentialsRevision === undefined) return before;
  const changed = (["incoming", "outgoing"] as const).some((direction) =>
    secretProperties.some((property) => {
      const path = `${direction}.credentials.${property}`;
      const [old, now] = [at(olds, path), at(profile, path)];
      return !containsUnknown(now) && !containsUnknown(old) && !sameValue(old, now);
    }),
  );
  return changed ? before + 1 : before;
}
