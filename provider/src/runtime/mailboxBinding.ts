import { assessMailbox } from "../compatibility/assess";
import { backendFor } from "../backends/backendFor";
import { bindingSchema, normalizeBinding, type CheckedBinding } from "../model/binding";
import { readFacts, type ProfileFacts } from "../model/facts";
import { validate, type Problem } from "../model/parse";
import { at, isPlainObject, sameValue, type PlainObject } from "../model/plain";
import { isUnknown, type Maybe } from "../model/unknown";
import { adapt } from "./adapter";
import { resolveSecret } from "./config";
import { hasFailure, stored } from "./emailServerProfile";
import type { CheckOutcome, ResourceHandler } from "./handler";
import { recordId } from "./identity";
import type { BoundMailbox } from "../backends/backend";

/** A mailbox binding, as plain functions. */
export const mailboxBindingHandler: ResourceHandler = {
  inputKeys: [...Object.keys(bindingSchema.shape), "profile", "profileCredentials", "identity"],
  schemaVersion: 1,

  check(olds, news): CheckOutcome {
    const { identity: urn, profile, profileCredentials, ...declared } = news;
    const validated = validate(bindingSchema, declared);
    const problems: Problem[] = [...profileProblems(profile), ...("problems" in validated ? validated.problems : [])];
    if ("problems" in validated || problems.length > 0) return { inputs: news, problems, findings: [] };
    const facts = isPlainObject(profile) ? readFacts(profile) : undefined;
    const mailbox = normalizeBinding(validated.value, facts?.organization.backend);
    const findings = facts === undefined ? [] : assessMailbox(facts, mailbox).findings;
    const inputs = {
      profile: facts ?? profile,
      profileCredentials: profileCredentials ?? null,
      ...mailbox,
      identity: olds.identity ?? urn ?? null,
      findings: findings.map(stored),
    };
    return { inputs, problems: [], findings };
  },

  replaces(olds, news) {
    // A profile that is wholly unknown is being replaced itself: its successor may not be undone by our later delete.
    if (isUnknown(news.profile)) return ["profile"];
    if (
      ["backend", "url"].some(
        (key) => !sameValue(at(olds.profile, `organization.${key}`), at(news.profile, `organization.${key}`)),
      )
    ) {
      return ["profile"];
    }
    return ["emailAddress", "regarding"].filter((key) => !sameValue(olds[key], news[key]));
  },

  isUnhealthy: (outputs) => hasFailure(outputs.results),
  id: (inputs) => recordId(bound(inputs).profile.organization, inputs.identity as Maybe<string>),

  create: (id, inputs) => backendFor(bound(inputs).profile.organization).bindMailbox(id, bound(inputs), resolveSecret),
  async update(id, olds, news) {
    const backend = backendFor(bound(news).profile.organization);
    if (!this.isUnhealthy(olds) && sameTest(olds, news)) return backend.keepBinding(olds);
    return backend.rebindMailbox(id, bound(news), { inputs: pick(olds, this.inputKeys), outputs: olds }, resolveSecret);
  },
  read: (_id, outputs) => Promise.resolve(outputs),
  delete: () => Promise.resolve(),
};

export const mailboxBinding = adapt(mailboxBindingHandler);

function profileProblems(profile: unknown): Problem[] {
  if (isUnknown(profile) || (isPlainObject(profile) && isPlainObject(profile.organization))) return [];
  const message =
    "is required: an EmailServerProfile, or the facts of one. From a StackReference, this output does not exist there";
  return [{ path: "profile", message }];
}

function bound(inputs: PlainObject): BoundMailbox {
  return inputs as unknown as CheckedBinding & { profile: ProfileFacts } as BoundMailbox;
}

function pick(bag: PlainObject, keys: readonly string[]): PlainObject {
  return Object.fromEntries(keys.map((key) => [key, bag[key] ?? null]));
}

/** What Test & Enable depends on: profile facts, address, methods, credentials, triggers. Risks and notes are not among it. */
const testKeys = [
  "emailAddress",
  "incomingEmail",
  "outgoingEmail",
  "appointmentsContactsTasks",
  "credentials",
  "profileCredentials",
  "retestTriggers",
  "test.roundTrip",
  "test.writeAccess",
] as const;

function sameTest(olds: PlainObject, news: PlainObject): boolean {
  return (
    sameValue(testedFacts(olds.profile), testedFacts(news.profile)) &&
    testKeys.every((key) => sameValue(at(olds, key), at(news, key)))
  );
}

function testedFacts(profile: unknown): unknown {
  if (!isPlainObject(profile)) return profile;
  const { organization, id: _id, ...facts } = profile;
  return { ...facts, organization: ["backend", "url", "caCertificates"].map((key) => at(organization, key) ?? null) };
}
