import type { CredentialSource } from "../model/credentials";
import { isKnown } from "../model/unknown";
import { protocolPair, usesExchange, usesInternetMail } from "./connections";
import { noEmailRouter, supportPage, systemOf, type MailboxRule, type MailboxSubject } from "./rule";
import { and, is, where, type Trilean } from "./trilean";

function hasExchangeOnlineProfile(subject: MailboxSubject): Trilean {
  return where(subject.profile.emailSystem, (system) => system === "exchange-online");
}

function hasExchangeServerProfile(subject: MailboxSubject): Trilean {
  return where(subject.profile.emailSystem, () => systemOf(subject).family === "exchange-server");
}

function belongsToUser({ mailbox }: MailboxSubject): boolean {
  return mailbox.regarding === null || (mailbox.regarding !== undefined && "user" in mailbox.regarding);
}

function manualTracking({ mailbox, organization }: MailboxSubject): boolean | undefined {
  return mailbox.manualTrackingInOutlook ?? organization.manualTrackingInOutlook;
}

function directionsWithoutCredentials({ profile, mailbox }: MailboxSubject): string[] {
  const perMailbox: readonly CredentialSource[] = ["user-or-queue"];
  const tested = [
    { label: "incoming", method: mailbox.incomingEmail, credentials: profile.incoming.credentials },
    { label: "outgoing", method: mailbox.outgoingEmail, credentials: profile.outgoing.credentials },
  ];
  if (mailbox.credentials !== null) return [];
  return tested
    .filter(
      ({ method, credentials }) =>
        method === "server-side-sync" && (credentials === null || perMailbox.includes(credentials.source)),
    )
    .map(({ label }) => label);
}

function consumesPassword({ profile, mailbox }: MailboxSubject): boolean {
  return mailbox.credentials?.type === "password" && profile.incoming.credentials?.source === "user-or-queue";
}

export const mailboxRules: readonly MailboxRule[] = [
  {
    id: "act-needs-exchange",
    scope: "mailbox",
    severity: "error",
    path: "appointmentsContactsTasks",
    needs: ["incoming.protocol", "outgoing.protocol"],
    applies: (subject) =>
      and(subject.mailbox.appointmentsContactsTasks === "server-side-sync", usesInternetMail(subject)),
    message: (subject) =>
      `Appointments, contacts, and tasks synchronize only with Exchange; this profile has ${protocolPair(subject)}.`,
    remedy: 'Set appointmentsContactsTasks: "none", or bind the mailbox to an Exchange profile.',
    reference: supportPage,
  },
  {
    id: "manual-tracking-with-pop-smtp",
    scope: "mailbox",
    severity: "error",
    acceptable: true,
    path: "manualTrackingInOutlook",
    needs: ["incoming.protocol", "outgoing.protocol", "manualTrackingInOutlook"],
    applies: (subject) =>
      and(
        subject.mailbox.incomingEmail === "server-side-sync" || subject.mailbox.outgoingEmail === "server-side-sync",
        belongsToUser(subject),
        usesInternetMail(subject),
        where(manualTracking(subject), (tracks) => tracks),
      ),
    message: (subject) =>
      `Manual tracking in Dynamics 365 for Outlook is not supported for a user's mailbox with ${protocolPair(subject)}.`,
    remedy: "Bind the mailbox to an Exchange profile, set manualTrackingInOutlook: false, or accept the risk.",
    reference: supportPage,
  },
  {
    id: "exchange-online-profile-for-on-premises-mailbox",
    scope: "mailbox",
    severity: "error",
    path: "hostedOn",
    needs: ["emailSystem", "hostedOn"],
    applies: (subject) => and(hasExchangeOnlineProfile(subject), is(subject.mailbox.hostedOn, "exchange-server")),
    message: () =>
      "An Exchange Online profile is not supported for a mailbox that lives on Exchange Server on-premises.",
    remedy: "Create an Exchange Server (Hybrid) profile, associate the mailbox with it, then test and enable.",
    reference: supportPage,
  },
  {
    id: "exchange-online-profile-for-external-mailbox",
    scope: "mailbox",
    severity: "error",
    path: "hostedOn",
    needs: ["emailSystem", "hostedOn"],
    applies: (subject) => and(hasExchangeOnlineProfile(subject), is(subject.mailbox.hostedOn, "external")),
    message: () => "An Exchange Online profile is not supported for a mailbox that points to an external mail server.",
    remedy:
      "Create a POP3/SMTP Server profile, associate the mailbox with it, then test and enable. " +
      `It synchronizes no appointments, contacts, and tasks. ${noEmailRouter}`,
    reference: supportPage,
  },
  {
    id: "exchange-server-profile-for-exchange-online-mailbox",
    scope: "mailbox",
    severity: "error",
    path: "hostedOn",
    needs: ["emailSystem", "hostedOn"],
    applies: (subject) => and(hasExchangeServerProfile(subject), is(subject.mailbox.hostedOn, "exchange-online")),
    message: (subject) => `An ${systemOf(subject).label} profile cannot reach a mailbox that lives in Exchange Online.`,
    remedy: "Bind the mailbox to the Exchange Online profile of the organization.",
    reference:
      "https://learn.microsoft.com/troubleshoot/power-platform/dataverse/email-exchange-synchronization/exception-when-using-server-side-sync",
  },
  {
    id: "hosted-on-required",
    scope: "mailbox",
    severity: "error",
    path: "hostedOn",
    needs: ["incoming.protocol", "outgoing.protocol"],
    applies: (subject) =>
      and(subject.organization.hybridExchange === true, usesExchange(subject), subject.mailbox.hostedOn === null),
    message: () =>
      "The organization has mailboxes both online and on-premises, and this binding does not say where its mailbox lives.",
    remedy: 'Set hostedOn to "exchange-online", "exchange-server" or "external", and bind to the profile of that side.',
    reference: supportPage,
  },
  {
    id: "credentials-missing",
    scope: "mailbox",
    severity: "error",
    path: "credentials",
    needs: ["incoming.credentials.source", "outgoing.credentials.source"],
    applies: (subject) =>
      and(subject.organization.backend === "direct", directionsWithoutCredentials(subject).length > 0),
    message: (subject) =>
      `The profile signs in with each mailbox's own credentials, and this binding has none for ${directionsWithoutCredentials(subject).join(" and ")} email.`,
    remedy: "Set credentials on the binding, or let the profile sign in with an account of its own.",
    reference: "https://learn.microsoft.com/power-platform/admin/connect-to-imap-servers",
  },
  {
    id: "consumer-microsoft-mail-needs-oauth",
    scope: "mailbox",
    severity: ({ organization }) => (organization.backend === "dynamics365" ? "error" : "warning"),
    acceptable: true,
    path: "credentials.type",
    needs: ["emailSystem", "incoming.credentials.source"],
    applies: (subject) =>
      and(
        where(subject.profile.emailSystem, () => systemOf(subject).family === "consumer-microsoft"),
        isKnown(subject.profile.incoming.credentials) ? consumesPassword(subject) : undefined,
      ),
    message: (subject) =>
      `${systemOf(subject).label} has taken no passwords from mail programs since 2024-09-16, only OAuth.`,
    remedy:
      "Use an access token, or another mail system: Dynamics 365 has no OAuth sign-in for consumer Microsoft mail.",
    reference:
      "https://support.microsoft.com/en-us/office/pop-imap-and-smtp-settings-8361e398-8af4-4e97-b147-6c6c4ac95353",
  },
];
