import { isKnown, type Maybe } from "../../model/unknown";
import {
  errorCodesPage,
  told,
  type MailboxRule,
  type MailboxSubject,
  type ProfileRule,
  type ProfileSubject,
  type Subject,
} from "../rule";
import type { Trilean } from "../trilean";

const dayMs = 86_400_000;

type DateOf<S> = (subject: S) => Maybe<string> | null;

/** "Process Emails Received After" of a profile (a date and time) and of a mailbox (a date): the same two rules. */
function dateRules<S extends Subject>(dateOf: DateOf<S>) {
  const movesBack = (subject: S): Trilean => {
    const [date, previous] = [dateOf(subject), subject.previous];
    if (date === null) return false;
    if (previous === undefined) return undefined;
    if (previous.processEmailsReceivedAfter === null) return false;
    if (!isKnown(date) || !isKnown(previous.processEmailsReceivedAfter)) return undefined;
    return compared(Date.parse(previous.processEmailsReceivedAfter) - Date.parse(date), 0);
  };
  const tooOld = (subject: S): Trilean => {
    const date = dateOf(subject);
    if (date === null) return false;
    const [today, days] = [subject.today, maximumDays(subject)];
    if (today === undefined || days === undefined) return undefined;
    return isKnown(date) ? compared(Date.parse(today) - Date.parse(date), days * dayMs) : undefined;
  };
  const common = { severity: "warning", acceptable: true, path: "processEmailsReceivedAfter" } as const;
  return [
    {
      ...common,
      id: "process-after-moves-back",
      when: "An earlier date than before from which emails are processed",
      needs: ["processEmailsReceivedAfter", "previous"],
      applies: movesBack,
      message: (subject: S) =>
        `Emails are to be processed from ${told(subject, "processEmailsReceivedAfter", dateOf(subject))} on, which is earlier than before: old emails become activities.`,
      remedy: "Keep the later date unless old emails are wanted; then accept the risk.",
      reference:
        "https://github.com/MicrosoftDocs/dynamics-365-customer-engagement/blob/0008f42d3443534ed825c2ed6b2cf1e6dac2fae1/ce/customerengagement/on-premises/admin/connect-dynamics-365-on-premises-exchange-online.md",
    },
    {
      ...common,
      id: "process-after-too-old",
      when: "A date from which emails are processed that is older than the deployment allows",
      serverErrors: ["InvalidValueProcessEmailAfter"],
      needs: ["processEmailsReceivedAfter", "organization.deploymentSettings.processEmailSinceMaximumDays", "today"],
      applies: tooOld,
      message: (subject: S) =>
        `Emails are to be processed from ${told(subject, "processEmailsReceivedAfter", dateOf(subject))} on, but the deployment goes back ${maximumDays(subject) ?? 0} days at most (ProcessEmailSinceMaximumDaysAllowed).`,
      remedy: "Use a later date, or raise the deployment's setting.",
      reference: errorCodesPage,
    },
  ] as const;
}

/** What is no date decides nothing. */
function compared(difference: number, bound: number): Trilean {
  return Number.isNaN(difference) ? undefined : difference > bound;
}

function maximumDays({ organization }: Subject): number | undefined {
  return organization.deploymentSettings?.processEmailSinceMaximumDays;
}

export const profileDateRules: readonly ProfileRule[] = dateRules<ProfileSubject>(
  ({ profile }) => profile.processEmailsReceivedAfter,
).map((rule) => ({ ...rule, scope: "profile" }));

export const mailboxDateRules: readonly MailboxRule[] = dateRules<MailboxSubject>(
  ({ mailbox }) => mailbox.processEmailsReceivedAfter,
).map((rule) => ({ ...rule, scope: "mailbox" }));
