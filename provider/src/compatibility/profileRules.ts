import type { EmailSystem } from "../model/mailSystems";
import { isKnown, known } from "../model/unknown";
import { protocolPair, signsInWithPassword, usesInternetMail } from "./connections";
import {
  errorCodesPage,
  noEmailRouter,
  onlineSupportPage,
  supportPage,
  systemOf,
  type ProfileRule,
  type Subject,
} from "./rule";
import { and, is, not, or, where, type Trilean } from "./trilean";

const unsupportedExchange: readonly EmailSystem[] = ["exchange-server-2003", "exchange-server-2007"];

function underFips(subject: Subject): Trilean {
  return subject.organization.deployment === "online" || where(subject.organization.fips, (fips) => fips);
}

function isConsumerMicrosoft(subject: Subject): boolean {
  return systemOf(subject).family === "consumer-microsoft";
}

/** Online lists Gmail and Yahoo! Mail as supported, so their compliance is not in doubt there. */
function passesFipsOnline(subject: Subject): boolean {
  return subject.organization.deployment === "online" && systemOf(subject).family === "internet";
}

function isKnownNotCompliant(subject: Subject): boolean {
  return isConsumerMicrosoft(subject) || subject.profile.fipsCompliant === false;
}

function crossesPremises(subject: Subject): Trilean {
  const other = subject.organization.deployment === "online" ? "exchange-server" : "exchange-online";
  return where(subject.profile.emailSystem, () => systemOf(subject).family === other);
}

function sslFreeDirections(subject: Subject): ("incoming" | "outgoing")[] {
  return (["incoming", "outgoing"] as const).filter((direction) => {
    const { security, credentials } = subject.profile[direction];
    return security === "none" && credentials?.source !== "anonymous";
  });
}

function directionsWithoutServer(subject: Subject): ("incoming" | "outgoing")[] {
  return (["incoming", "outgoing"] as const).filter((direction) => subject.profile[direction].serverLocation === null);
}

/** Directions with a URL where the protocol needs a host name. */
function directionsWithUrl(subject: Subject): ("incoming" | "outgoing")[] {
  return (["incoming", "outgoing"] as const).filter((direction) => {
    const { protocol, serverLocation } = subject.profile[direction];
    return protocol !== "ews" && /^https?:/i.test(known(serverLocation) ?? "");
  });
}

export const profileRules: readonly ProfileRule[] = [
  {
    id: "exchange-server-2003-2007",
    scope: "profile",
    severity: "error",
    path: "emailSystem",
    needs: ["emailSystem"],
    applies: ({ profile }) => where(profile.emailSystem, (system) => unsupportedExchange.includes(system)),
    message: (subject) => `${systemOf(subject).label} is not supported by server-side synchronization.`,
    remedy: `Move the mailboxes to Exchange Server 2016, 2019 or Exchange Online first. ${noEmailRouter}`,
    reference: supportPage,
  },
  {
    id: "untested-mail-system",
    scope: "profile",
    severity: "warning",
    acceptable: true,
    path: "emailSystem",
    needs: ["emailSystem"],
    applies: ({ profile }) => is(profile.emailSystem, "other"),
    message: () =>
      "A mail system outside Microsoft's list may work, but Microsoft has not tested it and does not support it.",
    remedy: `Name the system where it is one of the list; otherwise accept the risk and rely on Test & Enable. ${noEmailRouter}`,
    reference: supportPage,
  },
  {
    id: "mixed-exchange-and-pop-smtp",
    scope: "profile",
    severity: "error",
    path: "outgoing.protocol",
    needs: ["incoming.protocol", "outgoing.protocol"],
    applies: ({ profile }) => {
      const [incoming, outgoing] = [is(profile.incoming.protocol, "ews"), is(profile.outgoing.protocol, "ews")];
      return or(and(incoming, not(outgoing)), and(not(incoming), outgoing));
    },
    message: (subject) => `${protocolPair(subject)}: Exchange and POP3, IMAP or SMTP cannot be mixed in one profile.`,
    remedy: `Use Exchange for both directions, or POP3 or IMAP with SMTP. ${noEmailRouter}`,
    reference: supportPage,
  },
  {
    id: "fips-mail-server",
    scope: "profile",
    severity: (subject) =>
      subject.organization.deployment === "online" && !isKnownNotCompliant(subject) ? "warning" : "error",
    acceptable: (subject) => !isKnownNotCompliant(subject),
    path: "emailSystem",
    needs: ["incoming.protocol", "outgoing.protocol", "emailSystem", "organization.fips"],
    applies: (subject) => {
      const compliant =
        !isConsumerMicrosoft(subject) && (subject.profile.fipsCompliant === true || passesFipsOnline(subject));
      return and(usesInternetMail(subject), !compliant, underFips(subject));
    },
    message: (subject) => {
      const { label } = systemOf(subject);
      const where =
        subject.organization.deployment === "online" ? "Dynamics 365 online" : "A deployment configured for FIPS 140-2";
      if (isConsumerMicrosoft(subject))
        return `${where} needs a FIPS 140-2 compliant mail server, and Microsoft names ${label} as not compliant.`;
      const state = subject.profile.fipsCompliant === false ? "declared as not compliant" : "not declared as compliant";
      return `${where} needs a FIPS 140-2 compliant mail server, and this ${label} server is ${state}.`;
    },
    remedy: (subject) =>
      isKnownNotCompliant(subject)
        ? `Choose a compliant mail system, for example Exchange. ${noEmailRouter}`
        : "Set fipsCompliant: true once the owner of the mail server has confirmed it, or accept the risk.",
    reference: supportPage,
  },
  {
    id: "outlook-on-the-web-hybrid",
    scope: "profile",
    severity: "error",
    acceptable: true,
    path: "organization.trackInOutlookOnTheWeb",
    needs: ["emailSystem", "organization.trackInOutlookOnTheWeb"],
    applies: (subject) =>
      and(
        subject.organization.deployment === "on-premises",
        is(subject.profile.emailSystem, "exchange-online"),
        where(subject.organization.trackInOutlookOnTheWeb, (tracks) => tracks),
      ),
    message: () => "Tracking in Outlook on the web is not supported with Dynamics 365 on-premises and Exchange Online.",
    remedy: "Track in another Outlook, and set trackInOutlookOnTheWeb: false; or accept the risk.",
    reference: supportPage,
  },
  {
    id: "bulk-email-campaigns",
    scope: "profile",
    severity: "error",
    path: "organization.bulkEmailCampaigns",
    needs: ["organization.bulkEmailCampaigns"],
    applies: ({ organization }) => where(organization.bulkEmailCampaigns, (bulk) => bulk),
    message: () => "Mass e-mail marketing campaigns through server-side synchronization are not supported.",
    remedy: `Send campaigns through a marketing service, and set bulkEmailCampaigns: false. ${noEmailRouter}`,
    reference: supportPage,
  },
  {
    id: "custom-email-provider",
    scope: "profile",
    severity: "error",
    path: "organization.customEmailProviders",
    needs: ["organization.customEmailProviders"],
    applies: ({ organization }) => where(organization.customEmailProviders, (custom) => custom),
    message: () => "Extending EWS, POP3 or SMTP, or a custom e-mail provider, is not supported.",
    remedy: `Use one of the supported mail systems as it is, and set customEmailProviders: false. ${noEmailRouter}`,
    reference: supportPage,
  },
  {
    id: "multi-factor-authentication",
    scope: "profile",
    severity: (subject) => (signsInWithPassword(subject) ? "error" : "warning"),
    acceptable: (subject) => !signsInWithPassword(subject),
    path: "multiFactorAuthentication",
    needs: ["emailSystem", "multiFactorAuthentication"],
    applies: (subject) =>
      and(
        crossesPremises(subject),
        where(subject.profile.multiFactorAuthentication, (multiFactor) => multiFactor),
      ),
    message: (subject) =>
      `Multi-factor authentication is not supported between Dynamics 365 ${subject.organization.deployment} and ${systemOf(subject).label}.`,
    remedy: "Sign in with an account that is exempt from multi-factor authentication, or without a password.",
    reference: supportPage,
  },
  {
    id: "server-location-required",
    scope: "profile",
    severity: "error",
    path: (subject) =>
      `${[...directionsWithUrl(subject), ...directionsWithoutServer(subject)][0] ?? "incoming"}.serverLocation`,
    needs: ["autodiscover"],
    applies: (subject) =>
      or(
        directionsWithUrl(subject).length > 0,
        and(is(subject.profile.autodiscover, false), directionsWithoutServer(subject).length > 0),
      ),
    message: (subject) =>
      directionsWithUrl(subject).length > 0
        ? `The server location for ${directionsWithUrl(subject).join(" and ")} email is a URL, but POP3, IMAP and SMTP need a host name.`
        : `${systemOf(subject).label} has no server location of its own, and none is declared for ${directionsWithoutServer(subject).join(" and ")} email.`,
    remedy:
      "Set serverLocation: the host name of the mail server, for Exchange the URL https://HOST/EWS/Exchange.asmx.",
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
    path: (subject) => `${sslFreeDirections(subject)[0] ?? "incoming"}.security`,
    needs: [],
    applies: (subject) =>
      sslFreeDirections(subject).length > 0 &&
      (subject.organization.deployment === "online" ||
        subject.organization.deploymentSettings?.allowNonSslEmail !== true),
    message: (subject) =>
      `security: "none" sends ${sslFreeDirections(subject).join(" and ")} email and passwords in clear text, ` +
      (subject.organization.deployment === "online"
        ? "which Dynamics 365 online refuses."
        : "which the deployment refuses unless AllowNonSSLEmail is on."),
    remedy: 'Use security: "tls" or "starttls"; on-premises, declare deploymentSettings.allowNonSslEmail as it is set.',
    reference: errorCodesPage,
  },
  {
    id: "not-testable-directly",
    scope: "profile",
    severity: "warning",
    acceptable: true,
    path: "incoming.credentials",
    needs: ["incoming.credentials.source"],
    applies: ({ organization, profile }) =>
      and(
        organization.backend === "direct",
        isKnown(profile.incoming.credentials) &&
          ["server-to-server", "windows-integrated"].includes(profile.incoming.credentials.source),
      ),
    message: ({ profile }) =>
      `The direct back end cannot sign in as Dynamics does with "${profile.incoming.credentials?.source ?? ""}", so its tests stay "Not Run".`,
    remedy: 'Use backend: "dynamics365", whose Test & Enable runs inside Dynamics, or accept that nothing is tested.',
    reference: onlineSupportPage,
  },
];
