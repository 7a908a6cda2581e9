import type { Protocol, Security } from "../../model/mailSystems";
import { portOfUrl, withoutSecrets } from "../../model/normalizeProfile";
import { containsUnknown, sameValue } from "../../model/plain";
import type { CheckedConnection } from "../../model/profile";
import { isKnown, isUnknown } from "../../model/unknown";
import { anySide, onSides, sidesText, sidesWhere, signsInAs, usesExchange, usesOnlyExchange } from "../connections";
import { errorCodesPage, systemOf, told, type ProfileRule, type ProfileSubject, type Subject } from "../rule";
import { and, is, not, or, where, type Trilean } from "../trilean";

const online = (subject: Subject) => subject.organization.deployment === "online";

const clearText = (connection: CheckedConnection) =>
  and(is(connection.security, "none"), connection.credentials === null || not(signsInAs(connection, "anonymous")));
const activeDirectory = ({ authenticationProtocol }: CheckedConnection) =>
  where(authenticationProtocol, (protocol) => protocol === "negotiate" || protocol === "ntlm");
const clearBasic = ({ authenticationProtocol, security }: CheckedConnection) =>
  and(is(authenticationProtocol, "basic"), is(security, "none"));
const located = ({ serverLocation }: CheckedConnection): Trilean =>
  serverLocation === null ? false : where(serverLocation, () => true);
const unlocated = ({ serverLocation }: CheckedConnection) => serverLocation === null;
const locatedByUrl = ({ protocol, serverLocation }: CheckedConnection): Trilean =>
  serverLocation === null
    ? false
    : and(
        where(protocol, (name) => name !== "ews"),
        where(serverLocation, (location) => /^https?:/i.test(location)),
      );

function contradictingUrl({ protocol, security, serverLocation }: CheckedConnection): Trilean {
  if (serverLocation === null) return false;
  const contradicts = where(serverLocation, (location) => {
    const scheme = /^(https?):/i.exec(location)?.[1]?.toLowerCase();
    return scheme !== undefined && (scheme === "https") === (security === "none");
  });
  return and(is(protocol, "ews"), contradicts);
}

/** Undeclared, it is on by default on-premises and off by default online, where Exchange Server is set up with it all the same. */
const allowsActiveDirectory = ({ organization }: Subject) =>
  organization.deploymentSettings?.allowAdBasedAuthentication;

const upgradedExchange = ({ protocol, security }: CheckedConnection) =>
  and(is<Protocol>(protocol, "ews"), is<Security>(security, "starttls"));
const windowsMethod = (connection: CheckedConnection) =>
  and(
    where(connection.protocol, (protocol) => protocol !== "ews"),
    activeDirectory(connection),
  );
/** Mail systems of which it is known that they take no Windows sign-in over IMAP, POP3 and SMTP. */
const withoutWindows = (subject: Subject) =>
  ["internet", "consumer-microsoft", "exchange-online"].includes(systemOf(subject).family);

function contradictingPort({ protocol, serverLocation, port, security }: CheckedConnection): Trilean {
  if (serverLocation === null) return false;
  const contradicts =
    isKnown(serverLocation) && isKnown(port)
      ? /^https?:/i.test(serverLocation) && portOfUrl(serverLocation, security) !== port
      : undefined;
  return and(is<Protocol>(protocol, "ews"), contradicts);
}

const settings = ["serverLocation", "port", "security", "authenticationProtocol", "useImpersonation"] as const;

function differ(left: unknown, right: unknown): Trilean {
  return isUnknown(left) || isUnknown(right) ? undefined : left !== right;
}
function otherCredentials({ profile }: ProfileSubject): Trilean {
  const [shared, own] = [withoutSecrets(profile.incoming.credentials), profile.outgoing.credentials];
  if (sameValue(shared, own)) return false;
  return containsUnknown(shared) || containsUnknown(own) ? undefined : true;
}
const differing = (subject: ProfileSubject): string[] => [
  ...(otherCredentials(subject) === true ? ["credentials"] : []),
  ...settings.filter(
    (key) =>
      usesOnlyExchange(subject) === true &&
      differ(subject.profile.incoming[key], subject.profile.outgoing[key]) === true,
  ),
];

/** Servers, ports, security and sign-in methods. */
export const connectionSettingRules: readonly ProfileRule[] = [
  {
    id: "server-location-required",
    scope: "profile",
    severity: "error",
    when: "No server location where the mail system has none of its own, or a URL where a host name belongs",
    serverErrors: [
      "EmailServerProfileInvalidServerLocation",
      "InvalidEmailServerLocation",
      "SpecifyIncomingServerLocation",
      "SpecifyOutgoingServerLocation",
      "ServerLocationIsEmpty",
    ],
    path: (subject) =>
      `${[...sidesWhere(subject, locatedByUrl), ...sidesWhere(subject, unlocated)][0] ?? "incoming"}.serverLocation`,
    needs: ["autodiscover", "incoming.serverLocation", "outgoing.serverLocation"],
    applies: (subject) =>
      or(anySide(subject, locatedByUrl), and(is(subject.profile.autodiscover, false), anySide(subject, unlocated))),
    message: (subject) => {
      const byUrl = sidesText(subject, locatedByUrl);
      return byUrl === ""
        ? `${systemOf(subject).label} has no server location of its own, and none is declared for ${sidesText(subject, unlocated)} email.`
        : `The server location for ${byUrl} email is a URL, but POP3, IMAP and SMTP need a host name.`;
    },
    remedy:
      "Set serverLocation: the host name of the mail server, for Exchange the URL https://HOST/EWS/Exchange.asmx.",
    reference: errorCodesPage,
  },
  {
    id: "autodiscover-needs-exchange",
    scope: "profile",
    severity: "error",
    when: "Autodiscover without Exchange",
    serverErrors: ["EmailServerProfileAutoDiscoverNotAllowed"],
    path: "autodiscover",
    needs: ["autodiscover", "incoming.protocol", "outgoing.protocol"],
    applies: (subject) => and(is(subject.profile.autodiscover, true), not(usesExchange(subject))),
    message: (subject) => `Only Exchange has autodiscover, and ${systemOf(subject).label} is reached without it.`,
    remedy: "Remove autodiscover, and set serverLocation where the mail system has none of its own.",
    reference: errorCodesPage,
  },
  {
    id: "autodiscover-with-server-location",
    scope: "profile",
    severity: "error",
    when: "Autodiscover and a server location at once",
    serverErrors: ["EmailServerProfileLocationNotRequired"],
    path: (subject) => `${sidesWhere(subject, located)[0] ?? "incoming"}.serverLocation`,
    needs: ["autodiscover", "incoming.serverLocation", "outgoing.serverLocation"],
    applies: (subject) => and(is(subject.profile.autodiscover, true), anySide(subject, located)),
    message: (subject) =>
      `A profile with autodiscover takes no server locations, but there is one for ${sidesText(subject, located)} email.`,
    remedy: "Remove serverLocation, or set autodiscover: false.",
    reference: errorCodesPage,
  },
  {
    id: "url-scheme-and-ssl",
    scope: "profile",
    severity: "error",
    when: "An https URL without TLS, or an http URL with it",
    serverErrors: [
      "IncomingServerLocationAndSslSetToNo",
      "OutgoingServerLocationAndSslSetToNo",
      "IncomingServerLocationAndSslSetToYes",
      "OutgoingServerLocationAndSslSetToYes",
      "ServerLocationAndSSLSetToYes",
    ],
    ...onSides<ProfileSubject>("serverLocation", contradictingUrl),
    needs: ["incoming.serverLocation", "outgoing.serverLocation"],
    message: (subject) =>
      `The URL of the ${sidesText(subject, contradictingUrl)} server and its security contradict each other: https needs TLS, http goes without.`,
    remedy: 'Use an https URL with security: "tls".',
    reference: errorCodesPage,
  },
  {
    id: "port-contradicts-url",
    scope: "profile",
    severity: "error",
    when: "A URL with one port, and another port declared beside it",
    ...onSides<ProfileSubject>("port", contradictingPort),
    needs: ["incoming.serverLocation", "outgoing.serverLocation", "incoming.port", "outgoing.port"],
    message: (subject) =>
      `The URL of the ${sidesText(subject, contradictingPort)} server and its port contradict each other.`,
    remedy: "Remove port: a URL says it by itself.",
    reference: errorCodesPage,
  },
  {
    id: "starttls-with-exchange",
    scope: "profile",
    severity: "error",
    when: "STARTTLS for Exchange, which goes over HTTPS",
    ...onSides<ProfileSubject>("security", upgradedExchange),
    needs: ["incoming.protocol", "outgoing.protocol"],
    message: (subject) =>
      `HTTP has no STARTTLS, as it is declared for ${sidesText(subject, upgradedExchange)} email over Exchange (EWS).`,
    remedy: 'Remove security, or set security: "tls".',
    reference: errorCodesPage,
  },
  {
    id: "windows-authentication-without-exchange",
    scope: "profile",
    severity: (subject) => (withoutWindows(subject) ? "error" : "warning"),
    acceptable: (subject) => !withoutWindows(subject),
    when: "Negotiate or NTLM over IMAP, POP3 or SMTP: no public mail system takes them",
    serverErrors: ["EmailServerProfileInvalidAuthenticationProtocol"],
    ...onSides<ProfileSubject>("authenticationProtocol", windowsMethod),
    needs: [
      "incoming.protocol",
      "outgoing.protocol",
      "incoming.authenticationProtocol",
      "outgoing.authenticationProtocol",
    ],
    message: (subject) =>
      `Negotiate and NTLM are for Exchange, and ${sidesText(subject, windowsMethod)} email of ${systemOf(subject).label} goes without it.`,
    remedy: 'Remove authenticationProtocol, or set "basic" or "oauth".',
    reference: errorCodesPage,
  },
  {
    id: "same-settings-for-outgoing",
    scope: "profile",
    severity: "error",
    when: "Same settings for outgoing email, and yet other ones declared for it",
    serverErrors: ["OutgoingSettingsUpdateNotAllowed"],
    path: (subject) => `outgoing.${differing(subject)[0] ?? "serverLocation"}`,
    needs: [
      "useSameSettingsForOutgoing",
      "incoming.serverLocation",
      "outgoing.serverLocation",
      "incoming.port",
      "outgoing.port",
      ...["username", "clientId", "tenantId", "resourceId"].flatMap((key) => [
        `incoming.credentials.${key}`,
        `outgoing.credentials.${key}`,
      ]),
    ],
    applies: (subject) =>
      and(
        is(subject.profile.useSameSettingsForOutgoing, true),
        or(
          otherCredentials(subject),
          and(
            usesOnlyExchange(subject),
            or(...settings.map((key) => differ(subject.profile.incoming[key], subject.profile.outgoing[key]))),
          ),
        ),
      ),
    message: (subject) =>
      `The same settings are to be used for outgoing email, but outgoing has other ${differing(subject).join(", ")}.`,
    remedy: "Remove the outgoing settings, or set useSameSettingsForOutgoing: false.",
    reference: errorCodesPage,
  },
  {
    id: "ssl-required",
    scope: "profile",
    severity: ({ organization }) =>
      organization.deployment === "online" || organization.deploymentSettings?.allowNonSslEmail === false
        ? "error"
        : "warning",
    acceptable: ({ organization }) =>
      organization.deployment === "on-premises" && organization.deploymentSettings?.allowNonSslEmail === undefined,
    when: "Email and passwords in clear text: refused online, and on-premises unless AllowNonSSLEmail is on",
    serverErrors: ["EmailServerProfileSslRequiredForOnline", "EmailServerProfileSslRequiredForOnPremise"],
    path: (subject) => `${sidesWhere(subject, clearText)[0] ?? "incoming"}.security`,
    needs: [],
    applies: (subject) =>
      and(
        anySide(subject, clearText),
        online(subject) || subject.organization.deploymentSettings?.allowNonSslEmail !== true,
      ),
    message: (subject) =>
      `security: "none" sends ${sidesText(subject, clearText)} email and passwords in clear text, ` +
      (online(subject)
        ? "which Dynamics 365 online refuses."
        : "which the deployment refuses unless AllowNonSSLEmail is on."),
    remedy: 'Use security: "tls" or "starttls"; on-premises, declare deploymentSettings.allowNonSslEmail as it is set.',
    reference: errorCodesPage,
  },
  {
    id: "basic-without-tls",
    scope: "profile",
    severity: "error",
    when: "Basic authentication without TLS where the deployment does not allow it",
    serverErrors: ["EmailServerProfileBasicAuthenticationProtocolNotAllowed"],
    path: (subject) => `${sidesWhere(subject, clearBasic)[0] ?? "incoming"}.authenticationProtocol`,
    needs: ["organization.deploymentSettings.allowBasicOnNonSecureChannel"],
    applies: (subject) =>
      and(
        anySide(subject, clearBasic),
        where(subject.organization.deploymentSettings?.allowBasicOnNonSecureChannel, (allowed) => !allowed),
      ),
    message: (subject) =>
      `The deployment does not allow Basic without TLS, as it is declared for ${sidesText(subject, clearBasic)} email.`,
    remedy: 'Use security: "tls" or "starttls".',
    reference: errorCodesPage,
  },
  {
    id: "ad-authentication-disallowed",
    scope: "profile",
    severity: (subject) => (allowsActiveDirectory(subject) === false ? "error" : "warning"),
    acceptable: (subject) => allowsActiveDirectory(subject) === undefined,
    when: "Negotiate or NTLM where the deployment does not allow them, or online, where it does not by default",
    serverErrors: ["EmailServerProfileADBasedAuthenticationProtocolNotAllowed"],
    path: (subject) => `${sidesWhere(subject, activeDirectory)[0] ?? "incoming"}.authenticationProtocol`,
    needs: [],
    applies: (subject) => and(anySide(subject, activeDirectory), !(allowsActiveDirectory(subject) ?? !online(subject))),
    message: (subject) => {
      const asked = sidesWhere(subject, activeDirectory).map(
        (direction) => subject.profile[direction].authenticationProtocol,
      );
      const when = allowsActiveDirectory(subject) === undefined ? " by default" : "";
      return `The ${subject.organization.deployment} deployment does not allow Negotiate and NTLM${when}, and the profile asks for ${[...new Set(asked)].join(" and ")}.`;
    },
    remedy:
      'Use authenticationProtocol: "auto-detect" or "basic", or declare deploymentSettings.allowAdBasedAuthentication as it is set.',
    reference: errorCodesPage,
  },
  {
    id: "concurrent-connections-online",
    scope: "profile",
    severity: "error",
    when: "More than 300 concurrent connections with an online deployment",
    path: "maxConcurrentConnections",
    needs: ["maxConcurrentConnections"],
    applies: (subject) =>
      and(
        online(subject),
        subject.profile.maxConcurrentConnections === null
          ? false
          : where(subject.profile.maxConcurrentConnections, (number) => number > 300),
      ),
    message: (subject) =>
      `Dynamics 365 online takes 1 to 300 concurrent connections, not ${told(subject, "maxConcurrentConnections", subject.profile.maxConcurrentConnections)}.`,
    remedy: "Set maxConcurrentConnections to 300 or less, or remove it: the default is 10.",
    reference: "https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/emailserverprofile",
  },
];
