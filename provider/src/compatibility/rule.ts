import type { CheckedBinding } from "../model/binding";
import type { ProfileFacts } from "../model/facts";
import { isEmailSystem, mailSystems, type MailSystem } from "../model/mailSystems";
import type { CheckedOrganization } from "../model/organization";
import type { RuleId } from "../model/ruleIds";
import { known } from "../model/unknown";
import type { Trilean } from "./trilean";

export type Severity = "error" | "warning";

/** What a rule judges: a profile, or a profile together with one mailbox. */
export interface Subject {
  organization: CheckedOrganization;
  profile: ProfileFacts;
}
export interface MailboxSubject extends Subject {
  mailbox: CheckedBinding;
}

interface RuleBase<S> {
  id: RuleId;
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
  /** The page that says so. */
  reference: string;
}

/** Judged on the profile alone, and reported there. */
export interface ProfileRule extends RuleBase<Subject> {
  scope: "profile";
}
/** Judged for a mailbox together with its profile, and reported on the binding. */
export interface MailboxRule extends RuleBase<MailboxSubject> {
  scope: "mailbox";
}
export type Rule = ProfileRule | MailboxRule;

export const supportPage =
  "https://learn.microsoft.com/dynamics365/customerengagement/on-premises/admin/supported-email-service-configurations-server-side-synchronization?view=op-9-1";
export const onlineSupportPage =
  "https://learn.microsoft.com/power-platform/admin/supported-email-service-configurations-server-side-synchronization";

export const errorCodesPage =
  "https://learn.microsoft.com/power-apps/developer/data-platform/reference/web-service-error-codes";

/** The Email Router was the fallback for what server-side synchronization refuses; it was deprecated in July 2018. */
export const noEmailRouter = "The Email Router, once the way out, no longer works.";

export function systemOf(subject: Subject): MailSystem {
  const id: string = known(subject.profile.emailSystem) ?? "other";
  return isEmailSystem(id) ? mailSystems[id] : mailSystems.other;
}
