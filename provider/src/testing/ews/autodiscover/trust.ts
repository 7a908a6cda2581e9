import { isIP } from "node:net";
import { domainToASCII } from "node:url";

/** Autodiscover hosts of Exchange Online: the public cloud, the clouds of the US government, China. */
const microsoftHosts: readonly string[] = [
  "autodiscover-s.outlook.com",
  "autodiscover.outlook.com",
  "outlook.office365.com",
  "autodiscover-s.office365.us",
  "outlook.office365.us",
  "autodiscover-s-dod.office365.us",
  "outlook-dod.office365.us",
  "autodiscover-s.partner.outlook.cn",
  "autodiscover.partner.outlook.cn",
  "partner.outlook.cn",
];
/** Domains under which only Microsoft answers: where a hybrid organization sends the address of a mailbox in the cloud. */
const microsoftTenants = /(^|\.)(onmicrosoft\.(com|us)|partner\.onmschina\.cn)$/;

/** The host that a server has to be in: the domain of an address as it stands in DNS, or undefined where it has none. */
export function domainOf(address: string): string | undefined {
  const domain = hostName(domainToASCII(address.slice(address.lastIndexOf("@") + 1)));
  const labels = /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;
  return address.includes("@") && labels.test(domain) && isIP(domain) === 0 ? domain : undefined;
}

/** Lower case, without the dot that names the root of DNS. */
export function hostName(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}

/**
 * Whether a host may be given credentials, or believed about another one: it is in the domain of the address, or
 * Microsoft's. That its certificate is verified goes without saying: every connection of this package does that. The
 * domain is never widened: `autodiscover.com` is not in `contoso.com`, and neither is `com`.
 */
export function isTrusted(host: string, domains: readonly string[]): boolean {
  const name = hostName(host);
  return microsoftHosts.includes(name) || domains.some((domain) => isWithin(name, domain));
}

/** Whether a mailbox may be looked for at another address instead: one of the same domain, or of its tenant. */
export function mayContinueAt(domain: string, domains: readonly string[]): boolean {
  return microsoftTenants.test(domain) || domains.some((known) => isWithin(domain, known));
}

function isWithin(name: string, domain: string): boolean {
  return name === domain || name.endsWith(`.${domain}`);
}

const longestUrl = 2084;

/** An https URL without credentials in it, or undefined. */
export function httpsUrl(text: string, base?: URL): URL | undefined {
  if (text.length > longestUrl || !URL.canParse(text, base?.href)) return undefined;
  const url = new URL(text, base?.href);
  return url.protocol === "https:" && url.username === "" && url.password === "" ? url : undefined;
}
