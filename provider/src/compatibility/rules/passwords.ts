import type { EmailSystem, MailSystem, Protocol } from "../../model/mailSystems";
import type { CheckedConnection } from "../../model/profile";
import { isOfFamily, isSystem, isTested, onSides, signsInAs, signsInItself, type SideTest } from "../connections";
import {
  systemOf,
  type MailboxRule,
  type MailboxSubject,
  type ProfileRule,
  type ProfileSubject,
  type Severity,
  type Subject,
} from "../rule";
import type { RuleId } from "../../model/ruleIds";
import { and, is, where, type Trilean } from "../trilean";

/** What a mail system's owner says about signing in with a password. */
interface PasswordAdvice {
  id: RuleId;
  of: { system: EmailSystem } | { family: MailSystem["family"] };
  /** Undefined: all of them. */
  protocols?: readonly Protocol[];
  severity: Severity | ((subject: Subject) => Severity);
  when: string;
  message: (subject: Subject) => string;
  remedy: string;
  reference: string;
}

/** Against the mail server itself the test will tell; an organization would fail hours later. */
const errorInOrganization = ({ organization }: Subject): Severity =>
  organization.backend === "dynamics365" ? "error" : "warning";

const advice: readonly PasswordAdvice[] = [
  {
    id: "gmail-app-password",
    of: { system: "gmail" },
    severity: "warning",
    when: "Gmail with a password",
    message: () =>
      "Gmail has taken no plain passwords since 2022-05-30 (Google Workspace since about May 2025), only app passwords of accounts with 2-step verification, and OAuth.",
    remedy: "Make sure that it is an app password, and accept the risk.",
    reference:
      "https://github.com/MicrosoftDocs/SupportArticles-docs/blob/2e253aa282a9d69a3a63368a8b56eef2b24f2638/support/power-platform/dataverse/email-exchange-synchronization/mailbox-fails-tested-enabled.md",
  },
  {
    id: "yahoo-app-password",
    of: { system: "yahoo-mail" },
    severity: "warning",
    when: "Yahoo! Mail with a password",
    message: () =>
      "Yahoo! Mail takes only app passwords from mail programs: 16 characters, after two-step verification is on.",
    remedy: "Make sure that it is an app password, and accept the risk.",
    reference: "https://unanswered.io/guide/yahoo-mail-protocols-imap-pop-smtp-settings",
  },
  {
    id: "consumer-microsoft-mail-needs-oauth",
    of: { family: "consumer-microsoft" },
    severity: errorInOrganization,
    when: "MSN, Outlook.com or Windows Live Mail with a password",
    message: (subject) =>
      `${systemOf(subject).label} has taken no passwords from mail programs since 2024-09-16, only OAuth.`,
    remedy:
      "Use an access token, or another mail system: Dynamics 365 has no OAuth sign-in for consumer Microsoft mail.",
    reference:
      "https://support.microsoft.com/en-us/office/pop-imap-and-smtp-settings-8361e398-8af4-4e97-b147-6c6c4ac95353",
  },
  {
    id: "exchange-online-basic-authentication",
    of: { system: "exchange-online" },
    protocols: ["ews", "imap", "pop3"],
    severity: errorInOrganization,
    when: "Exchange Online over EWS, IMAP or POP3 with a password",
    message: () => "Exchange Online has taken no passwords over EWS, IMAP and POP3 since 2022-10-01.",
    remedy: "Use server-to-server authentication or OAuth.",
    reference: "https://learn.microsoft.com/en-us/power-platform/admin/use-basic-authentication-exchange-online",
  },
  {
    id: "exchange-online-smtp-auth-basic",
    of: { system: "exchange-online" },
    protocols: ["smtp"],
    severity: "warning",
    when: "Exchange Online over SMTP with a password",
    message: () =>
      "Exchange Online takes passwords over SMTP until the end of December 2026; then they are off by default (an administrator may turn them on again), and not to be had for new tenants. The final end is to be announced in the second half of 2027.",
    remedy: "Plan the move to OAuth, and accept the risk until then.",
    reference: "https://mc.merill.net/message/MC786329/compare/2026-01-27T20-11-01-253Z/2024-04-26T00-17-12-6Z",
  },
];

function concerns({ of }: PasswordAdvice, subject: Subject): Trilean {
  return "system" in of ? isSystem(subject, of.system) : isOfFamily(subject, of.family);
}

function isOver({ protocols }: PasswordAdvice, { protocol }: CheckedConnection): Trilean {
  return protocols === undefined || where(protocol, (name) => protocols.includes(name));
}

/** Most advice concerns another mail system, and then its sides need no look. */
function whereConcerned<S extends Subject>(entry: PasswordAdvice, test: SideTest<S>) {
  const { path, applies } = onSides<S>("credentials", (connection, subject, direction) =>
    and(isOver(entry, connection), test(connection, subject, direction)),
  );
  return {
    path,
    applies: (subject: S) => {
      const concerned = concerns(entry, subject);
      return concerned === false ? false : and(concerned, applies(subject));
    },
  };
}

const sources = ["incoming.credentials.source", "outgoing.credentials.source"];

/** The account of a profile always signs in with a password. */
export const profilePasswordRules: readonly ProfileRule[] = advice.map((entry) => ({
  ...described(entry),
  scope: "profile",
  ...whereConcerned<ProfileSubject>(entry, (connection) => signsInAs(connection, "email-server-profile")),
  needs: ["emailSystem", ...sources],
}));

export const mailboxPasswordRules: readonly MailboxRule[] = advice.map((entry) => ({
  ...described(entry),
  scope: "mailbox",
  ...whereConcerned<MailboxSubject>(entry, (connection, subject, direction) =>
    and(isTested(subject, direction), signsInItself(connection), is(subject.mailbox.credentials?.type, "password")),
  ),
  path: "credentials.type",
  needs: ["emailSystem", ...sources, "credentials.type"],
}));

function described({ id, severity, when, message, remedy, reference }: PasswordAdvice) {
  return { id, severity, when, message, remedy, reference, acceptable: true } as const;
}
