import { type DeclaredCredentials, secretProperties } from "./credentials";
import {
  defaultPorts,
  endpointsIn,
  mailSystems,
  type EmailSystem,
  type MailSystem,
  type Protocol,
  type PublishedEndpoint,
  type Security,
} from "./mailSystems";
import { normalizeServerLocation } from "./names";
import { isPlainObject, sameValue } from "./plain";
import { normalizeOrganization, type CheckedOrganization } from "./organization";
import type { CheckedConnection, CheckedProfile, DeclaredConnection, DeclaredProfile, ServerType } from "./profile";
import { isKnown, isUnknown, type Maybe } from "./unknown";

/** Fills every default in: from the preset of the mail system where there is one, otherwise from the protocol. Pure. */
export function normalizeProfile(declared: DeclaredProfile, name?: Maybe<string>): CheckedProfile {
  const organization = normalizeOrganization(declared.organization);
  const system = mailSystems[declared.emailSystem];
  const serverType = declared.serverType ?? defaultServerType(declared.emailSystem, organization);
  const autodiscover = declared.autodiscover ?? defaultAutodiscover(declared, isExchangeType(serverType));
  const useSameSettings = usesSameSettings(declared);
  const endpoints = endpointsIn(system, declared.serverAuthority);
  const context = { system, endpoints, serverType, autodiscover, organization };
  const incoming = normalizeConnection("incoming", declared.incoming ?? {}, context);
  return {
    organization,
    name: declared.name ?? name ?? null,
    description: declared.description ?? null,
    emailSystem: declared.emailSystem,
    serverType,
    autodiscover,
    incoming,
    outgoing: normalizeConnection(
      "outgoing",
      useSameSettings ? sameSettings(incoming, declared) : (declared.outgoing ?? {}),
      context,
    ),
    useSameSettingsForOutgoing: useSameSettings,
    exchangeOnlineTenantId: declared.exchangeOnlineTenantId ?? null,
    serverAuthority: declared.serverAuthority ?? null,
    maxConcurrentConnections: declared.maxConcurrentConnections ?? null,
    minPollingIntervalMinutes: declared.minPollingIntervalMinutes ?? null,
    connectionTimeoutMs: declared.connectionTimeoutMs ?? null,
    processEmailsReceivedAfter: declared.processEmailsReceivedAfter ?? null,
    moveUndeliveredEmails: declared.moveUndeliveredEmails ?? null,
    sendEmailAlert: declared.sendEmailAlert ?? null,
    encodingCodePage: declared.encodingCodePage ?? null,
    ownerEmailAddress: declared.ownerEmailAddress ?? null,
    owner: declared.owner ?? null,
    fipsCompliant: declared.fipsCompliant ?? null,
    multiFactorAuthentication: declared.multiFactorAuthentication ?? null,
    caCertificates: declared.caCertificates ?? null,
    testConnection: declared.testConnection ?? organization.backend === "direct",
    adopt: declared.adopt ?? null,
    onDelete: declared.onDelete ?? (declared.adopt === undefined ? "delete" : "retain"),
    acceptRisks: declared.acceptRisks ?? null,
  };
}

interface ProfileContext {
  system: MailSystem;
  endpoints: MailSystem["endpoints"];
  serverType: ServerType;
  autodiscover: boolean;
  organization: CheckedOrganization;
}
type Direction = "incoming" | "outgoing";

export function isExchangeType(serverType: ServerType): boolean {
  return serverType !== "pop3-smtp" && serverType !== "imap-smtp";
}

function defaultServerType(emailSystem: EmailSystem, organization: CheckedOrganization): ServerType {
  switch (mailSystems[emailSystem].family) {
    case "exchange-online":
      return organization.deployment === "online" ? "exchange-online" : "exchange-online-hybrid";
    case "exchange-server":
      return organization.deployment === "online" || organization.hybridExchange === true
        ? "exchange-server-hybrid"
        : "exchange-server";
    default:
      // On-premises metadata has no IMAP option (reference: emailserverprofile.servertype), so Dynamics gets POP3 there.
      return organization.backend === "dynamics365" && organization.deployment === "on-premises"
        ? "pop3-smtp"
        : "imap-smtp";
  }
}

function defaultAutodiscover(declared: DeclaredProfile, exchange: boolean): boolean {
  if (!exchange || declared.emailSystem !== "exchange-online" || declared.incoming?.serverLocation !== undefined)
    return false;
  // Dynamics has to be told the location there (reference: default server location of Exchange Online in China).
  return declared.serverAuthority !== "china";
}

/** What decides how far outgoing email uses the settings of incoming email. */
export type SameSettings = Pick<DeclaredProfile, "emailSystem" | "serverType" | "useSameSettingsForOutgoing"> & {
  incoming?: Pick<DeclaredConnection, "protocol"> | undefined;
  outgoing?: Pick<DeclaredConnection, "protocol"> | undefined;
};

function speaksExchange({ emailSystem, serverType }: SameSettings): boolean {
  if (serverType !== undefined) return isExchangeType(serverType);
  return ["exchange-online", "exchange-server"].includes(mailSystems[emailSystem].family);
}

function usesSameSettings(declared: SameSettings): boolean {
  return declared.useSameSettingsForOutgoing ?? (speaksExchange(declared) && declared.outgoing === undefined);
}

const everySetting = [
  "protocol",
  "port",
  "security",
  "serverLocation",
  "authenticationProtocol",
  "useImpersonation",
  "credentials",
] as const;
/** IMAP and SMTP have a server each; what they share is how to sign in. */
const signInSettings = ["authenticationProtocol", "credentials"] as const;

/** What "Use same settings for outgoing" hands over, where outgoing email has none of its own. */
export function settingsTakenOver(declared: SameSettings): readonly (keyof DeclaredConnection)[] {
  if (!usesSameSettings(declared)) return [];
  const incoming = declared.incoming?.protocol ?? (speaksExchange(declared) ? "ews" : undefined);
  return incoming === "ews" && (declared.outgoing?.protocol ?? incoming) === "ews" ? everySetting : signInSettings;
}

/**
 * Other credentials than those of incoming email stay, so that a rule can say so. The same ones come without their
 * secrets: copied to another path, the engine would store them in clear.
 */
function sameSettings(incoming: CheckedConnection, declared: DeclaredProfile): DeclaredConnection {
  const own = declared.outgoing ?? {};
  const handed = settingsTakenOver(declared).flatMap((key) => (incoming[key] === null ? [] : [[key, incoming[key]]]));
  const same =
    own.credentials === undefined ||
    [incoming.credentials, withoutSecrets(incoming.credentials)].some((shared) => sameValue(own.credentials, shared));
  const credentials = same ? (withoutSecrets(incoming.credentials) ?? undefined) : own.credentials;
  return { ...Object.fromEntries(handed), ...own, credentials } as DeclaredConnection;
}

/** Credentials as "same settings" hand them over. */
export function withoutSecrets(credentials: DeclaredCredentials | null): DeclaredCredentials | null {
  return credentials === null ? null : (openPart(credentials) as DeclaredCredentials);
}

function openPart(credentials: object): object {
  const open = Object.entries(credentials).filter(([key]) => !secretProperties.includes(key));
  return Object.fromEntries(open.map(([key, value]) => [key, isPlainObject(value) ? openPart(value) : value]));
}

function normalizeConnection(
  direction: Direction,
  declared: DeclaredConnection,
  context: ProfileContext,
): CheckedConnection {
  const protocol = declared.protocol ?? defaultProtocol(direction, context.serverType);
  const preset = context.endpoints[protocol];
  const security = declared.security ?? defaultSecurity(protocol, declared.port, preset);
  return {
    protocol,
    serverLocation: serverLocation(declared, context.autodiscover ? undefined : preset?.serverLocation),
    port: port(declared, protocol, security, preset),
    security,
    authenticationProtocol: declared.authenticationProtocol ?? "auto-detect",
    credentials: declared.credentials ?? defaultCredentials(context),
    useImpersonation: declared.useImpersonation ?? false,
  };
}

function defaultProtocol(direction: Direction, serverType: ServerType): Protocol {
  if (isExchangeType(serverType)) return "ews";
  if (direction === "outgoing") return "smtp";
  return serverType === "pop3-smtp" ? "pop3" : "imap";
}

/** Ports that are assigned to STARTTLS, and 25, which has no other protection. Anything else starts with TLS. */
const starttlsPorts: Readonly<Partial<Record<Protocol, readonly number[]>>> = {
  imap: [143],
  pop3: [110],
  smtp: [25, 587],
};

/** A published port comes with its security; any other says it by its assignment. */
function defaultSecurity(
  protocol: Protocol,
  port: Maybe<number> | undefined,
  preset: PublishedEndpoint | undefined,
): Security {
  if (protocol === "ews") return "tls";
  if (!isKnown(port)) return preset?.security ?? "tls";
  const published = preset && [preset, ...(preset.alternatives ?? [])].find((endpoint) => endpoint.port === port);
  return published?.security ?? (starttlsPorts[protocol]?.includes(port) === true ? "starttls" : "tls");
}

function serverLocation(declared: DeclaredConnection, preset: string | undefined): Maybe<string> | null {
  const { serverLocation: location } = declared;
  if (location === undefined) return preset ?? null;
  return isUnknown(location) ? location : normalizeServerLocation(location);
}

function port(
  declared: DeclaredConnection,
  protocol: Protocol,
  security: Security,
  preset: { port: number; security: Security } | undefined,
): Maybe<number> {
  if (declared.port !== undefined) return declared.port;
  if (protocol === "ews" && isKnown(declared.serverLocation)) return portOfUrl(declared.serverLocation, security);
  return preset?.security === security ? preset.port : defaultPorts[protocol][security];
}

/** The port of a URL, or the one that its protocol has. */
export function portOfUrl(location: string, security: Security): number {
  const [, declaredPort] = /^https?:\/\/[^/?#]*:(\d+)(?:[/?#]|$)/i.exec(location) ?? [];
  return declaredPort === undefined ? defaultPorts.ews[security] : Number(declaredPort);
}

function defaultCredentials(context: ProfileContext): DeclaredCredentials | null {
  if (!isExchangeType(context.serverType)) return { source: "user-or-queue" };
  return context.system.family === "exchange-online" ? { source: "server-to-server" } : null;
}
