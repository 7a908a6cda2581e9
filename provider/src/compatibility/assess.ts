import { bindingSchema, normalizeBinding, type CheckedBinding } from "../model/binding";
import { factsOf, type ProfileFacts } from "../model/facts";
import { normalizeProfile } from "../model/normalizeProfile";
import { parse } from "../model/parse";
import { isPlainObject, type PlainObject } from "../model/plain";
import { profileSchema, type CheckedProfile, type DeclaredProfile } from "../model/profile";
import type { AcceptedRisk } from "../model/acceptedRisk";
import type { DeclaredBinding } from "../model/binding";
import { availabilityRules, signInRule } from "./availability";
import type { Assessment, Finding } from "./finding";
import { judge } from "./judge";
import { mailboxRules } from "./mailboxRules";
import { profileRules } from "./profileRules";
import type { MailboxSubject, Rule } from "./rule";
import { serverMailboxRules, serverProfileRules } from "./serverRules";
import { assessTogether } from "./stackRules";

const allProfileRules = [...profileRules, ...serverProfileRules, ...availabilityRules];
const allMailboxRules = [...mailboxRules, ...serverMailboxRules, signInRule];

/** The compatibility rules of single declarations, as a table. */
export const rules: readonly Rule[] = [...allProfileRules, ...allMailboxRules];

/** A profile and, where one is bound, a mailbox: plain declarations or checked inputs alike. */
export interface Configuration {
  profile: DeclaredProfile | CheckedProfile;
  mailbox?: DeclaredBinding | CheckedBinding;
}

/** Judges a checked profile by what needs only the profile and its organization. */
export function assessProfile(facts: ProfileFacts, acceptRisks: readonly AcceptedRisk[] | null): Assessment {
  return judge(allProfileRules, { organization: facts.organization, profile: facts }, acceptRisks);
}

/** Judges a mailbox together with the facts of its profile; what the profile alone decides is reported there. */
export function assessMailbox(facts: ProfileFacts, mailbox: CheckedBinding): Assessment {
  const subject: MailboxSubject = { organization: facts.organization, profile: facts, mailbox };
  return judge<MailboxSubject>(allMailboxRules, subject, mailbox.acceptRisks);
}

/**
 * Judges a profile, and a mailbox with it where one is given. Pure: no network, no clock.
 *
 * @throws ServerSideSyncError `invalid-arguments` where the declaration itself is malformed
 */
export function assessCompatibility(configuration: Configuration): Assessment {
  const { profile, mailbox } = read(configuration);
  const ofProfile = assessProfile(factsOf(profile), profile.acceptRisks);
  if (mailbox === undefined) return ofProfile;
  const ofMailbox = assessMailbox(factsOf(profile), mailbox);
  return {
    findings: [...ofProfile.findings, ...ofMailbox.findings],
    passed: [...ofProfile.passed, ...ofMailbox.passed],
    notJudged: [...ofProfile.notJudged, ...ofMailbox.notJudged],
  };
}

/** Like {@link assessCompatibility} for each, with the rules over several mailboxes added. */
export function assessStack(configurations: readonly Configuration[]): Assessment[] {
  const checked = configurations.map(read);
  const subjects: MailboxSubject[] = [];
  const positions: number[] = [];
  checked.forEach(({ profile, mailbox }, index) => {
    if (mailbox === undefined) return;
    subjects.push({ organization: profile.organization, profile: factsOf(profile), mailbox });
    positions.push(index);
  });
  const together = new Map<number, Finding[]>();
  assessTogether(subjects).forEach((findings, i) => together.set(positions[i] ?? -1, findings));
  return configurations.map((configuration, index) => {
    const assessment = assessCompatibility(configuration);
    return { ...assessment, findings: [...assessment.findings, ...(together.get(index) ?? [])] };
  });
}

function read(configuration: Configuration): { profile: CheckedProfile; mailbox?: CheckedBinding } {
  const profile = normalizeProfile(parse("profile", profileSchema, declaredPart(configuration.profile, profileSchema)));
  if (configuration.mailbox === undefined) return { profile };
  const declared = parse("mailbox", bindingSchema, declaredPart(configuration.mailbox, bindingSchema));
  return { profile, mailbox: normalizeBinding(declared, profile.organization.backend) };
}

/** Checked inputs carry what the runtime added, and their "same settings" lack the secrets; a declaration has neither. */
function declaredPart(value: object, schema: { shape: object }): PlainObject {
  const added = ["identity", "credentialsRevision", "findings", "profile", "profileCredentials", "__provider"];
  const part = Object.fromEntries(Object.entries(value).filter(([key]) => key in schema.shape || !added.includes(key)));
  if (part.useSameSettingsForOutgoing !== true || !isPlainObject(part.outgoing)) return part;
  return { ...part, outgoing: { ...part.outgoing, credentials: undefined } };
}
