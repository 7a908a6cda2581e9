import type { CheckedConnection } from "../../model/profile";
import {
  anySide,
  isOfFamily,
  isSystem,
  isTested,
  onSides,
  sidesText,
  sidesWhere,
  sideWhere,
  signsInItself,
  sourceText,
  type Direction,
} from "../connections";
import { errorCodesPage, onlineSupportPage, systemOf, told, type MailboxRule, type MailboxSubject } from "../rule";
import { and, is, not, where, type Trilean } from "../trilean";
import { secretsPage, unversionedMessage, unversionedReferences, unversionedRemedy } from "./profileCredentials";

const bothSources = ["incoming.credentials.source", "outgoing.credentials.source"];

const testedByItself = (connection: CheckedConnection, subject: MailboxSubject, direction: Direction) =>
  and(isTested(subject, direction), signsInItself(connection));

/** Credentials also serve appointments, contacts, and tasks, over the incoming connection. */
export function usesOwnCredentials(subject: MailboxSubject): Trilean {
  if (subject.mailbox.appointmentsContactsTasks !== "server-side-sync") return anySide(subject, testedByItself);
  return anySide(subject, (connection, of, direction) =>
    and(direction === "incoming" || isTested(of, direction), signsInItself(connection)),
  );
}

function mismatched(connection: CheckedConnection, subject: MailboxSubject, direction: Direction): Trilean {
  const type = subject.mailbox.credentials?.type;
  if (type === undefined) return false;
  const method = connection.authenticationProtocol;
  const contradicts =
    type === "password" ? is(method, "oauth") : where(method, (name) => ["negotiate", "ntlm", "basic"].includes(name));
  return and(testedByItself(connection, subject, direction), contradicts);
}

/** Tokens that the mail system has nothing to do with. */
function contradictsSystem(subject: MailboxSubject): Trilean {
  const type = subject.mailbox.credentials?.type;
  if (type === "client-secret" || type === "client-certificate")
    return isOfFamily(subject, "internet", "consumer-microsoft");
  return type === "google-service-account" && not(isSystem(subject, "gmail", "other"));
}

const windowsUsername = (connection: CheckedConnection, subject: MailboxSubject, direction: Direction): Trilean => {
  const name = subject.mailbox.credentials?.username;
  if (name === undefined) return false;
  return and(
    subject.organization.backend === "dynamics365",
    is(connection.protocol, "ews"),
    testedByItself(connection, subject, direction),
    where(name, (text) => text.includes("\\")),
  );
};
const unversioned = ({ mailbox }: MailboxSubject) => unversionedReferences(mailbox.credentials, "credentials");

/** Credentials of one mailbox, beside what its profile says. */
export const mailboxCredentialRules: readonly MailboxRule[] = [
  {
    id: "credentials-missing",
    scope: "mailbox",
    severity: "error",
    when: "Each mailbox signs in itself, and the binding has no credentials (direct back end)",
    serverErrors: ["MailboxCredentialNotSpecified"],
    path: "credentials",
    needs: bothSources,
    applies: (subject) =>
      and(
        subject.organization.backend === "direct",
        subject.mailbox.credentials === null,
        anySide(subject, testedByItself),
      ),
    message: (subject) =>
      `The profile signs in with each mailbox's own credentials, and this binding has none for ${sidesText(subject, testedByItself)} email.`,
    remedy: "Set credentials on the binding, or let the profile sign in with an account of its own.",
    reference: "https://learn.microsoft.com/power-platform/admin/connect-to-imap-servers",
  },
  {
    id: "credentials-ignored",
    scope: "mailbox",
    severity: "warning",
    acceptable: true,
    when: "Credentials on a binding whose profile signs in with others",
    path: "credentials",
    needs: bothSources,
    applies: (subject) => and(subject.mailbox.credentials !== null, not(usesOwnCredentials(subject))),
    message: ({ profile }) =>
      `Nothing signs in with the credentials of this binding: incoming email has ${sourceText(profile.incoming)}, outgoing email ${sourceText(profile.outgoing)}, and only directions by server-side synchronization are used.`,
    remedy: 'Remove credentials here, or set credentials: { source: "user-or-queue" } in the profile.',
    reference: secretsPage,
  },
  {
    id: "authentication-protocol-mismatch",
    scope: "mailbox",
    severity: "error",
    when: "Credentials of a binding that the profile's authentication protocol cannot take",
    serverErrors: ["EmailServerProfileInvalidAuthenticationProtocol"],
    path: "credentials.type",
    needs: [...bothSources, "incoming.authenticationProtocol", "outgoing.authenticationProtocol"],
    applies: (subject) => anySide(subject, mismatched),
    message: (subject) =>
      `Credentials of type "${subject.mailbox.credentials?.type ?? ""}" do not go together with the profile's authenticationProtocol "${sideWhere(subject, mismatched).authenticationProtocol}" for ${sidesWhere(subject, mismatched).join(" and ")} email.`,
    remedy: 'Remove authenticationProtocol from the profile: "auto-detect" picks what fits the credentials.',
    reference: errorCodesPage,
  },
  {
    id: "credentials-contradict-system",
    scope: "mailbox",
    severity: "error",
    when: "An app's token for a mail system that takes none of that kind",
    path: "credentials.type",
    needs: ["emailSystem", ...bothSources],
    applies: (subject) => and(contradictsSystem(subject), usesOwnCredentials(subject)),
    message: (subject) =>
      `${systemOf(subject).label} does not take credentials of type "${subject.mailbox.credentials?.type ?? ""}".`,
    remedy:
      'An app of Microsoft Entra ID has access to Exchange only, "google-service-account" to Gmail only. Personal accounts sign in with "refresh-token" or "access-token".',
    reference: onlineSupportPage,
  },
  {
    id: "username-not-upn",
    scope: "mailbox",
    severity: "warning",
    acceptable: true,
    when: "A user name of the form DOMAIN\\user for Exchange",
    ...onSides<MailboxSubject>("credentials.username", windowsUsername),
    path: "credentials.username",
    needs: [...bothSources, "credentials.username"],
    message: (subject) =>
      `With the user name ${told(subject, "credentials.username", subject.mailbox.credentials?.username)} Dynamics reports that the SMTP address has no mailbox (ErrorNonExistentMailbox).`,
    remedy: "Use the user principal name, like sales@contoso.com, or leave it out: it defaults to the address.",
    reference:
      "https://github.com/MicrosoftDocs/SupportArticles-docs/blob/32291671230b12d85688ecb8aae17b1abd4850be/support/power-platform/dataverse/email-exchange-synchronization/the-smtp-address-has-no-mailbox.md",
  },
  {
    id: "secret-reference-without-version",
    scope: "mailbox",
    severity: "warning",
    acceptable: true,
    oncePerStack: true,
    when: "A reference to a secret without a version",
    path: (subject) => unversioned(subject)[0] ?? "credentials",
    needs: [],
    applies: (subject) => unversioned(subject).length > 0,
    message: (subject) => unversionedMessage(unversioned(subject)),
    remedy: unversionedRemedy,
    reference: secretsPage,
  },
];
