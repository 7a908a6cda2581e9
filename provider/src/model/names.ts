import { isIP } from "node:net";
import { domainToASCII } from "node:url";

/** Host names in lower case and punycode, IPv6 literals without brackets, URLs as they are written by the URL standard. */
export function normalizeServerLocation(location: string): string {
  if (/^https?:\/\//i.test(location)) return new URL(location).href;
  const host = location.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  return isIP(host) === 0 ? domainToASCII(host) : host.toLowerCase();
}

/** Addresses are compared in lower case, their domains in punycode. */
export function normalizeEmailAddress(address: string): string {
  const separator = address.lastIndexOf("@");
  return `${address.slice(0, separator).toLowerCase()}@${domainToASCII(address.slice(separator + 1))}`;
}
