import { isIP } from "node:net";
import type { DeclaredCredentials } from "../../model/credentials";
import { defaultPorts, mailSystems } from "../../model/mailSystems";
import { isExchangeType } from "../../model/normalizeProfile";
import type { CheckedConnection, CheckedProfile } from "../../model/profile";
import { known } from "../../model/unknown";
import type { ColumnValue } from "./columns/column";
import { authenticationProtocols, credentialRetrievals } from "./columns/optionSet";
import type { ProfileMapping } from "./profileMappingRow";

export type Direction = "incoming" | "outgoing";
type Draft = CheckedConnection["credentials"];

/** What no document tells of "Exchange Online" as a type stays as Microsoft made it. */
const governed = ({ serverType }: CheckedProfile): boolean => serverType !== "exchange-online";

function changed(profile: CheckedProfile, direction: Direction, part: Partial<CheckedConnection>): CheckedProfile {
  return { ...profile, [direction]: { ...profile[direction], ...part } };
}

/** Where the server is, as Dynamics wants it: nothing with autodiscover, for Exchange the whole URL. */
export function storedLocation(profile: CheckedProfile, direction: Direction): string | null {
  const { serverLocation, protocol, security, port } = profile[direction];
  const location = known(serverLocation);
  if (profile.autodiscover || location === undefined) return null;
  if (protocol !== "ews") return location;
  const url = new URL(/^https?:\/\//i.test(location) ? location : `https://${hostInUrl(location)}`);
  if (url.pathname === "/" && url.search === "") url.pathname = "/EWS/Exchange.asmx";
  if (security === "none") url.protocol = "http:";
  url.port = String(known(port) ?? "");
  return url.href;
}

function hostInUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** A profile whose connections speak what its server type says; other protocols come with ports of their own. */
export function speaking(profile: CheckedProfile): CheckedProfile {
  const { serverType } = profile;
  const mail = serverType === "pop3-smtp" ? "pop3" : "imap";
  const protocols = isExchangeType(serverType)
    ? ({ incoming: "ews", outgoing: "ews" } as const)
    : ({ incoming: mail, outgoing: "smtp" } as const);
  return (["incoming", "outgoing"] as const).reduce((draft, direction) => {
    const protocol = protocols[direction];
    const { protocol: before, security } = draft[direction];
    return before === protocol
      ? draft
      : changed(draft, direction, { protocol, port: defaultPorts[protocol][security] });
  }, profile);
}

/** A location as it was found. The URL of EWS holds the port, too. */
function withLocation(profile: CheckedProfile, direction: Direction, found: ColumnValue): CheckedProfile {
  const serverLocation = typeof found === "string" && found !== "" ? found : null;
  if (profile[direction].protocol !== "ews" || serverLocation === null || !URL.canParse(serverLocation)) {
    return changed(profile, direction, { serverLocation });
  }
  const { port, protocol } = new URL(serverLocation);
  const byScheme = defaultPorts.ews[protocol === "http:" ? "none" : "tls"];
  return changed(profile, direction, { serverLocation, port: port === "" ? byScheme : Number(port) });
}

/** Ports that a server may have filled in where Exchange is reached by its URL. */
const portsOfUrls: readonly ColumnValue[] = [0, 80, 443];

function securityOf(profile: CheckedProfile, direction: Direction, usesTls: boolean): CheckedConnection["security"] {
  if (!usesTls) return "none";
  const { protocol, port, security } = profile[direction];
  if (security !== "none") return security;
  const startTls = { imap: [143], pop3: [110], smtp: [25, 587], ews: [] as number[] }[protocol];
  return startTls.includes(known(port) ?? 0) ? "starttls" : "tls";
}

/** Credentials of another source hold nothing yet but it; what cannot be read is nowhere. */
function withSource(credentials: Draft, source: DeclaredCredentials["source"]): Draft {
  return credentials?.source === source ? credentials : ({ source } as DeclaredCredentials);
}

function usernameOf({ credentials }: CheckedConnection): string | undefined {
  return credentials?.source === "email-server-profile" ? known(credentials.username) : undefined;
}

function directionMappings(direction: Direction): ProfileMapping[] {
  const property = (name: string) => `${direction}.${name}`;
  return [
    {
      column: `${direction}serverlocation`,
      property: property("serverLocation"),
      wanted: (profile) => (governed(profile) ? storedLocation(profile, direction) : undefined),
      declared: (profile, found) => withLocation(profile, direction, found),
    },
    {
      column: `${direction}portnumber`,
      property: property("port"),
      wanted(profile) {
        if (!governed(profile)) return undefined;
        return isExchangeType(profile.serverType) ? null : (known(profile[direction].port) ?? null);
      },
      declared: (profile, found) => (found === null ? profile : changed(profile, direction, { port: Number(found) })),
      accepts: (found, wanted) => wanted === null && portsOfUrls.includes(found),
    },
    {
      column: `${direction}usessl`,
      property: property("security"),
      wanted: (profile) => (governed(profile) ? profile[direction].security !== "none" : undefined),
      declared: (profile, found) =>
        changed(profile, direction, { security: securityOf(profile, direction, found === true) }),
    },
    {
      column: `${direction}authenticationprotocol`,
      property: property("authenticationProtocol"),
      wanted: (profile) =>
        governed(profile) ? authenticationProtocols.valueOf(profile[direction].authenticationProtocol) : undefined,
      declared: (profile, found) =>
        changed(profile, direction, {
          authenticationProtocol: authenticationProtocols.nameOf(found) ?? profile[direction].authenticationProtocol,
        }),
    },
    {
      column: `${direction}credentialretrieval`,
      property: property("credentials.source"),
      wanted(profile) {
        const source = profile[direction].credentials?.source;
        if (source === undefined || (!governed(profile) && source === "server-to-server")) return undefined;
        return credentialRetrievals.valueOf(source);
      },
      declared(profile, found) {
        const source = credentialRetrievals.nameOf(found);
        const { credentials } = profile[direction];
        return source === undefined
          ? profile
          : changed(profile, direction, { credentials: withSource(credentials, source) });
      },
    },
    {
      column: `${direction}useimpersonation`,
      property: property("useImpersonation"),
      wanted: (profile) => (governed(profile) ? profile[direction].useImpersonation : undefined),
      declared: (profile, found) => changed(profile, direction, { useImpersonation: found === true }),
    },
    {
      column: `${direction}username`,
      property: property("credentials.username"),
      wanted: (profile) => usernameOf(profile[direction]),
      declared(profile, found) {
        const { credentials } = profile[direction];
        if (credentials?.source !== "email-server-profile") return profile;
        return changed(profile, direction, { credentials: { ...credentials, username: String(found ?? "") } });
      },
    },
  ];
}

/** The one app of a profile: both directions share its columns. */
type AppCredentials = Extract<DeclaredCredentials, { source: "oauth" | "gmail-oauth" | "exchange-hybrid-modern-auth" }>;

export function appOf(profile: CheckedProfile): { direction: Direction; credentials: AppCredentials } | undefined {
  for (const direction of ["incoming", "outgoing"] as const) {
    const { credentials } = profile[direction];
    if (credentials !== null && "clientId" in credentials) return { direction, credentials };
  }
  return undefined;
}

function appMapping(column: "oauthclientid" | "aadresourceid", key: "clientId" | "resourceId"): ProfileMapping {
  return {
    column,
    property: `incoming.credentials.${key}`,
    wanted: (profile) => known(appOf(profile)?.credentials[key]),
    declared: (profile, found) =>
      (["incoming", "outgoing"] as const).reduce((draft, direction) => {
        const { credentials } = draft[direction];
        if (!isApp(credentials)) return draft;
        const { [key]: _before, ...others } = credentials;
        const stored = found === null || found === "" ? {} : { [key]: found };
        return changed(draft, direction, { credentials: { ...others, ...stored } as DeclaredCredentials });
      }, profile),
  };
}

const appSources: readonly string[] = ["oauth", "gmail-oauth", "exchange-hybrid-modern-auth"];

function isApp(credentials: Draft): credentials is AppCredentials {
  return credentials !== null && appSources.includes(credentials.source);
}

/** Exchange Online in China has to be told where it is (reference: default server location). */
function isInChina({ emailSystem, serverAuthority, serverType }: CheckedProfile): boolean {
  const exchangeOnline = mailSystems[emailSystem].family === "exchange-online" && isExchangeType(serverType);
  return exchangeOnline && serverAuthority === "china";
}

/** The columns of both directions, and of what they share. */
export const connectionMappings: readonly ProfileMapping[] = [
  {
    column: "useautodiscover",
    property: "autodiscover",
    wanted: (profile) => (governed(profile) ? profile.autodiscover : undefined),
    declared: (profile, found) => ({ ...profile, autodiscover: found === true }),
  },
  {
    column: "usesamesettingsforoutgoingconnections",
    property: "useSameSettingsForOutgoing",
    wanted: (profile) => (governed(profile) ? profile.useSameSettingsForOutgoing : undefined),
    declared: (profile, found) => ({ ...profile, useSameSettingsForOutgoing: found === true }),
  },
  {
    column: "defaultserverlocation",
    property: "incoming.serverLocation",
    wanted: (profile) => (isInChina(profile) ? (storedLocation(profile, "incoming") ?? undefined) : undefined),
    declared: (profile) => profile,
  },
  ...directionMappings("incoming"),
  ...directionMappings("outgoing"),
  appMapping("oauthclientid", "clientId"),
  appMapping("aadresourceid", "resourceId"),
];
