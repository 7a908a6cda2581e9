import { isKnown, known } from "../model/unknown";
import type { CredentialSource } from "../model/credentials";
import type { CheckedConnection } from "../model/profile";
import { usesExchange, usesOnlyExchange } from "./connections";
import { errorCodesPage, type MailboxRule, type MailboxSubject, type ProfileRule, type Subject } from "./rule";
import { and, is, not, where, type Trilean } from "./trilean";

type Direction = "incoming" | "outgoing";

/** Directions of which something holds; what is unknown does not. */
function sides({ profile }: Subject, holds: (connection: CheckedConnection) => boolean): Direction[] {
  return (["incoming", "outgoing"] as const).filter((direction) => holds(profile[direction]));
}

function signsInAs(...sources: readonly CredentialSource[]): (connection: CheckedConnection) => boolean {
  return ({ credentials }) => credentials !== null && isKnown(credentials) && sources.includes(credentials.source);
}

const atFirst = (property: string, find: (subject: Subject) => Direction[]) => (subject: Subject) =>
  `${find(subject)[0] ?? "incoming"}.${property}`;

const anonymousExchange = (subject: Subject) =>
  sides(subject, (side) => side.protocol === "ews" && signsInAs("anonymous")(side));
const impersonatingInternetMail = (subject: Subject) =>
  sides(subject, (side) => side.useImpersonation && side.protocol !== "ews");
const impersonatingWithoutAccount = (subject: Subject) =>
  sides(
    subject,
    (side) => side.useImpersonation && side.protocol === "ews" && signsInAs("user-or-queue", "anonymous")(side),
  );
const trustedSides = (subject: Subject) => sides(subject, signsInAs("windows-integrated", "anonymous"));
const serverToServer = (subject: Subject) => sides(subject, signsInAs("server-to-server"));
const activeDirectory = (subject: Subject) =>
  sides(subject, ({ authenticationProtocol }) => ["negotiate", "ntlm"].includes(authenticationProtocol));
const clearBasic = (subject: Subject) =>
  sides(subject, ({ authenticationProtocol, security }) => authenticationProtocol === "basic" && security === "none");
const contradictingUrls = (subject: Subject) =>
  sides(subject, ({ protocol, security, serverLocation }) => {
    const scheme = /^(https?):/i.exec(known(serverLocation) ?? "")?.[1]?.toLowerCase();
    return protocol === "ews" && scheme !== undefined && (scheme === "https") === (security === "none");
  });

function allowsActiveDirectory({ organization }: Subject): boolean {
  return organization.deploymentSettings?.allowAdBasedAuthentication ?? organization.deployment === "on-premises";
}

const settings = ["serverLocation", "port", "security", "authenticationProtocol", "useImpersonation"] as const;

function differingSettings({ profile }: Subject): string[] {
  return settings.filter((key) => {
    const [incoming, outgoing] = [profile.incoming[key], profile.outgoing[key]];
    return isKnown(incoming) && isKnown(outgoing) && incoming !== outgoing;
  });
}

/** What the server itself refuses when a profile is saved or tested: nothing of it can be accepted. */
export const serverProfileRules: readonly ProfileRule[] = [
  {
    id: "anonymous-with-exchange",
    scope: "profile",
    severity: "error",
    path: atFirst("credentials", anonymousExchange),
    needs: [],
    applies: (subject) => anonymousExchange(subject).length > 0,
    message: () => "Exchange cannot be used anonymously (EmailServerProfileInvalidCredentialRetrievalForExchange).",
    remedy: 'Use credentials of source "user-or-queue" or "email-server-profile".',
    reference: errorCodesPage,
  },
  {
    id: "autodiscover-needs-exchange",
    scope: "profile",
    severity: "error",
    path: "autodiscover",
    needs: ["autodiscover"],
    applies: (subject) => and(is(subject.profile.autodiscover, true), not(usesExchange(subject))),
    message: () => "Only Exchange has autodiscover (EmailServerProfileAutoDiscoverNotAllowed).",
    remedy: "Remove autodiscover, and set serverLocation where the mail system has none of its own.",
    reference: errorCodesPage,
  },
  {
    id: "autodiscover-with-server-location",
    scope: "profile",
    severity: "error",
    path: atFirst("serverLocation", (subject) => sides(subject, ({ serverLocation }) => serverLocation !== null)),
    needs: ["autodiscover"],
    applies: (subject) =>
      and(
        is(subject.profile.autodiscover, true),
        sides(subject, ({ serverLocation }) => serverLocation !== null).length > 0,
      ),
    message: () => "A profile with autodiscover takes no server locations (EmailServerProfileLocationNotRequired).",
    remedy: "Remove serverLocation, or set autodiscover: false.",
    reference: errorCodesPage,
  },
  {
    id: "pop3-needs-user-credentials",
    scope: "profile",
    severity: "error",
    path: "incoming.credentials",
    needs: ["incoming.protocol", "incoming.credentials.source"],
    applies: (subject) =>
      and(
        is(subject.profile.incoming.protocol, "pop3"),
        where(subject.profile.incoming.credentials, ({ source }) => source !== "user-or-queue"),
        !(subject.organization.deployment === "online" && signsInAs("gmail-oauth")(subject.profile.incoming)),
      ),
    message: () =>
      "POP3 signs in with each mailbox's own credentials (InvalidCredentialTypeForNonExchangeIncomingConnection).",
    remedy: 'Use source: "user-or-queue" for incoming email, and set credentials on each binding.',
    reference: errorCodesPage,
  },
  {
    id: "impersonation-needs-exchange",
    scope: "profile",
    severity: "error",
    path: atFirst("useImpersonation", impersonatingInternetMail),
    needs: [],
    applies: (subject) => impersonatingInternetMail(subject).length > 0,
    message: () => "Only Exchange has impersonation (EmailServerProfileImpersonationNotAllowed).",
    remedy: "Remove useImpersonation.",
    reference: errorCodesPage,
  },
  {
    id: "impersonation-needs-username-and-password",
    scope: "profile",
    severity: "error",
    path: atFirst("credentials", impersonatingWithoutAccount),
    needs: [],
    applies: (subject) => impersonatingWithoutAccount(subject).length > 0,
    message: () =>
      "Impersonation needs an account of the profile itself (UserNameRequiredForImpersonation, PasswordRequiredForImpersonation).",
    remedy: 'Use source: "email-server-profile" with username and password, or remove useImpersonation.',
    reference: errorCodesPage,
  },
  {
    id: "windows-integrated-online",
    scope: "profile",
    severity: "error",
    path: atFirst("credentials", trustedSides),
    needs: [],
    applies: (subject) => and(subject.organization.deployment === "online", trustedSides(subject).length > 0),
    message: () =>
      "Dynamics 365 online knows neither Windows integrated nor anonymous sign-in (EmailServerProfileInvalidCredentialRetrievalForOnline).",
    remedy: "Sign in with credentials of the mailboxes or of the profile, or with OAuth.",
    reference: errorCodesPage,
  },
  {
    id: "server-to-server-needs-online-or-hybrid",
    scope: "profile",
    severity: "error",
    path: atFirst("credentials", serverToServer),
    needs: ["serverType"],
    applies: (subject) =>
      and(
        serverToServer(subject).length > 0,
        where(subject.profile.serverType, (type) => ["exchange-server", "pop3-smtp", "imap-smtp"].includes(type)),
      ),
    message: () =>
      "Server-to-server authentication needs Exchange Online or a hybrid profile (InvalidS2SAuthentication).",
    remedy: "Choose a hybrid server type, or sign in with credentials of the mailboxes or of the profile.",
    reference: errorCodesPage,
  },
  {
    id: "ad-authentication-disallowed",
    scope: "profile",
    severity: "error",
    path: atFirst("authenticationProtocol", activeDirectory),
    needs: [],
    applies: (subject) => activeDirectory(subject).length > 0 && !allowsActiveDirectory(subject),
    message: () =>
      "The deployment does not allow Negotiate and NTLM (EmailServerProfileADBasedAuthenticationProtocolNotAllowed).",
    remedy:
      'Use authenticationProtocol: "auto-detect" or "basic", or declare deploymentSettings.allowAdBasedAuthentication as it is set.',
    reference: errorCodesPage,
  },
  {
    id: "basic-without-tls",
    scope: "profile",
    severity: "error",
    path: atFirst("authenticationProtocol", clearBasic),
    needs: ["organization.deploymentSettings.allowBasicOnNonSecureChannel"],
    applies: (subject) =>
      and(
        clearBasic(subject).length > 0,
        where(subject.organization.deploymentSettings?.allowBasicOnNonSecureChannel, (allowed) => !allowed),
      ),
    message: () =>
      "The deployment does not allow Basic without TLS (EmailServerProfileBasicAuthenticationProtocolNotAllowed).",
    remedy: 'Use security: "tls" or "starttls".',
    reference: errorCodesPage,
  },
  {
    id: "url-scheme-and-ssl",
    scope: "profile",
    severity: "error",
    path: atFirst("serverLocation", contradictingUrls),
    needs: [],
    applies: (subject) => contradictingUrls(subject).length > 0,
    message: (subject) =>
      `The URL of the ${contradictingUrls(subject).join(" and ")} server and its security contradict each other: https needs TLS, http goes without.`,
    remedy: 'Use an https URL with security: "tls".',
    reference: errorCodesPage,
  },
  {
    id: "same-settings-for-outgoing",
    scope: "profile",
    severity: "error",
    path: (subject) => `outgoing.${differingSettings(subject)[0] ?? "serverLocation"}`,
    needs: ["useSameSettingsForOutgoing", "incoming.protocol", "outgoing.protocol"],
    applies: (subject) =>
      and(
        is(subject.profile.useSameSettingsForOutgoing, true),
        usesOnlyExchange(subject),
        differingSettings(subject).length > 0,
      ),
    message: (subject) =>
      `The same settings are to be used for outgoing email, but outgoing has another ${differingSettings(subject).join(", ")} (OutgoingSettingsUpdateNotAllowed).`,
    remedy: "Remove the outgoing settings, or set useSameSettingsForOutgoing: false.",
    reference: errorCodesPage,
  },
];

function isOf(kind: "queue" | "forwardMailbox", { mailbox }: MailboxSubject): boolean {
  return mailbox.regarding !== null && mailbox.regarding !== undefined && kind in mailbox.regarding;
}

function methodsByOutlook({ mailbox }: MailboxSubject): string[] {
  return (["incomingEmail", "outgoingEmail"] as const).filter((method) => mailbox[method] === "outlook");
}

function outsideAllowedDomains({ mailbox, organization }: MailboxSubject): Trilean {
  const allowed = organization.allowedEmailDomains?.map((domain) => domain.toLowerCase());
  if (allowed === undefined) return undefined;
  return where(mailbox.emailAddress, (address) => !allowed.includes(address.slice(address.lastIndexOf("@") + 1)));
}

/** What the server refuses of a mailbox, and what guards copies of production. */
export const serverMailboxRules: readonly MailboxRule[] = [
  {
    id: "queue-by-outlook",
    scope: "mailbox",
    severity: "error",
    path: (subject) => methodsByOutlook(subject)[0] ?? "incomingEmail",
    needs: [],
    applies: (subject) => isOf("queue", subject) && methodsByOutlook(subject).length > 0,
    message: () => "A queue's email cannot be synchronized by Outlook (QueueMailboxUnexpectedDeliveryMethod).",
    remedy: 'Use "server-side-sync" or "none".',
    reference: errorCodesPage,
  },
  {
    id: "forward-mailbox-outgoing",
    scope: "mailbox",
    severity: "error",
    path: "outgoingEmail",
    needs: [],
    applies: (subject) => isOf("forwardMailbox", subject) && subject.mailbox.outgoingEmail !== "none",
    message: () => "A forward mailbox only receives (OutgoingNotAllowedForForwardMailbox).",
    remedy: 'Set outgoingEmail: "none".',
    reference: errorCodesPage,
  },
  {
    id: "delete-emails-on-user-mailbox",
    scope: "mailbox",
    severity: "error",
    path: "deleteEmailsAfterProcessing",
    needs: [],
    applies: (subject) =>
      subject.mailbox.deleteEmailsAfterProcessing === true &&
      !isOf("queue", subject) &&
      !isOf("forwardMailbox", subject),
    message: () => "Emails of a user's mailbox cannot be deleted after processing (MailboxCannotDeleteEmails).",
    remedy: "Remove deleteEmailsAfterProcessing; it is for queues and forward mailboxes.",
    reference: errorCodesPage,
  },
  {
    id: "address-outside-allowed-domains",
    scope: "mailbox",
    severity: "error",
    path: "emailAddress",
    needs: ["organization.allowedEmailDomains"],
    applies: outsideAllowedDomains,
    message: ({ mailbox, organization }) =>
      `The address ${known(mailbox.emailAddress) ?? ""} is outside the domains that this organization allows: ${(organization.allowedEmailDomains ?? []).join(", ")}.`,
    remedy: "Use an address of an allowed domain, or add its domain to allowedEmailDomains of the organization.",
    reference: errorCodesPage,
  },
];
