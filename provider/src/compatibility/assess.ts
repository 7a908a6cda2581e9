import { bindingSchema, normalizeBinding, type CheckedBinding } from "../model/binding";
import { normalizeProfile, withoutSecrets } from "../model/normalizeProfile";
import { parse } from "../model/parse";
import { isPlainObject, sameValue, type PlainObject } from "../model/plain";
import { profileSchema, type CheckedProfile } from "../model/profile";
import { requireConfiguration, requireConfigurations, requireDate, type Configuration } from "./configuration";
import type { Assessment } from "./finding";
import { judge } from "./judge";
import type { JudgedProfile, RuleContext } from "./rule";
import { StackAssessment, type FindingOf } from "./stackAssessment";
import { mailboxSubject, profileSubject } from "./subjects";
import { mailboxScopeRules, profileRules, sharedRuleIds, stackRuleIds } from "./table";

/** What an assessment may know beside the declaration; without it, the rules that need it are not judged. */
export interface AssessmentContext {
  /** The same declaration as it was last applied. */
  previous?: Partial<Configuration> | null;
  /** Today's date, `YYYY-MM-DD`. An assessment has no clock of its own. */
  today?: string;
}

/** Judges a checked profile by what needs only the profile and its organization. */
export function assessProfile(profile: CheckedProfile, context: RuleContext = {}): Assessment {
  return judge(profileRules, profileSubject(profile, context), profile.acceptRisks);
}

/** Judges a mailbox together with its profile, or the profile's facts; what the profile alone decides is reported there. */
export function assessMailbox(profile: JudgedProfile, mailbox: CheckedBinding, context: RuleContext = {}): Assessment {
  return judge(mailboxScopeRules, mailboxSubject(profile, mailbox, context), mailbox.acceptRisks, stackRuleIds);
}

/**
 * Judges a profile, and a mailbox with it where one is given. Pure: no network, no clock.
 *
 * @throws ServerSideSyncError `invalid-arguments` where the declaration itself is malformed
 */
export function assessCompatibility(configuration: Configuration, context: AssessmentContext = {}): Assessment {
  requireConfiguration(configuration, "assessCompatibility");
  const { today, previous } = context;
  requireDate(today);
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
  requireConfigurations(configurations, "assessStack");
  requireDate(context.today);
  const profiles = new JudgedProfiles(context);
  const stack = new StackAssessment<number>();
  const found: FindingOf<number>[] = [];
  const assessments = configurations.map((configuration, index) => {
    const known = profiles.of(configuration.profile);
    const { profile } = known;
    const mailbox = readMailbox(configuration, profile);
    const assessment = merged(
      known.assessment,
      mailbox === undefined ? nothingSaid : assessMailbox(profile, mailbox, context),
    );
    const member = mailbox && { subject: mailboxSubject(profile, mailbox), name: configuration.name };
    found.push(...stack.add(index, { organization: profile.organization, assessment, mailbox: member }));
    return assessment;
  });
  // What is told of a stack takes the place of what was found alone.
  for (const assessment of assessments) assessment.findings = [];
  for (const { of, finding } of [...found, ...stack.unused()]) assessments[of]?.findings.push(finding);
  for (const { of, passed, notJudged } of stack.verdicts()) {
    assessments[of]?.passed.push(...passed);
    assessments[of]?.notJudged.push(...notJudged);
  }
  return assessments;
}

const nothingSaid: Assessment = { findings: [], passed: [], notJudged: [] };

interface JudgedOnce {
  declared: Configuration["profile"];
  profile: CheckedProfile;
  assessment: Assessment;
}

/** Bindings share profiles: as one object, or as objects that a loop writes out again and again. */
class JudgedProfiles {
  private readonly byIdentity = new Map<object, JudgedOnce>();
  private readonly recent: JudgedOnce[] = [];

  constructor(private readonly context: { today?: string }) {}

  of(declared: Configuration["profile"]): JudgedOnce {
    const known = this.byIdentity.get(declared) ?? this.recent.find((other) => sameValue(other.declared, declared));
    const judged = known ?? this.judge(declared);
    this.byIdentity.set(declared, judged);
    return judged;
  }

  private judge(declared: Configuration["profile"]): JudgedOnce {
    const profile = readProfile(declared);
    const judged = { declared, profile, assessment: assessProfile(profile, this.context) };
    this.recent.unshift(judged);
    this.recent.length = Math.min(this.recent.length, mostCompared);
    return judged;
  }
}
/** Each new profile is compared with this many; more would cost what they save. */
const mostCompared = 16;

/** A rule with an entry for profiles and one for mailboxes has one verdict: the worse. */
function merged(ofProfile: Assessment, ofMailbox: Assessment): Assessment {
  const findings = [...ofProfile.findings, ...ofMailbox.findings];
  const said = new Set<string>();
  for (const { rule } of findings) said.add(rule);
  const notJudged = [...ofProfile.notJudged, ...ofMailbox.notJudged].filter(({ rule }) => {
    const isNew = !said.has(rule);
    said.add(rule);
    return isNew;
  });
  const passed = ofProfile.passed.filter((rule) => !said.has(rule));
  for (const rule of ofMailbox.passed) if (!said.has(rule) && !sharedRuleIds.has(rule)) passed.push(rule);
  return { findings, passed, notJudged };
}

function readProfile(declared: Configuration["profile"]): CheckedProfile {
  return normalizeProfile(parse("profile", profileSchema, declaredPart(declared, profileSchema)));
}

function readMailbox({ mailbox }: Configuration, profile: CheckedProfile): CheckedBinding | undefined {
  if (mailbox === undefined || mailbox === null) return undefined;
  const declared = parse("mailbox", bindingSchema, declaredPart(mailbox, bindingSchema));
  return normalizeBinding(declared, profile.organization.backend);
}

/** Only dates are compared with what was applied last. */
function previously(
  declared: { processEmailsReceivedAfter?: unknown } | null | undefined,
): Pick<RuleContext, "previous"> {
  if (declared === undefined || declared === null) return {};
  const { processEmailsReceivedAfter } = declared as { processEmailsReceivedAfter?: string | null };
  return { previous: { processEmailsReceivedAfter: processEmailsReceivedAfter ?? null } };
}

/** Checked inputs carry what the runtime added, and their "same settings" lack the secrets; a declaration has neither. */
function declaredPart(value: object, schema: { shape: object }): PlainObject {
  const isAdded = (key: string) => added.has(key) && !(key in schema.shape);
  const part = Object.keys(value).some(isAdded)
    ? Object.fromEntries(Object.entries(value).filter(([key]) => !isAdded(key)))
    : (value as PlainObject);
  const { useSameSettingsForOutgoing, incoming, outgoing } = part as Partial<CheckedProfile>;
  if (useSameSettingsForOutgoing !== true || !isPlainObject(incoming) || !isPlainObject(outgoing)) return part;
  const handedOver = sameValue(outgoing.credentials, withoutSecrets(incoming.credentials ?? null));
  return handedOver ? { ...part, outgoing: { ...outgoing, credentials: undefined } } : part;
}
const added = new Set([
  "identity",
  "credentialsRevision",
  "findings",
  "problems",
  "profile",
  "profileCredentials",
  "secretPaths",
  "__provider",
]);
