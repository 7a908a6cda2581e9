import { domainToASCII } from "node:url";
import { isKnown } from "../../model/unknown";
import {
  directions,
  isOfFamily,
  isSystem,
  isTested,
  protocolPair,
  signsInAs,
  usesExchange,
  usesInternetMail,
} from "../connections";
import {
  errorCodesPage,
  noEmailRouter,
  supportPage,
  systemOf,
  told,
  type MailboxRule,
  type MailboxSubject,
} from "../rule";
import { and, is, where, type Trilean } from "../trilean";

const bothProtocols = ["incoming.protocol", "outgoing.protocol"];
const synchronizesItems = ({ mailbox }: MailboxSubject) => mailbox.appointmentsContactsTasks === "server-side-sync";
const hasExchangeOnlineProfile = (subject: MailboxSubject) => isSystem(subject, "exchange-online");

function isOf(kind: "user" | "queue" | "forwardMailbox", { mailbox }: MailboxSubject): boolean {
  return isKnown(mailbox.regarding) && kind in mailbox.regarding;
}
/** Undeclared is judged as a user's. */
const belongsToUser = (subject: MailboxSubject) => !isOf("queue", subject) && !isOf("forwardMailbox", subject);

function manualTracking({ mailbox, organization }: MailboxSubject): boolean | undefined {
  return mailbox.manualTrackingInOutlook ?? organization.manualTrackingInOutlook;
}

function methodsByOutlook({ mailbox }: MailboxSubject): string[] {
  return (["incomingEmail", "outgoingEmail"] as const).filter((method) => mailbox[method] === "outlook");
}

function outsideAllowedDomains({ mailbox, organization }: MailboxSubject): Trilean {
  const allowed = organization.allowedEmailDomains?.map(domainToASCII);
  if (allowed === undefined) return undefined;
  return where(mailbox.emailAddress, (address) => !allowed.includes(address.slice(address.lastIndexOf("@") + 1)));
}

const regardingText = (subject: MailboxSubject) => (isOf("queue", subject) ? "A queue" : "A forward mailbox");

/** Whose mailbox it is, where it lives, and what is to be synchronized. */
export const mailboxRules: readonly MailboxRule[] = [
  {
    id: "act-needs-exchange",
    scope: "mailbox",
    severity: "error",
    when: "Appointments, contacts, and tasks by server-side synchronization without Exchange",
    rows: ["S2", "O2"],
    serverErrors: ["MailboxUnsupportedEmailServerType"],
    path: "appointmentsContactsTasks",
    needs: bothProtocols,
    applies: (subject) => and(synchronizesItems(subject), usesInternetMail(subject)),
    message: (subject) =>
      `Appointments, contacts, and tasks synchronize only with Exchange; this profile has ${protocolPair(subject)}.`,
    remedy: 'Set appointmentsContactsTasks: "none", or bind the mailbox to an Exchange profile.',
    reference: supportPage,
  },
  {
    id: "act-needs-impersonation",
    scope: "mailbox",
    severity: "error",
    acceptable: true,
    when: "Appointments, contacts, and tasks with an account of the profile that does not impersonate",
    path: "appointmentsContactsTasks",
    needs: ["incoming.credentials.source", "incoming.useImpersonation"],
    applies: (subject) =>
      and(
        synchronizesItems(subject),
        usesExchange(subject),
        signsInAs(subject.profile.incoming, "email-server-profile"),
        is(subject.profile.incoming.useImpersonation, false),
      ),
    message: () =>
      "The profile's account does not impersonate, and without impersonation it synchronizes no appointments, contacts, and tasks of other mailboxes.",
    remedy:
      "Set incoming.useImpersonation: true on the profile and grant the account ApplicationImpersonation in Exchange, or accept the risk.",
    reference:
      "https://github.com/MicrosoftDocs/power-platform/blob/01803749f0fb4d31eea7c9dba0afbe3a0700635d/power-platform/admin/best-practices-server-side-synchronization.md",
  },
  {
    id: "act-for-queue",
    scope: "mailbox",
    severity: "warning",
    acceptable: true,
    when: "Appointments, contacts, and tasks of a queue or forward mailbox",
    path: "appointmentsContactsTasks",
    needs: [],
    applies: (subject) => and(synchronizesItems(subject), !belongsToUser(subject)),
    message: (subject) =>
      `${regardingText(subject)} has no appointments, contacts, and tasks of its own to synchronize.`,
    remedy: 'Set appointmentsContactsTasks: "none".',
    reference:
      "https://github.com/MicrosoftDocs/dynamics-365-customer-engagement/blob/00a33f2154210c0daa439c6da1b575c3f7e94162/ce/customerengagement/on-premises/admin/create-forward-mailboxes-edit-mailboxes.md",
  },
  {
    id: "manual-tracking-with-pop-smtp",
    scope: "mailbox",
    severity: "error",
    acceptable: true,
    when: "Manual tracking in Dynamics 365 for Outlook, a user's mailbox over POP3, IMAP or SMTP",
    rows: ["S7"],
    path: "manualTrackingInOutlook",
    needs: [...bothProtocols, "manualTrackingInOutlook"],
    applies: (subject) =>
      and(
        directions.some((direction) => isTested(subject, direction)),
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
    when: "An Exchange Online profile on a mailbox of Exchange Server on-premises",
    rows: ["S9"],
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
    when: "An Exchange Online profile on a mailbox that points to an external mail server",
    rows: ["S10"],
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
    when: "An Exchange Server profile on a mailbox of Exchange Online",
    rows: ["S6"],
    path: "hostedOn",
    needs: ["emailSystem", "hostedOn"],
    applies: (subject) => and(isOfFamily(subject, "exchange-server"), is(subject.mailbox.hostedOn, "exchange-online")),
    message: (subject) => `An ${systemOf(subject).label} profile cannot reach a mailbox that lives in Exchange Online.`,
    remedy: "Bind the mailbox to the Exchange Online profile of the organization.",
    reference:
      "https://learn.microsoft.com/troubleshoot/power-platform/dataverse/email-exchange-synchronization/exception-when-using-server-side-sync",
  },
  {
    id: "hosted-on-required",
    scope: "mailbox",
    severity: "error",
    when: "An organization with mailboxes both online and on-premises, and a binding that does not say where its mailbox lives",
    rows: ["S6", "S9"],
    path: "hostedOn",
    needs: bothProtocols,
    applies: (subject) =>
      and(subject.organization.hybridExchange === true, usesExchange(subject), subject.mailbox.hostedOn === null),
    message: () =>
      "The organization has mailboxes both online and on-premises, and this binding does not say where its mailbox lives.",
    remedy: 'Set hostedOn to "exchange-online", "exchange-server" or "external", and bind to the profile of that side.',
    reference: supportPage,
  },
  {
    id: "queue-by-outlook",
    scope: "mailbox",
    severity: "error",
    when: "A queue's email by Outlook",
    serverErrors: ["QueueMailboxUnexpectedDeliveryMethod"],
    path: (subject) => methodsByOutlook(subject)[0] ?? "incomingEmail",
    needs: [],
    applies: (subject) => isOf("queue", subject) && methodsByOutlook(subject).length > 0,
    message: (subject) => `A queue's email cannot be synchronized by Outlook: ${methodsByOutlook(subject).join(", ")}.`,
    remedy: 'Use "server-side-sync" or "none".',
    reference: errorCodesPage,
  },
  {
    id: "forward-mailbox-incoming",
    scope: "mailbox",
    severity: "error",
    when: "A forward mailbox whose incoming email comes by Outlook or by another forward mailbox",
    serverErrors: ["ForwardMailboxUnexpectedIncomingDeliveryMethod"],
    path: "incomingEmail",
    needs: [],
    applies: (subject) =>
      isOf("forwardMailbox", subject) && ["outlook", "forward-mailbox"].includes(subject.mailbox.incomingEmail),
    message: ({ mailbox }) =>
      `A forward mailbox receives by server-side synchronization or not at all, not by "${mailbox.incomingEmail}".`,
    remedy: 'Use "server-side-sync" or "none".',
    reference: errorCodesPage,
  },
  {
    id: "forward-mailbox-outgoing",
    scope: "mailbox",
    severity: "error",
    when: "Outgoing email of a forward mailbox",
    serverErrors: ["ForwardMailboxUnexpectedOutgoingDeliveryMethod", "OutgoingNotAllowedForForwardMailbox"],
    path: "outgoingEmail",
    needs: [],
    applies: (subject) => isOf("forwardMailbox", subject) && subject.mailbox.outgoingEmail !== "none",
    message: ({ mailbox }) =>
      `A forward mailbox only receives; its outgoing email cannot be "${mailbox.outgoingEmail}".`,
    remedy: 'Set outgoingEmail: "none".',
    reference: errorCodesPage,
  },
  {
    id: "delete-emails-on-user-mailbox",
    scope: "mailbox",
    severity: "error",
    when: "Deleting the emails of a user's mailbox after processing",
    serverErrors: ["MailboxCannotDeleteEmails"],
    path: "deleteEmailsAfterProcessing",
    needs: [],
    applies: (subject) => subject.mailbox.deleteEmailsAfterProcessing === true && belongsToUser(subject),
    message: () => "Emails of a user's mailbox cannot be deleted after processing.",
    remedy: "Remove deleteEmailsAfterProcessing; it is for queues and forward mailboxes.",
    reference: errorCodesPage,
  },
  {
    id: "address-outside-allowed-domains",
    scope: "mailbox",
    severity: "error",
    when: "An address outside the domains that the organization allows",
    path: "emailAddress",
    needs: ["organization.allowedEmailDomains", "emailAddress"],
    applies: outsideAllowedDomains,
    message: (subject) =>
      `The address ${told(subject, "emailAddress", subject.mailbox.emailAddress)} is outside the domains that this organization allows: ${(subject.organization.allowedEmailDomains ?? []).join(", ")}.`,
    remedy: "Use an address of an allowed domain, or add its domain to allowedEmailDomains of the organization.",
    reference: "https://www.npmjs.com/package/pulumi-server-side-sync",
  },
];
