import { isIP } from "node:net";
import { domainToASCII } from "node:url";

/** Most host names are written as they are normalized: nothing is left to do for them. */
const plainHost = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/;
const encoded = /(^|\.)xn--/;

/** A domain in lower case and punycode; an empty text where it is none. */
export function asciiDomain(domain: string): string {
  return plainHost.test(domain) && !encoded.test(domain) ? domain : domainToASCII(domain);
}

/** Host names in lower case and punycode, IPv6 literals without brackets, URLs as they are written by the URL standard. */
export function normalizeServerLocation(location: string): string {
  if (/^https?:\/\//i.test(location)) return new URL(location).href;
  const host = location.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  return isIP(host) === 0 ? asciiDomain(host) : host.toLowerCase();
}

/** Addresses are compared in lower case, their domains in punycode. */
export function normalizeEmailAddress(address: string): string {
  const separator = address.lastIndexOf("@");
  return `${address.slice(0, separator).toLowerCase()}@${asciiDomain(address.slice(separator + 1))}`;
}

/** Host name of a normalized location, which for EWS is a URL. */
export function hostOfLocation(location: string): string {
  const [, host] = /^https?:\/\/(?:[^/?#@]*@)?(\[[^\]]*\]|[^/:?#]*)/i.exec(location) ?? [];
  return (host ?? location).replace(/^\[(.*)\]$/, "$1").toLowerCase();
}
