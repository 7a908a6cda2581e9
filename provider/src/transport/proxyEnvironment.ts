import { BlockList, isIP } from "node:net";
import { domainToASCII } from "node:url";

/** The variables in Go's order, which is that of the Pulumi CLI; an empty one is as good as none. */
const proxyNames = ["HTTPS_PROXY", "https_proxy"] as const;
const exemptionNames = ["NO_PROXY", "no_proxy"] as const;

/** The variable that names the proxy for https, with its text. */
export function proxyVariable(): { name: string; text: string } | undefined {
  return variable(proxyNames);
}

/** Whether `NO_PROXY` exempts the server of an https URL. */
export function isExempt(url: URL): boolean {
  const server = { host: plainHost(url.hostname), port: url.port === "" ? "443" : url.port };
  const entries = variable(exemptionNames)?.text.split(/[\s,]+/) ?? [];
  return entries.some((entry) => matches(entry, server));
}

function variable(names: readonly string[]): { name: string; text: string } | undefined {
  return names.map((name) => ({ name, text: process.env[name]?.trim() ?? "" })).find(({ text }) => text !== "");
}

interface Server {
  host: string;
  port: string;
}

/**
 * One entry, as Go reads it: `*`; an address or a network in CIDR; a domain with all below it; with a leading dot, or
 * `*.`, only what is below it. Each but a network may end in a port. Brackets and a final dot mean nothing.
 */
function matches(entry: string, { host, port }: Server): boolean {
  if (entry === "*") return true;
  if (entry.includes("/")) return isWithin(host, entry);
  const [, name = "", wantedPort] = isIP(entry) === 6 ? [entry, entry] : (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []);
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const wanted = plainHost(name.replace(/^\*\./, "."));
  if (wanted === "" || wanted === ".") return false;
  if (isIP(wanted) !== 0) return isWithin(host, `${wanted}/${isIP(wanted) === 6 ? 128 : 32}`);
  if (isIP(host) !== 0) return false;
  return wanted.startsWith(".") ? host.endsWith(wanted) : host === wanted || host.endsWith(`.${wanted}`);
}

/** In lower case and ASCII, without brackets and the final dot of the root. */
function plainHost(name: string): string {
  const host = name.replace(/^\[(.*)\]$/, "$1").replace(/(.)\.$/, "$1");
  if (isIP(host) !== 0) return host;
  const dot = host.startsWith(".") ? "." : "";
  return dot + domainToASCII(host.slice(dot.length));
}

function isWithin(host: string, network: string): boolean {
  const [address = "", prefix = ""] = network.split("/");
  const family = isIP(address);
  const longest = family === 6 ? 128 : 32;
  if (family === 0 || isIP(host) === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > longest) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(prefix), family === 6 ? "ipv6" : "ipv4");
  return list.check(host, isIP(host) === 6 ? "ipv6" : "ipv4");
}
