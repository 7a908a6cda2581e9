import { bindingSchema, normalizeBinding, type CheckedBinding, type DeclaredBinding } from "../model/binding";
import { normalizeProfile } from "../model/normalizeProfile";
import { parse } from "../model/parse";
import { isPlainObject, type PlainObject } from "../model/plain";
import { profileSchema, type CheckedProfile, type DeclaredProfile } from "../model/profile";
import type { Assessment, Finding } from "./finding";
import { judge } from "./judge";
import type { JudgedProfile, RuleContext } from "./rule";
import { mailboxSubject, StackAssessment, type FindingOf } from "./stackAssessment";
import { mailboxScopeRules, profileRules } from "./table";

/** A profile and, where one is bound, a mailbox: plain declarations or checked inputs alike. */
export interface Configuration {
  profile: DeclaredProfile | CheckedProfile;
  mailbox?: DeclaredBinding | CheckedBinding | undefined;
  /** Name of the binding, for messages about several of them. */
  name?: string | undefined;
}

/** What an assessment may know beside the declaration; without it, the rules that need it are not judged. */
export interface AssessmentContext {
  /** The same declaration as it was last applied. */
  previous?: Configuration;
  /** Today's date, `YYYY-MM-DD`. An assessment has no clock of its own. */
  today?: string;
}

/** Judges a checked profile by what needs only the profile and its organization. */
export function assessProfile(profile: CheckedProfile, context: RuleContext = {}): Assessment {
  return judge(profileRules, { organization: profile.organization, profile, ...context }, profile.acceptRisks);
}

/** Judges a mailbox together with its profile, or the profile's facts; what the profile alone decides is reported there. */
export function assessMailbox(profile: JudgedProfile, mailbox: CheckedBinding, context: RuleContext = {}): Assessment {
  return judge(mailboxScopeRules, { ...mailboxSubject(profile, mailbox), ...context }, mailbox.acceptRisks);
}

/**
 * Judges a profile, and a mailbox with it where one is given. Pure: no network, no clock.
 *
 * @throws ServerSideSyncError `invalid-arguments` where the declaration itself is malformed
 */
export function assessCompatibility(configuration: Configuration, context: AssessmentContext = {}): Assessment {
  const { today, previous } = context;
  const profile = readProfile(configuration.profile);
  const ofProfile = assessProfile(profile, { today, ...previously(previous?.profile) });
  const mailbox = readMailbox(configuration, profile);
  if (mailbox === undefined) return ofProfile;
  const ofMailbox = assessMailbox(profile, mailbox, { today, ...previously(previous?.mailbox) });
  return merged(ofProfile, ofMailbox);
}

/**
 * Like {@link assessCompatibility} for each, with the rules over several mailboxes added, and what is told once a stack
 * told on the first.
 *
 * @throws ServerSideSyncError `invalid-arguments` where a declaration is malformed
 */
export function assessStack(configurations: readonly Configuration[], context: { today?: string } = {}): Assessment[] {
  const profiles = new Map<object, { profile: CheckedProfile; assessment: Assessment }>();
  const stack = new StackAssessment<number>();
  const found: FindingOf<number>[] = [];
  const assessments = configurations.map((configuration, index) => {
    const known = profiles.get(configuration.profile) ?? judgedProfile(configuration.profile, context);
    profiles.set(configuration.profile, known);
    const { profile } = known;
    const mailbox = readMailbox(configuration, profile);
    const parts = mailbox === undefined ? [] : [assessMailbox(profile, mailbox, context)];
    const assessment = merged(known.assessment, ...parts);
    const member = mailbox && { subject: mailboxSubject(profile, mailbox), name: configuration.name };
    found.push(...stack.add(index, { organization: profile.organization, assessment, mailbox: member }));
    return assessment;
  });
  const findings = assessments.map((): Finding[] => []);
  for (const { of, finding } of [...found, ...stack.unused()]) findings[of]?.push(finding);
  return assessments.map((assessment, index) => ({ ...assessment, findings: findings[index] ?? [] }));
}

function judgedProfile(declared: Configuration["profile"], context: { today?: string }) {
  const profile = readProfile(declared);
  return { profile, assessment: assessProfile(profile, context) };
}

/** A rule with an entry for profiles and one for mailboxes has one verdict: the worse. */
function merged(...parts: readonly Assessment[]): Assessment {
  const findings = parts.flatMap((part) => part.findings);
  const found = new Set<string>(findings.map(({ rule }) => rule));
  const notJudged = parts.flatMap((part) => part.notJudged).filter(({ rule }) => !found.has(rule));
  for (const { rule } of notJudged) found.add(rule);
  const passed = [...new Set(parts.flatMap((part) => part.passed))].filter((rule) => !found.has(rule));
  return { findings, passed, notJudged };
}

function readProfile(declared: Configuration["profile"]): CheckedProfile {
  return normalizeProfile(parse("profile", profileSchema, declaredPart(declared, profileSchema)));
}

function readMailbox({ mailbox }: Configuration, profile: CheckedProfile): CheckedBinding | undefined {
  if (mailbox === undefined) return undefined;
  const declared = parse("mailbox", bindingSchema, declaredPart(mailbox, bindingSchema));
  return normalizeBinding(declared, profile.organization.backend);
}

/** Only dates are compared with what was applied last. */
function previously(declared: { processEmailsReceivedAfter?: unknown } | undefined): Pick<RuleContext, "previous"> {
  if (declared === undefined) return {};
  const { processEmailsReceivedAfter } = declared as { processEmailsReceivedAfter?: string | null };
  return { previous: { processEmailsReceivedAfter: processEmailsReceivedAfter ?? null } };
}

/** Checked inputs carry what the runtime added, and their "same settings" lack the secrets; a declaration has neither. */
function declaredPart(value: object, schema: { shape: object }): PlainObject {
  const part = Object.fromEntries(Object.entries(value).filter(([key]) => key in schema.shape || !added.has(key)));
  if (part.useSameSettingsForOutgoing !== true || !isPlainObject(part.outgoing)) return part;
  return { ...part, outgoing: { ...part.outgoing, credentials: undefined } };
}
const added = new Set([
  "identity",
  "credentialsRevision",
  "findings",
  "problems",
  "profile",
  "profileCredentials",
  "__provider",
]);
