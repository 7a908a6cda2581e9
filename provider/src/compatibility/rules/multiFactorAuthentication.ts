import type { CheckedConnection } from "../../model/profile";
import { isUnknown } from "../../model/unknown";
import { anySide, isOfFamily, signsInAs, sourceOf } from "../connections";
import { supportPage, systemOf, type MailboxRule, type ProfileRule, type Subject } from "../rule";
import { and, where, type Trilean } from "../trilean";
import { usesOwnCredentials } from "./mailboxCredentials";

/** From on-premises to Exchange Online, or from online to Exchange Server. */
function crossesUnderMultiFactor(subject: Subject): Trilean {
  return and(
    isOfFamily(subject, subject.organization.deployment === "online" ? "exchange-server" : "exchange-online"),
    where(subject.profile.multiFactorAuthentication, (multiFactor) => multiFactor),
  );
}

/** An account of the profile itself, or trust. Where each mailbox signs in, the binding says how. */
function signsInForAll(connection: CheckedConnection): Trilean {
  const source = sourceOf(connection);
  if (isUnknown(source)) return undefined;
  return source !== null && source !== "user-or-queue" && source !== "anonymous";
}

const withPassword = (subject: Subject) =>
  anySide(subject, (connection) => signsInAs(connection, "email-server-profile", "windows-integrated")) === true;

const common = {
  id: "multi-factor-authentication",
  when: "The account is under multi-factor authentication, between on-premises and online",
  rows: ["S15", "O11"],
  message: (subject: Subject) =>
    `Multi-factor authentication is not supported between Dynamics 365 ${subject.organization.deployment} and ${systemOf(subject).label}.`,
  remedy: "Sign in with an account that is exempt from multi-factor authentication, or without a password.",
  reference: supportPage,
} as const;
const sources = ["incoming.credentials.source", "outgoing.credentials.source"];

/** An error with a password, a warning with tokens and trust. */
export const profileMultiFactorRule: ProfileRule = {
  ...common,
  scope: "profile",
  severity: (subject) => (withPassword(subject) ? "error" : "warning"),
  acceptable: (subject) => !withPassword(subject),
  path: "multiFactorAuthentication",
  needs: ["emailSystem", "multiFactorAuthentication", ...sources],
  applies: (subject) => and(crossesUnderMultiFactor(subject), anySide(subject, signsInForAll)),
};

export const mailboxMultiFactorRule: MailboxRule = {
  ...common,
  scope: "mailbox",
  severity: ({ mailbox }) => (mailbox.credentials?.type === "password" ? "error" : "warning"),
  acceptable: ({ mailbox }) => mailbox.credentials?.type !== "password",
  path: "credentials.type",
  needs: ["emailSystem", "multiFactorAuthentication", ...sources, "credentials.type"],
  applies: (subject) =>
    and(
      crossesUnderMultiFactor(subject),
      usesOwnCredentials(subject),
      where(subject.mailbox.credentials, () => true),
    ),
};
