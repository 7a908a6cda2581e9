import { isIP } from "node:net";
import { ServerSideSyncError } from "../../errors";
import type { ProfileFacts } from "../../model/facts";
import { endpointsIn, mailSystems } from "../../model/mailSystems";
import type { CheckedConnection } from "../../model/profile";
import { known } from "../../model/unknown";
import { readCertificates } from "../readCertificates";
import type { SideToDiscover } from "../../testing/discoverServers";
import type { Endpoint, ExchangeOptions } from "../../testing/types";

export type Direction = "incoming" | "outgoing";

type TestedFacts = Pick<
  ProfileFacts,
  Direction | "autodiscover" | "caCertificates" | "emailSystem" | "serverAuthority"
>;

/** Where a direction's server listens. Anything that this release cannot carry out is refused before any connection. */
export function endpointOf(facts: TestedFacts, direction: Direction): Endpoint {
  const connection = facts[direction];
  const { protocol, security } = connection;
  const caCertificates = readCertificates(facts.caCertificates);
  if (protocol === "ews") {
    const { hostname } = new URL(ewsUrl(facts, direction));
    const host = hostname.replace(/^\[(.*)\]$/, "$1");
    return { protocol, host, port: known(connection.port) ?? 443, security, caCertificates };
  }
  return { protocol, host: hostOf(connection, direction), port: known(connection.port) ?? 0, security, caCertificates };
}

/** What a test over EWS needs beside the endpoint; undefined for the other protocols. */
export function exchangeOptionsOf(facts: TestedFacts, direction: Direction): ExchangeOptions | undefined {
  if (facts[direction].protocol !== "ews") return undefined;
  return { url: ewsUrl(facts, direction), ...exchangeSettingsOf(facts, direction) };
}

/** A direction over EWS that nobody has located: autodiscover has to. Exchange Online has a URL of its own. */
export function isToDiscover(facts: TestedFacts, direction: Direction): boolean {
  return facts.autodiscover && facts[direction].protocol === "ews" && ewsLocation(facts, direction) === undefined;
}

/** How a server that is to be discovered is used then. */
export function discoveryOf(
  facts: TestedFacts,
  direction: Direction,
): Pick<SideToDiscover, "exchange" | "caCertificates"> {
  return { exchange: exchangeSettingsOf(facts, direction), caCertificates: readCertificates(facts.caCertificates) };
}

function exchangeSettingsOf(facts: TestedFacts, direction: Direction): Omit<ExchangeOptions, "url"> {
  const { useImpersonation, authenticationProtocol } = facts[direction];
  return {
    impersonate: useImpersonation,
    method: methods[authenticationProtocol],
    version: facts.emailSystem === "exchange-server-2010" ? "Exchange2010_SP2" : "Exchange2013_SP1",
  };
}

const methods: Record<CheckedConnection["authenticationProtocol"], ExchangeOptions["method"]> = {
  "auto-detect": "auto",
  negotiate: "ntlm",
  ntlm: "ntlm",
  basic: "basic",
  oauth: "auto",
};

function ewsLocation(facts: TestedFacts, direction: Direction): string | undefined {
  const system = mailSystems[known(facts.emailSystem) ?? "other"];
  const preset = endpointsIn(system, known(facts.serverAuthority)).ews?.serverLocation;
  return known(facts[direction].serverLocation) ?? preset;
}

/** The declared URL; without a path that of every Exchange, as for a host name. Exchange Online has one of its own. */
function ewsUrl(facts: TestedFacts, direction: Direction): string {
  const { serverLocation, security, port } = facts[direction];
  const location = ewsLocation(facts, direction);
  if (location === undefined) {
    throw new ServerSideSyncError({
      code: "server-location-required",
      summary: `${direction}.serverLocation is missing, and autodiscover is off.`,
      remedy: "Set serverLocation to https://HOST/EWS/Exchange.asmx, or autodiscover: true.",
    });
  }
  const url = new URL(/^https?:\/\//i.test(location) ? location : `https://${hostInUrl(location)}`);
  if (url.pathname === "/" && url.search === "") url.pathname = "/EWS/Exchange.asmx";
  if (security === "none") url.protocol = "http:";
  if (known(serverLocation) !== undefined) url.port = String(known(port) ?? "");
  return url.href;
}

function hostInUrl(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

function hostOf({ serverLocation }: CheckedConnection, direction: Direction): string {
  const host = known(serverLocation);
  if (host !== undefined && !/^https?:\/\//i.test(host)) return host;
  throw new ServerSideSyncError({
    code: "server-location-required",
    summary: `${direction}.serverLocation ${host === undefined ? "is missing" : "is a URL, but this protocol needs a host name"}.`,
    remedy: "Set serverLocation to the host name of the mail server.",
  });
}
