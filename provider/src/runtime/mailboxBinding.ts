import { assessMailbox } from "../compatibility/assess";
import type { Finding } from "../compatibility/finding";
import { mailboxSubject } from "../compatibility/subjects";
import { StackJudge, type StackMember } from "../compatibility/stackJudge";
import { backendFor } from "../backends/backendFor";
import { bindingSchema, normalizeBinding, type CheckedBinding } from "../model/binding";
import { compactFacts, judgeableFacts, readFacts, type ProfileFacts } from "../model/facts";
import { factsSchema } from "../model/factsSchema";
import { organizationSchema } from "../model/organization";
import { parse, validate, type Problem } from "../model/parse";
import { at, containsUnknown, isPlainObject, sameValue, type PlainObject } from "../model/plain";
import { isUnknown, type Maybe } from "../model/unknown";
import { adapt } from "./adapter";
import { readConfig, resolveSecret } from "./config";
import { hasFailure, pick, previousOf } from "./emailServerProfile";
import type { CheckOutcome, ResourceHandler } from "./handler";
import { recordId } from "./identity";
import type { Backend, BoundMailbox } from "../backends/backend";

/** The engine starts one process for each operation, so this is what the operation has checked so far. */
const together = new StackJudge<StackMember & { name: string }>();
const checkedBefore = new Map<string, Finding[]>();

/** A mailbox binding, as plain functions. */
export const mailboxBindingHandler: ResourceHandler = {
  inputKeys: [...Object.keys(bindingSchema.shape), "profile", "profileCredentials", "identity"],
  schemaVersion: 1,

  check(olds, news, secrets): CheckOutcome {
    const { identity: urn, profile: sent, profileId, profileCredentials, ...declared } = news;
    const profile = withId(sent, profileId);
    const validated = validate(bindingSchema, declared);
    const problems: Problem[] = [...profileProblems(profile), ...("problems" in validated ? validated.problems : [])];
    if ("problems" in validated || problems.length > 0) return { inputs: news, problems, findings: [] };
    const facts = judgeableFacts(profile);
    const mailbox = normalizeBinding(validated.value, facts?.organization.backend);
    const unreachable = facts === undefined ? [] : accountProblems(facts, mailbox, profileCredentials);
    if (unreachable.length > 0) return { inputs: news, problems: unreachable, findings: [] };
    const context = { ...previousOf(olds), secrets };
    const findings = facts === undefined ? [] : assessMailbox(facts, mailbox, context).findings;
    const inputs = {
      profile: isPlainObject(profile) ? compactFacts(facts ?? readFacts(profile)) : profile,
      profileCredentials: profileCredentials ?? null,
      ...mailbox,
      identity: olds.identity ?? urn ?? null,
    };
    return { inputs, problems: [], findings };
  },

  checkTogether(inputs, identity, secrets): Finding[] {
    const { profile } = inputs;
    const facts = judgeableFacts(profile);
    if (typeof identity !== "string" || facts === undefined) return [];
    const before = checkedBefore.get(identity);
    if (before !== undefined) return before;
    const mailbox = inputs as unknown as CheckedBinding;
    const name = identity.split("::").at(-1) ?? identity;
    const found = together.add({ subject: mailboxSubject(facts, mailbox, { secrets }), name });
    const own = found.filter(({ member }) => member.name === name).map(({ finding }) => finding);
    checkedBefore.set(identity, own);
    return own;
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
  id: (inputs) => recordId(tested(inputs).profile.organization, inputs.identity as Maybe<string>),

  async create(id, inputs) {
    const mailbox = tested(inputs);
    return backendOf(mailbox).bindMailbox(id, mailbox, resolveSecret);
  },
  async update(id, olds, news) {
    const stillTested = !this.isUnhealthy(olds) && sameTest(olds, news);
    const mailbox = stillTested ? bound(news) : tested(news);
    const previous = { inputs: pick(olds, this.inputKeys), outputs: olds, stillTested };
    return backendOf(mailbox).rebindMailbox(id, mailbox, previous, resolveSecret);
  },
  async read(id, outputs) {
    return backendOf(bound(outputs)).readBinding(id, outputs);
  },
  async delete(id, outputs) {
    await backendOf(bound(outputs)).releaseMailbox(id, outputs);
  },
};

export const mailboxBinding = adapt(mailboxBindingHandler);

/** A profile whose facts are all plain sends them as one, and its id beside them; with ignoreChanges those of before have one. */
function withId(profile: unknown, id: unknown): unknown {
  return isPlainObject(profile) ? { ...profile, id: profile.id ?? id } : profile;
}

function profileProblems(profile: unknown): Problem[] {
  if (isUnknown(profile) || (isPlainObject(profile) && containsUnknown(profile.organization))) return [];
  if (isPlainObject(profile) && isPlainObject(profile.organization)) {
    const validated = validate(organizationSchema, profile.organization);
    const problems = "problems" in validated ? validated.problems : [];
    return problems.map(({ path, message }) => ({ path: `profile.organization.${path}`, message }));
  }
  const message =
    "is required: an EmailServerProfile, or the facts of one. From a StackReference, this output does not exist there";
  return [{ path: "profile", message }];
}

/** What proves an account of the profile, by its source. With a key in Azure Key Vault nothing is tested, and nothing is missing. */
const forwardedSecrets = new Map<unknown, readonly string[]>([
  ["email-server-profile", ["password"]],
  ["oauth", ["clientSecret", "certificate", "keyVault.uri"]],
  ["exchange-hybrid-modern-auth", ["clientSecret", "certificate", "keyVault.uri"]],
]);

const isAbsent = (value: unknown) => value === undefined || value === null;

/** An account of the profile whose password does not come along: facts of another stack carry references only. */
function accountProblems(facts: ProfileFacts, mailbox: CheckedBinding, accounts: unknown): Problem[] {
  const testsDirectly = facts.organization.backend === "direct" || mailbox.test.preflight;
  if (!testsDirectly || isUnknown(accounts)) return [];
  const lacking = (["incoming", "outgoing"] as const).filter((direction) => {
    const side = facts.useSameSettingsForOutgoing ? "incoming" : direction;
    const { credentials } = facts[side];
    const properties = forwardedSecrets.get(credentials?.source) ?? [];
    if (mailbox[`${direction}Email`] !== "server-side-sync" || properties.length === 0) return false;
    return [at(accounts, side), ...properties.map((path) => at(credentials, path))].every(isAbsent);
  });
  if (lacking.length === 0) return [];
  const message = `the profile's own account signs in for ${lacking.join(" and ")} email, but its password or secret did not reach this binding: bind to the EmailServerProfile itself, or declare it there as a reference ({ env } or { config }); facts from another stack carry no secrets`;
  return [{ path: "profile", message }];
}

/** What a test relies on; in a preview a profile that is declared wrongly has said so itself. */
function tested(inputs: PlainObject): BoundMailbox {
  parse("The profile of this binding", factsSchema, inputs.profile);
  return bound(inputs);
}

function bound(inputs: PlainObject): BoundMailbox {
  const { profile } = inputs;
  return { ...inputs, profile: isPlainObject(profile) ? readFacts(profile) : profile } as unknown as BoundMailbox;
}

function backendOf({ profile }: { profile?: Partial<ProfileFacts> }): Backend {
  return backendFor(profile?.organization, readConfig);
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
