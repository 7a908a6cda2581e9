import { type DeclaredCredentials, secretProperties } from "./credentials";
import {
  defaultPorts,
  mailSystems,
  type EmailSystem,
  type MailSystem,
  type Protocol,
  type Security,
} from "./mailSystems";
import { normalizeServerLocation } from "./names";
import { isPlainObject } from "./plain";
import { normalizeOrganization, type CheckedOrganization } from "./organization";
import type { CheckedConnection, CheckedProfile, DeclaredConnection, DeclaredProfile, ServerType } from "./profile";
import { isKnown, isUnknown, type Maybe } from "./unknown";

/** Fills every default in: from the preset of the mail system where there is one, otherwise from the protocol. Pure. */
export function normalizeProfile(declared: DeclaredProfile, name?: Maybe<string>): CheckedProfile {
  const organization = normalizeOrganization(declared.organization);
  const system = mailSystems[declared.emailSystem];
  const serverType = declared.serverType ?? defaultServerType(declared.emailSystem, organization);
  const exchange = isExchangeType(serverType);
  const autodiscover = declared.autodiscover ?? defaultAutodiscover(declared, exchange);
  const useSameSettings = declared.useSameSettingsForOutgoing ?? (exchange && declared.outgoing === undefined);
  const context = { system, serverType, autodiscover, organization };
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
      useSameSettings ? sameSettings(incoming, declared.outgoing ?? {}, exchange) : (declared.outgoing ?? {}),
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
  return exchange && declared.emailSystem === "exchange-online" && declared.incoming?.serverLocation === undefined;
}

/** What "Use same settings for outgoing" hands over. Never a secret: copied to another path, the engine stores it in clear. */
function sameSettings(incoming: CheckedConnection, own: DeclaredConnection, exchange: boolean): DeclaredConnection {
  const credentials =
    incoming.credentials === null ? undefined : (withoutSecrets(incoming.credentials) as DeclaredCredentials);
  const { protocol, authenticationProtocol, useImpersonation } = incoming;
  if (!exchange || (own.protocol ?? protocol) !== protocol) return { authenticationProtocol, ...own, credentials };
  const { port, security } = incoming;
  const serverLocation = incoming.serverLocation ?? undefined;
  return { protocol, port, security, serverLocation, authenticationProtocol, useImpersonation, ...own, credentials };
}

function withoutSecrets(credentials: object): object {
  const open = Object.entries(credentials).filter(([key]) => !secretProperties.includes(key));
  return Object.fromEntries(open.map(([key, value]) => [key, isPlainObject(value) ? withoutSecrets(value) : value]));
}

function normalizeConnection(
  direction: Direction,
  declared: DeclaredConnection,
  context: ProfileContext,
): CheckedConnection {
  const protocol = declared.protocol ?? defaultProtocol(direction, context.serverType);
  const preset = context.system.endpoints[protocol];
  const security = declared.security ?? defaultSecurity(protocol, declared, preset?.security);
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

/** A port that is assigned to STARTTLS says so; anything else starts with TLS. */
function defaultSecurity(protocol: Protocol, declared: DeclaredConnection, preset: Security | undefined): Security {
  if (protocol === "ews") return "tls";
  const { port } = declared;
  if (isKnown(port)) return port === defaultPorts[protocol].starttls ? "starttls" : "tls";
  return preset ?? "tls";
}

function serverLocation(declared: DeclaredConnection, preset: string | undefined): Maybe<string> | null {
  const location = declared.serverLocation ?? preset ?? null;
  return location === null || isUnknown(location) ? location : normalizeServerLocation(location);
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

function portOfUrl(location: string, security: Security): number {
  const declaredPort = URL.canParse(location) ? new URL(location).port : "";
  return declaredPort === "" ? defaultPorts.ews[security] : Number(declaredPort);
}

function defaultCredentials(context: ProfileContext): DeclaredCredentials | null {
  if (!isExchangeType(context.serverType)) return { source: "user-or-queue" };
  return context.system.family === "exchange-online" ? { source: "server-to-server" } : null;
}
