import { secretProperties, type CredentialSource } from "../../model/credentials";
import type { CheckedConnection } from "../../model/profile";
import {
  isOfFamily,
  isSystem,
  onSides,
  sidesText,
  sidesWhere,
  sideWhere,
  signsInAs,
  sourceText,
  type SideTest,
} from "../connections";
import {
  errorCodesPage,
  onlineSupportPage,
  systemOf,
  told,
  type ProfileRule,
  type ProfileSubject,
  type Subject,
} from "../rule";
import { and, is, not, or, where, type Trilean } from "../trilean";

const online = (subject: Subject) => subject.organization.deployment === "online";
const oauthSources: readonly CredentialSource[] = ["oauth", "gmail-oauth", "exchange-hybrid-modern-auth"];
const bothSources = ["incoming.credentials.source", "outgoing.credentials.source"];

const anonymousExchange = (connection: CheckedConnection) =>
  and(is(connection.protocol, "ews"), signsInAs(connection, "anonymous"));
const trusted = (connection: CheckedConnection) => signsInAs(connection, "windows-integrated", "anonymous");
const needsDynamics: SideTest<ProfileSubject> = (connection, { profile }, direction) =>
  or(
    signsInAs(connection, "server-to-server", "windows-integrated", "gmail-oauth"),
    // "Same settings" leave the secrets where they are: the incoming side has them.
    onlyInKeyVault(direction === "outgoing" && profile.useSameSettingsForOutgoing ? profile.incoming : connection),
  );
/** What proves the app lies in Azure Key Vault, which only Dynamics opens. */
const onlyInKeyVault = ({ credentials }: CheckedConnection): boolean =>
  credentials !== null &&
  "clientId" in credentials &&
  credentials.keyVault !== undefined &&
  credentials.clientSecret === undefined &&
  credentials.certificate === undefined;
const withoutCredentials: SideTest<ProfileSubject> = ({ credentials }, { organization }) =>
  organization.backend === "dynamics365" && credentials === null;
const withoutAccount = (connection: CheckedConnection) =>
  and(
    is(connection.useImpersonation, true),
    is(connection.protocol, "ews"),
    signsInAs(connection, "user-or-queue", "anonymous"),
  );
const impersonatingInternetMail = ({ protocol, useImpersonation }: CheckedConnection) =>
  and(
    is(useImpersonation, true),
    where(protocol, (name) => name !== "ews"),
  );
const byOAuth = (connection: CheckedConnection): Trilean =>
  or(signsInAs(connection, ...oauthSources), is(connection.authenticationProtocol, "oauth"));

function contradictsSystem(connection: CheckedConnection, subject: Subject): Trilean {
  return or(
    and(signsInAs(connection, "gmail-oauth"), not(isSystem(subject, "gmail", "other"))),
    and(signsInAs(connection, "exchange-hybrid-modern-auth"), not(isOfFamily(subject, "exchange-server"))),
    and(signsInAs(connection, "oauth"), isOfFamily(subject, "internet", "exchange-server")),
  );
}

/** A method that the credentials cannot serve. */
function mismatched(connection: CheckedConnection): Trilean {
  return or(
    and(
      where(connection.authenticationProtocol, (method) => ["negotiate", "ntlm", "basic"].includes(method)),
      signsInAs(connection, ...oauthSources),
    ),
    and(
      is(connection.authenticationProtocol, "oauth"),
      signsInAs(connection, "windows-integrated", "anonymous", "email-server-profile"),
    ),
  );
}

/** What an OAuth source lacks. Secrets are looked for, never looked at. */
function missingOAuthSettings({ credentials }: CheckedConnection, { backend }: Subject["organization"]): string[] {
  if (credentials === null || !("clientId" in credentials)) return [];
  if (credentials.source !== "exchange-hybrid-modern-auth") {
    const proven = [credentials.clientSecret, credentials.certificate, credentials.keyVault].some(
      (proof) => proof !== undefined,
    );
    return proven ? [] : ["clientSecret or certificate"];
  }
  // A certificate that the declaration has itself is enough for the direct back end.
  const proof = backend === "direct" && credentials.certificate !== undefined ? "certificate" : "keyVault";
  return (["tenantId", "resourceId", proof] as const).filter((key) => credentials[key] === undefined);
}
/** "Same settings" leave the secrets where they are, so only their own side can be judged. */
const incomplete: SideTest<ProfileSubject> = (connection, { profile, organization }, direction) =>
  !(direction === "outgoing" && profile.useSameSettingsForOutgoing) &&
  missingOAuthSettings(connection, organization).length > 0;

const windowsUsername = ({ credentials, protocol }: CheckedConnection): Trilean =>
  credentials?.source === "email-server-profile"
    ? and(
        is(protocol, "ews"),
        where(credentials.username, (name) => name.includes("\\")),
      )
    : false;

/** Dotted paths of references to secrets that do not say which version they mean. */
export function unversionedReferences(credentials: unknown, path: string): string[] {
  if (typeof credentials !== "object" || credentials === null) return [];
  return Object.entries(credentials).flatMap(([key, value]: [string, unknown]) => {
    if (typeof value !== "object" || value === null) return [];
    if (!secretProperties.includes(key)) return unversionedReferences(value, `${path}.${key}`);
    return ("env" in value || "config" in value) && !("version" in value) ? [`${path}.${key}`] : [];
  });
}
const unversioned = ({ profile }: ProfileSubject) =>
  (["incoming", "outgoing"] as const).flatMap((direction) =>
    unversionedReferences(profile[direction].credentials, `${direction}.credentials`),
  );

export const unversionedMessage = (paths: readonly string[]) =>
  `${paths.join(" and ")} refer${paths.length === 1 ? "s" : ""} to a secret without a version, so the preview cannot see that the value behind it was rotated. This is said once for the whole stack.`;
export const unversionedRemedy =
  'Add version: "1" to the reference, and raise it with each rotation: then the update tests again.';
export const secretsPage = "https://www.npmjs.com/package/pulumi-server-side-sync";

/** "Authenticate Using" of a profile. */
export const profileCredentialRules: readonly ProfileRule[] = [
  {
    id: "credentials-missing",
    scope: "profile",
    severity: "error",
    when: "An Exchange Server profile of an organization that does not say who signs in",
    ...onSides<ProfileSubject>("credentials", withoutCredentials),
    needs: [],
    message: (subject) =>
      `${systemOf(subject).label} has no default for who signs in, and this profile does not say it for ${sidesText(subject, withoutCredentials)} email.`,
    remedy: 'Set credentials there, for example { source: "user-or-queue" } or an account of the profile.',
    reference: "https://learn.microsoft.com/power-platform/admin/connect-exchange-server-on-premises",
  },
  {
    id: "anonymous-with-exchange",
    scope: "profile",
    severity: "error",
    when: "Anonymous sign-in to Exchange",
    serverErrors: ["EmailServerProfileInvalidCredentialRetrievalForExchange"],
    ...onSides<ProfileSubject>("credentials", anonymousExchange),
    needs: bothSources,
    message: (subject) =>
      `Exchange cannot be used anonymously, as it is declared for ${sidesText(subject, anonymousExchange)} email.`,
    remedy: 'Use credentials of source "user-or-queue" or "email-server-profile".',
    reference: errorCodesPage,
  },
  {
    id: "anonymous-incoming",
    scope: "profile",
    severity: "error",
    when: "Anonymous sign-in for incoming IMAP",
    path: "incoming.credentials",
    needs: ["incoming.credentials.source"],
    applies: ({ profile }) => and(is(profile.incoming.protocol, "imap"), signsInAs(profile.incoming, "anonymous")),
    message: () => "A mailbox cannot be read anonymously over IMAP.",
    remedy: 'Use source: "user-or-queue" for incoming email, and set credentials on each binding.',
    reference: "https://learn.microsoft.com/power-platform/admin/connect-to-imap-servers",
  },
  {
    id: "pop3-needs-user-credentials",
    scope: "profile",
    severity: "error",
    when: "Incoming POP3 with anything but each mailbox's own credentials",
    serverErrors: ["InvalidCredentialTypeForNonExchangeIncomingConnection"],
    path: "incoming.credentials",
    needs: ["incoming.protocol", "incoming.credentials.source"],
    applies: (subject) =>
      and(
        is(subject.profile.incoming.protocol, "pop3"),
        not(signsInAs(subject.profile.incoming, "user-or-queue")),
        not(and(online(subject), signsInAs(subject.profile.incoming, "gmail-oauth"))),
      ),
    message: ({ profile }) =>
      `POP3 signs in with each mailbox's own credentials, not with ${sourceText(profile.incoming)}.`,
    remedy: 'Use source: "user-or-queue" for incoming email, and set credentials on each binding.',
    reference: errorCodesPage,
  },
  {
    id: "impersonation-needs-exchange",
    scope: "profile",
    severity: "error",
    when: "Impersonation without Exchange",
    serverErrors: ["EmailServerProfileImpersonationNotAllowed"],
    ...onSides<ProfileSubject>("useImpersonation", impersonatingInternetMail),
    needs: [],
    message: (subject) =>
      `Only Exchange has impersonation, and ${sidesText(subject, impersonatingInternetMail)} email goes without Exchange.`,
    remedy: "Remove useImpersonation.",
    reference: errorCodesPage,
  },
  {
    id: "impersonation-needs-username-and-password",
    scope: "profile",
    severity: "error",
    when: "Impersonation without an account of the profile",
    serverErrors: ["UserNameRequiredForImpersonation", "PasswordRequiredForImpersonation"],
    ...onSides<ProfileSubject>("credentials", withoutAccount),
    needs: bothSources,
    message: (subject) =>
      `Impersonation for ${sidesText(subject, withoutAccount)} email needs an account of the profile itself.`,
    remedy: 'Use source: "email-server-profile" with username and password, or remove useImpersonation.',
    reference: errorCodesPage,
  },
  {
    id: "windows-integrated-online",
    scope: "profile",
    severity: "error",
    when: "Windows integrated or anonymous sign-in with an online deployment",
    serverErrors: ["EmailServerProfileInvalidCredentialRetrievalForOnline"],
    ...onSides<ProfileSubject>("credentials", (connection, subject) => and(online(subject), trusted(connection))),
    needs: bothSources,
    message: (subject) =>
      `Dynamics 365 online knows neither Windows integrated nor anonymous sign-in, as it is declared for ${sidesText(subject, trusted)} email.`,
    remedy: "Sign in with credentials of the mailboxes or of the profile, or with OAuth.",
    reference: errorCodesPage,
  },
  {
    id: "server-to-server-needs-online-or-hybrid",
    scope: "profile",
    severity: "error",
    when: "Server-to-server authentication without Exchange Online or a hybrid profile",
    serverErrors: ["InvalidS2SAuthentication"],
    ...onSides<ProfileSubject>("credentials", (connection, { profile }) =>
      and(
        signsInAs(connection, "server-to-server"),
        where(profile.serverType, (type) => ["exchange-server", "pop3-smtp", "imap-smtp"].includes(type)),
      ),
    ),
    needs: ["serverType", ...bothSources],
    message: ({ profile }) =>
      `Server-to-server authentication needs Exchange Online or a hybrid profile, not "${profile.serverType}".`,
    remedy: "Choose a hybrid server type, or sign in with credentials of the mailboxes or of the profile.",
    reference: errorCodesPage,
  },
  {
    id: "oauth-credentials-online-only",
    scope: "profile",
    severity: "error",
    when: "OAuth in an on-premises organization, which has no such option",
    ...onSides<ProfileSubject>("credentials", (connection, { organization }) =>
      and(organization.backend === "dynamics365", organization.deployment === "on-premises", byOAuth(connection)),
    ),
    needs: bothSources,
    message: (subject) =>
      `Profiles of Dynamics 365 on-premises have no OAuth, as it is declared for ${sidesText(subject, byOAuth)} email.`,
    remedy: "Sign in with credentials of the mailboxes or of the profile, or with server-to-server authentication.",
    reference:
      "https://github.com/MicrosoftDocs/dynamics-365-customer-engagement/blob/27d89dcc886558bcaa5cd7c8572da240f4d25a7d/ce/customerengagement/on-premises/developer/entities/emailserverprofile.md",
  },
  {
    id: "oauth-credentials-incomplete",
    scope: "profile",
    severity: "error",
    when: "OAuth credentials that lack what their kind needs",
    ...onSides<ProfileSubject>("credentials", incomplete),
    needs: bothSources,
    message: (subject) =>
      `Credentials of source ${sourceText(sideWhere(subject, incomplete))} need ${missingOAuthSettings(sideWhere(subject, incomplete), subject.organization).join(", ")}.`,
    remedy: "Add what is missing; secrets may be references ({ env } or { config }).",
    reference:
      "https://github.com/MicrosoftDocs/power-platform/blob/05a38f1fb6915e5ce1cd600448ffb80363ca04f9/power-platform/admin/connect-exchange-server-onprem-hma.md",
  },
  {
    id: "credentials-contradict-system",
    scope: "profile",
    severity: "error",
    when: "A kind of OAuth that belongs to another mail system",
    ...onSides<ProfileSubject>("credentials.source", contradictsSystem),
    needs: ["emailSystem", ...bothSources],
    message: (subject) =>
      `${systemOf(subject).label} does not take credentials of source ${sourceText(sideWhere(subject, contradictsSystem))}.`,
    remedy:
      '"gmail-oauth" is for Gmail, "exchange-hybrid-modern-auth" for Exchange Server, "oauth" for accounts of Microsoft Entra ID.',
    reference: onlineSupportPage,
  },
  {
    id: "hybrid-modern-authentication-version",
    scope: "profile",
    severity: "error",
    when: "Hybrid modern authentication with Exchange Server 2010 or older",
    ...onSides<ProfileSubject>("credentials.source", (connection, subject) =>
      and(
        signsInAs(connection, "exchange-hybrid-modern-auth"),
        isSystem(subject, "exchange-server-2003", "exchange-server-2007", "exchange-server-2010"),
      ),
    ),
    needs: ["emailSystem", ...bothSources],
    message: (subject) =>
      `Hybrid modern authentication needs Exchange Server 2013 CU19 or 2016 CU8 at least, not ${systemOf(subject).label}.`,
    remedy: 'Use source: "email-server-profile" with impersonation, or a later Exchange Server.',
    reference:
      "https://github.com/MicrosoftDocs/power-platform/blob/05a38f1fb6915e5ce1cd600448ffb80363ca04f9/power-platform/admin/connect-exchange-server-onprem-hma.md",
  },
  {
    id: "gmail-oauth-sign-in",
    scope: "profile",
    severity: "warning",
    acceptable: true,
    when: "Gmail OAuth in an organization, where each user signs in by hand",
    ...onSides<ProfileSubject>("credentials", (connection, { organization }) =>
      and(organization.backend === "dynamics365", signsInAs(connection, "gmail-oauth")),
    ),
    needs: bothSources,
    message: () =>
      "With Gmail OAuth each user signs in to Gmail once in a browser before Test & Enable can succeed, and one profile serves up to 100 users.",
    remedy: "Plan that step for each mailbox, and accept the risk.",
    reference:
      "https://github.com/MicrosoftDocs/power-platform/blob/096b0eb06e7296dc03d5318c4f7015b52abbdd5a/power-platform/admin/connect-gmail-oauth2.md",
  },
  {
    id: "authentication-protocol-mismatch",
    scope: "profile",
    severity: "error",
    when: "An authentication protocol that the credentials cannot serve",
    serverErrors: ["EmailServerProfileInvalidAuthenticationProtocol"],
    ...onSides<ProfileSubject>("authenticationProtocol", mismatched),
    needs: bothSources,
    message: (subject) =>
      `Credentials of source ${sourceText(sideWhere(subject, mismatched))} do not go together with authenticationProtocol "${sideWhere(subject, mismatched).authenticationProtocol}".`,
    remedy: 'Remove authenticationProtocol: "auto-detect" picks what fits the credentials.',
    reference: errorCodesPage,
  },
  {
    id: "username-not-upn",
    scope: "profile",
    severity: "warning",
    acceptable: true,
    when: "A user name of the form DOMAIN\\user for Exchange",
    ...onSides<ProfileSubject>("credentials.username", (connection, { organization }) =>
      and(organization.backend === "dynamics365", windowsUsername(connection)),
    ),
    needs: ["incoming.credentials.username", "outgoing.credentials.username"],
    message: (subject) => {
      const direction = sidesWhere(subject, windowsUsername)[0] ?? "incoming";
      const { credentials } = subject.profile[direction];
      const username = credentials?.source === "email-server-profile" ? credentials.username : undefined;
      return `With the user name ${told(subject, `${direction}.credentials.username`, username)} Dynamics reports that the SMTP address has no mailbox (ErrorNonExistentMailbox).`;
    },
    remedy: "Use the user principal name, like service@contoso.com.",
    reference:
      "https://github.com/MicrosoftDocs/SupportArticles-docs/blob/32291671230b12d85688ecb8aae17b1abd4850be/support/power-platform/dataverse/email-exchange-synchronization/the-smtp-address-has-no-mailbox.md",
  },
  {
    id: "secret-reference-without-version",
    scope: "profile",
    severity: "warning",
    acceptable: true,
    oncePerStack: true,
    when: "A reference to a secret without a version",
    path: (subject) => unversioned(subject)[0] ?? "incoming.credentials",
    needs: [],
    applies: (subject) => unversioned(subject).length > 0,
    message: (subject) => unversionedMessage(unversioned(subject)),
    remedy: unversionedRemedy,
    reference: secretsPage,
  },
  {
    id: "not-testable-directly",
    scope: "profile",
    severity: "warning",
    acceptable: true,
    when: "The direct back end cannot sign in as Dynamics does",
    ...onSides<ProfileSubject>("credentials", (connection, subject, direction) =>
      and(subject.organization.backend === "direct", needsDynamics(connection, subject, direction)),
    ),
    needs: bothSources,
    message: (subject) => {
      const connection = sideWhere(subject, needsDynamics);
      const key = onlyInKeyVault(connection) ? " and a key in Azure Key Vault" : "";
      return `The direct back end cannot sign in as Dynamics does with ${sourceText(connection)}${key}, so its tests stay "Not Run".`;
    },
    remedy: 'Use backend: "dynamics365", whose Test & Enable runs inside Dynamics, or accept that nothing is tested.',
    reference: onlineSupportPage,
  },
];
