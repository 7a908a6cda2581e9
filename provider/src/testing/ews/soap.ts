import { attribute, child, childText, descendant, readXml, type XmlElement } from "./xml";

/** An error as EWS reports it, in a response message or as a SOAP fault. Texts are localized; codes are not. */
export interface EwsError {
  code: string;
  text: string;
  backOffMilliseconds?: number;
}

/** A whole SOAP envelope with a body, or undefined where the text is anything else. */
export function readEnvelope(text: string): XmlElement | undefined {
  const root = readXml(text);
  return root?.name === "Envelope" && child(root, "Body") !== undefined ? root : undefined;
}

/** The first error in a SOAP envelope, or undefined. */
export function readEwsError(envelope: XmlElement): EwsError | undefined {
  const body = child(envelope, "Body");
  const messages = child(body?.children[0], "ResponseMessages")?.children ?? [];
  const failed = messages.find((message) => attribute(message, "ResponseClass") === "Error") ?? child(body, "Fault");
  return failed === undefined ? undefined : errorOf(failed);
}

/** A response message has its code and text itself, a fault in its detail. */
function errorOf(failed: XmlElement): EwsError {
  const detail = child(failed, "detail") ?? failed;
  const code =
    childText(detail, "ResponseCode") ?? childText(failed, "faultcode")?.replace(/^.*:/, "") ?? "ErrorUnknown";
  const text =
    childText(detail, "MessageText") ?? childText(detail, "Message") ?? childText(failed, "faultstring") ?? "";
  const values = descendant(failed, "MessageXml")?.children ?? [];
  const backOff = values.find((value) => attribute(value, "Name") === "BackOffMilliseconds")?.text.trim() ?? "";
  return { code, text, ...(/^\d{1,9}$/.test(backOff) ? { backOffMilliseconds: Number(backOff) } : {}) };
}

/** Product by major and minor version (Exchange Server build numbers and release dates, learn.microsoft.com). */
const products: Readonly<Record<string, string>> = {
  "8": "Exchange Server 2007",
  "14": "Exchange Server 2010",
  "15.0": "Exchange Server 2013",
  "15.1": "Exchange Server 2016",
  "15.2": "Exchange Server 2019",
  "15.20": "Exchange Online",
};
/** Subscription Edition counts on from the builds of 2019. */
const firstBuildOfSubscriptionEdition = 2562;

/** What a server says of itself in the header of its answers, such as `Exchange Server 2016 (15.1.2507.6)`. */
export function readServerVersion(envelope: XmlElement): string | undefined {
  const info = child(child(envelope, "Header"), "ServerVersionInfo");
  if (info === undefined) return undefined;
  const number = (name: string) => /^\d{1,6}$/.exec(attribute(info, name) ?? "")?.[0] ?? "0";
  const [major, minor, build] = [number("MajorVersion"), number("MinorVersion"), number("MajorBuildNumber")];
  const version = `${major}.${minor}.${build}.${number("MinorBuildNumber")}`;
  const subscription = `${major}.${minor}` === "15.2" && Number(build) >= firstBuildOfSubscriptionEdition;
  const product = subscription ? "Exchange Server SE" : (products[`${major}.${minor}`] ?? products[major]);
  return product === undefined ? `Exchange (${version})` : `${product} (${version})`;
}

/** The library writes strings into its requests as they are. Control characters have no place in XML at all. */
export function escapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = {
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
    "&": "&amp;",
  };
  return (
    text
      // eslint-disable-next-line no-control-regex -- that is what they are
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
      .replace(/[<>"'&]/g, (character) => named[character] ?? "")
  );
}
