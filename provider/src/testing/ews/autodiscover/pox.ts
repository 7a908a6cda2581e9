import { escapeXml } from "../soap";
import { child, childText, readXml, type XmlElement } from "../xml";

/** Autodiscover in plain XML (MS-OXDSCLI). */
export type PoxAnswer =
  | { url: string }
  | { redirectUrl: string }
  | { redirectAddress: string }
  | { error: string; message: string }
  | { problem: string };

const requestSchema = "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006";
const responseSchema = "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";

export const poxHeaders: Readonly<Record<string, string>> = {
  accept: "text/xml",
  "content-type": "text/xml; charset=utf-8",
};

export function poxUrl(origin: string): URL {
  return new URL("/autodiscover/autodiscover.xml", origin);
}

export function poxRequest(address: string): string {
  return `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="${requestSchema}"><Request><EMailAddress>${escapeXml(address)}</EMailAddress><AcceptableResponseSchema>${responseSchema}</AcceptableResponseSchema></Request></Autodiscover>`;
}

/** From outside first: EXPR and EXHTTP are how the organization wants to be reached from anywhere, EXCH from its own network. */
const preferredTypes = ["EXPR", "EXHTTP", "EXCH"] as const;

export function readPox(body: string): PoxAnswer {
  const root = readXml(body);
  const response = child(root, "Response");
  if (root?.name !== "Autodiscover" || response === undefined) return { problem: "an answer that is no autodiscover" };
  const error = child(response, "Error");
  if (error !== undefined)
    return { error: childText(error, "ErrorCode") ?? "?", message: childText(error, "Message") ?? "no reason given" };
  const account = child(response, "Account");
  const redirectAddress = childText(account, "RedirectAddr");
  if (redirectAddress !== undefined) return { redirectAddress };
  const redirectUrl = childText(account, "RedirectUrl");
  if (redirectUrl !== undefined) return { redirectUrl };
  const url = ewsUrl(account);
  return url === undefined ? { problem: "settings without a URL of EWS" } : { url };
}

/** `EwsUrl` is the best endpoint for the user; `ASUrl`, for free/busy, is EWS as well and the only one of old servers. */
function ewsUrl(account: XmlElement | undefined): string | undefined {
  const protocols = (account?.children ?? []).filter(({ name }) => name === "Protocol");
  for (const type of preferredTypes) {
    for (const protocol of protocols.filter((candidate) => childText(candidate, "Type") === type)) {
      const url = childText(protocol, "EwsUrl") ?? childText(protocol, "ASUrl");
      if (url !== undefined) return url;
    }
  }
  return undefined;
}
