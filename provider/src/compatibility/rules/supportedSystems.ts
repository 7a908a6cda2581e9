import type { EmailSystem, MailSystem } from "../../model/mailSystems";
import type { ServerType } from "../../model/profile";
import { known } from "../../model/unknown";
import { anySide, isOfFamily, isSystem, protocolLabel, sidesText, usesInternetMail } from "../connections";
import {
  noEmailRouter,
  onlineSupportPage,
  supportPage,
  systemOf,
  type ProfileRule,
  type ProfileSubject,
  type Subject,
} from "../rule";
import { and, is, or, where, type Trilean } from "../trilean";

const online = (subject: Subject) => subject.organization.deployment === "online";

function underFips(subject: Subject): Trilean {
  return online(subject) || where(subject.organization.fips, (fips) => fips);
}

function isConsumerMicrosoft(subject: Subject): boolean {
  return systemOf(subject).family === "consumer-microsoft";
}

/** Online lists Gmail and Yahoo! Mail as supported, so their compliance is not in doubt there. */
function passesFipsOnline(subject: Subject): boolean {
  return online(subject) && systemOf(subject).family === "internet";
}

function isKnownNotCompliant(subject: Subject): boolean {
  return isConsumerMicrosoft(subject) || subject.profile.fipsCompliant === false;
}

const typesOf: Readonly<Record<MailSystem["family"], readonly ServerType[]>> = {
  "exchange-online": ["exchange-online", "exchange-online-hybrid", "pop3-smtp", "imap-smtp"],
  "exchange-server": ["exchange-server", "exchange-server-hybrid", "pop3-smtp", "imap-smtp"],
  "consumer-microsoft": ["pop3-smtp", "imap-smtp"],
  internet: ["pop3-smtp", "imap-smtp"],
  other: ["exchange-server", "exchange-server-hybrid", "pop3-smtp", "imap-smtp"],
};

function typesFor(subject: Subject): readonly ServerType[] {
  const types = typesOf[systemOf(subject).family];
  return online(subject) ? types : types.filter((type) => type !== "exchange-online");
}

const speaksNoEws = (subject: Subject) =>
  and(
    isOfFamily(subject, "internet", "consumer-microsoft"),
    anySide(subject, ({ protocol }) => is(protocol, "ews")),
  );
const typeOf = ({ profile }: ProfileSubject) => profile.serverType;

/** Ends of support by the owner of Exchange Server; dates are stated, never judged by the clock. */
const endsOfSupport: Readonly<Partial<Record<EmailSystem, string>>> = {
  "exchange-server-2010": "2020-10-13",
  "exchange-server-2013": "2023-04-11",
  "exchange-server-2016": "2025-10-14",
  "exchange-server-2019": "2025-10-14",
};

/** Which mail systems are supported, by which deployment, under which conditions. */
export const supportedSystemRules: readonly ProfileRule[] = [
  {
    id: "exchange-server-2003-2007",
    scope: "profile",
    severity: "error",
    when: "Exchange Server 2003 or 2007",
    rows: ["S13", "O9"],
    serverErrors: ["UnsupportedEmailServer"],
    path: "emailSystem",
    needs: ["emailSystem"],
    applies: (subject) => isSystem(subject, "exchange-server-2003", "exchange-server-2007"),
    message: (subject) => `${systemOf(subject).label} is not supported by server-side synchronization.`,
    remedy: `Move the mailboxes to Exchange Server 2016, 2019 or Exchange Online first. ${noEmailRouter}`,
    reference: supportPage,
  },
  {
    id: "exchange-server-2010-online",
    scope: "profile",
    severity: "error",
    when: "Exchange Server 2010 with an online deployment",
    rows: ["O8"],
    path: "emailSystem",
    needs: ["emailSystem"],
    applies: (subject) => and(online(subject), isSystem(subject, "exchange-server-2010")),
    message: () => "Dynamics 365 online does not support Exchange Server 2010.",
    remedy: "Move the mailboxes to Exchange Server 2013 SP1 or later, or to Exchange Online.",
    reference: onlineSupportPage,
  },
  {
    id: "consumer-microsoft-mail-online",
    scope: "profile",
    severity: "error",
    when: "MSN, Outlook.com or Windows Live Mail with an online deployment",
    rows: ["O2", "O10"],
    path: "emailSystem",
    needs: ["emailSystem"],
    applies: (subject) => and(online(subject), isOfFamily(subject, "consumer-microsoft")),
    message: (subject) => `Dynamics 365 online does not support ${systemOf(subject).label}.`,
    remedy: "Use Exchange Online, Exchange Server, Gmail or Yahoo! Mail for this mailbox.",
    reference: onlineSupportPage,
  },
  {
    id: "untested-mail-system",
    scope: "profile",
    severity: "warning",
    acceptable: true,
    when: 'A mail system outside the list of the page (emailSystem: "other")',
    rows: ["S4"],
    path: "emailSystem",
    needs: ["emailSystem"],
    applies: (subject) => isSystem(subject, "other"),
    message: () =>
      "A mail system outside Microsoft's list may work, but Microsoft has not tested it and does not support it.",
    remedy: `Name the system where it is one of the list; otherwise accept the risk and rely on Test & Enable. ${noEmailRouter}`,
    reference: supportPage,
  },
  {
    id: "server-type-contradicts-system",
    scope: "profile",
    severity: "error",
    when: "A server type that the mail system or the deployment does not have",
    path: "serverType",
    needs: ["emailSystem", "serverType", "incoming.protocol", "outgoing.protocol"],
    applies: (subject) =>
      or(
        where(subject.profile.serverType, (type) => !typesFor(subject).includes(type)),
        speaksNoEws(subject),
      ),
    message: (subject) => {
      const { label } = systemOf(subject);
      if (typesFor(subject).includes(typeOf(subject))) return `${label} does not speak Exchange (EWS).`;
      return `The server type "${typeOf(subject)}" is none of ${label} with Dynamics 365 ${subject.organization.deployment}.`;
    },
    remedy: (subject) => `Use one of ${typesFor(subject).join(", ")}, or remove serverType to get the right one.`,
    reference: supportPage,
  },
  {
    id: "exchange-server-se-not-listed",
    scope: "profile",
    severity: "warning",
    acceptable: true,
    when: "Exchange Server Subscription Edition",
    path: "emailSystem",
    needs: ["emailSystem"],
    applies: (subject) => isSystem(subject, "exchange-server-se"),
    message: () =>
      "The support pages do not name Exchange Server SE; its first release has the code of Exchange Server 2019 CU15.",
    remedy: "Ask Microsoft support before production, or accept the risk and rely on Test & Enable.",
    reference: supportPage,
  },
  {
    id: "exchange-server-end-of-support",
    scope: "profile",
    severity: "warning",
    acceptable: true,
    when: "Exchange Server 2010, 2013, 2016 or 2019, whose own support has ended",
    path: "emailSystem",
    needs: ["emailSystem"],
    applies: ({ profile }) => where(profile.emailSystem, (system) => system in endsOfSupport),
    message: (subject) =>
      `The page lists ${systemOf(subject).label}, but Microsoft's support for that server ended on ${endsOfSupport[known(subject.profile.emailSystem) ?? "other"] ?? ""}.`,
    remedy: "Plan the move to Exchange Server SE or Exchange Online, and accept the risk until then.",
    reference:
      "https://techcommunity.microsoft.com/blog/exchange/t-1-month-exchange-server-2016-and-exchange-server-2019-end-of-support/4453133",
  },
  {
    id: "fips-mail-server",
    scope: "profile",
    severity: (subject) => (online(subject) && !isKnownNotCompliant(subject) ? "warning" : "error"),
    acceptable: (subject) => !isKnownNotCompliant(subject),
    when: "FIPS 140-2 is required and the POP3, IMAP or SMTP server is not compliant, or not declared as compliant",
    rows: ["S3", "S14", "O10"],
    path: "emailSystem",
    needs: ["incoming.protocol", "outgoing.protocol", "emailSystem", "organization.fips"],
    applies: (subject) => {
      const compliant =
        !isKnownNotCompliant(subject) && (subject.profile.fipsCompliant === true || passesFipsOnline(subject));
      return and(usesInternetMail(subject), !compliant, underFips(subject));
    },
    message: (subject) => {
      const { label } = systemOf(subject);
      const who = online(subject) ? "Dynamics 365 online" : "A deployment configured for FIPS 140-2";
      if (isConsumerMicrosoft(subject))
        return `${who} needs a FIPS 140-2 compliant mail server, and Microsoft names ${label} as not compliant.`;
      const state = subject.profile.fipsCompliant === false ? "declared as not compliant" : "not declared as compliant";
      return `${who} needs a FIPS 140-2 compliant mail server, and this ${label} server is ${state}.`;
    },
    remedy: (subject) =>
      isKnownNotCompliant(subject)
        ? `Choose a compliant mail system, for example Exchange. ${noEmailRouter}`
        : "Set fipsCompliant: true once the owner of the mail server has confirmed it, or accept the risk.",
    reference: supportPage,
  },
  {
    id: "mixed-exchange-and-pop-smtp",
    scope: "profile",
    severity: "error",
    when: "Exchange in one direction, POP3, IMAP or SMTP in the other",
    rows: ["S8"],
    path: "outgoing.protocol",
    needs: ["incoming.protocol", "outgoing.protocol"],
    applies: (subject) =>
      and(
        usesInternetMail(subject),
        anySide(subject, ({ protocol }) => is(protocol, "ews")),
      ),
    message: (subject) =>
      `${protocolLabel(subject.profile.incoming.protocol)} incoming and ${protocolLabel(subject.profile.outgoing.protocol)} outgoing: Exchange and POP3, IMAP or SMTP cannot be mixed in one profile.`,
    remedy: `Use Exchange for both directions, or POP3 or IMAP with SMTP. ${noEmailRouter}`,
    reference: supportPage,
  },
  {
    id: "imap-on-premises-metadata",
    scope: "profile",
    severity: "warning",
    acceptable: true,
    when: "IMAP with an on-premises organization, whose documented metadata has no IMAP server type",
    path: "serverType",
    needs: ["incoming.protocol"],
    applies: (subject) =>
      and(
        subject.organization.backend === "dynamics365",
        !online(subject),
        anySide(subject, ({ protocol }) => is(protocol, "imap")),
      ),
    message: (subject) =>
      `The support page lists IMAP/SMTP (here: ${sidesText(subject, ({ protocol }) => is(protocol, "imap"))} email) for on-premises, but the documented metadata of on-premises organizations has no such server type.`,
    remedy:
      'Use serverType: "pop3-smtp", or accept the risk: the update reads the organization\'s real list before it writes.',
    reference:
      "https://github.com/MicrosoftDocs/dynamics-365-customer-engagement/blob/13a76cf72691c24a968c95368bd46da711dfe9cc/ce/customerengagement/on-premises/admin/connect-to-imap-servers.md",
  },
];
