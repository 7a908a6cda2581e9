import type { CheckedBinding } from "../model/binding";
import type { ProfileFacts } from "../model/facts";
import { isEmailSystem, mailSystems, type MailSystem } from "../model/mailSystems";
import type { CheckedOrganization } from "../model/organization";
import type { CheckedProfile } from "../model/profile";
import type { RuleId } from "../model/ruleIds";
import { isKnown, known, type Maybe } from "../model/unknown";
import type { ServerErrorName } from "./serverErrors";
import type { SupportRow } from "./supportRows";
import type { Trilean } from "./trilean";

export type Severity = "error" | "warning";

/** What rules may know beside the declaration. */
export interface RuleContext {
  /** The same resource as it was last applied. */
  previous?: { processEmailsReceivedAfter: Maybe<string> | null };
  /** Today's date, `YYYY-MM-DD` or RFC 3339. Rules have no clock of their own. */
  today?: string;
  /** Dotted paths of what the declaration keeps secret. Rules judge it, but messages never name it. */
  secrets?: ReadonlySet<string>;
}

/** What a binding knows of its profile, too. */
export type JudgedProfile = Omit<ProfileFacts, "id" | "credentialsRevision">;

/** What a rule judges: a profile, or a profile together with one mailbox. */
export interface Subject extends RuleContext {
  organization: CheckedOrganization;
  profile: JudgedProfile;
}
export interface ProfileSubject extends Subject {
  profile: CheckedProfile;
}
export interface MailboxSubject extends Subject {
  mailbox: CheckedBinding;
}

/** What every rule has, and what tables and reports show of it. */
export interface RuleDescription {
  id: RuleId;
  /** When it fires: half a sentence for tables and reports. */
  when: string;
  /** Rows of the support pages that it judges. */
  rows?: readonly SupportRow[];
  /** Errors of the Dynamics server that it foresees. */
  serverErrors?: readonly ServerErrorName[];
  /** The page that says so. */
  reference: string;
  /** A stack is told once, however many resources it applies to. */
  oncePerStack?: boolean;
}

/** A rule over one subject. */
export interface RuleBase<S> extends RuleDescription {
  /** The page that says so of this declaration, where it is not the same for all. */
  source?: (subject: S) => string | undefined;
  severity: Severity | ((subject: S) => Severity);
  /** Whether `acceptRisks` may accept it. What the platform itself refuses cannot be accepted. Default false. */
  acceptable?: boolean | ((subject: S) => boolean);
  /** The property that the finding points at. */
  path: string | ((subject: S) => string);
  /** Facts, as dotted paths below profile, mailbox or organization, in the order in which a reader should declare them. */
  needs: readonly string[];
  /** True: a finding. False: passed. Undefined: one of the needed facts is unknown or was never declared. */
  applies: (subject: S) => Trilean;
  /** One sentence with the declaration's own values. */
  message: (subject: S) => string;
  remedy: string | ((subject: S) => string);
}

/** Judged on the profile alone, and reported there. */
export interface ProfileRule extends RuleBase<ProfileSubject> {
  scope: "profile";
}
/** Judged for a mailbox together with its profile, and reported on the binding. */
export interface MailboxRule extends RuleBase<MailboxSubject> {
  scope: "mailbox";
}
/** Judged over all mailboxes of a stack, and reported on each binding concerned. */
export interface StackRule extends RuleDescription {
  scope: "stack";
  severity: Severity;
  acceptable: boolean;
  path: string;
  remedy: string;
  /** Facts that the key is made of, as dotted paths. */
  needs: readonly string[];
  /** Mailboxes with the same key are compared; undefined: a fact is not known yet. */
  key: (subject: MailboxSubject) => string | undefined;
  /** Mailboxes of one key clash where their kinds differ; undefined: not concerned. Without kinds any two of them clash. */
  kind?: (subject: MailboxSubject) => string | undefined;
  message: (subject: MailboxSubject, other: MailboxSubject, otherName: string | undefined) => string;
}
export type Rule = ProfileRule | MailboxRule | StackRule;

export const supportPage =
  "https://learn.microsoft.com/dynamics365/customerengagement/on-premises/admin/supported-email-service-configurations-server-side-synchronization?view=op-9-1";
export const onlineSupportPage =
  "https://learn.microsoft.com/power-platform/admin/supported-email-service-configurations-server-side-synchronization";

export const errorCodesPage =
  "https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes";

/** The Email Router was the fallback for what server-side synchronization refuses; it was deprecated in July 2018. */
export const noEmailRouter = "The Email Router, once the way out, no longer works.";

/**
 * A leaf of a declaration for messages. Every message that names one takes it from here, because it may be secret.
 *
 * @param path dotted path below the mailbox or the profile
 */
export function told<T>(
  { secrets }: RuleContext,
  path: string,
  value: Maybe<T> | null | undefined,
  text: (value: T) => string = String,
): string {
  if (secrets !== undefined && isSecretPath(secrets, path)) return "[secret]";
  return isKnown(value) ? text(value) : "a value not known yet";
}

/** What stands below a secret is secret, too. */
function isSecretPath(secrets: ReadonlySet<string>, path: string): boolean {
  const keys = path.split(".");
  return keys.some((_key, index) => secrets.has(keys.slice(0, index + 1).join(".")));
}

export function systemOf(subject: Subject): MailSystem {
  const id: string = known(subject.profile.emailSystem) ?? "other";
  return isEmailSystem(id) ? mailSystems[id] : mailSystems.other;
}
