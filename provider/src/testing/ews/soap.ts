/** An error as EWS reports it, in a response message or as a SOAP fault. Texts are localized; codes are not. */
export interface EwsError {
  code: string;
  text: string;
  backOffMilliseconds?: number;
}

/** The first error in a SOAP envelope, or undefined. */
export function readEwsError(envelope: string): EwsError | undefined {
  const message =
    /<(?:\w+:)?\w+ResponseMessage\b[^>]*ResponseClass="Error"[^>]*>([^]*?)<\/(?:\w+:)?\w+ResponseMessage>/.exec(
      envelope,
    )?.[1];
  const fault = /<(?:\w+:)?Fault\b[^>]*>([^]*?)<\/(?:\w+:)?Fault>/.exec(envelope)?.[1];
  const scope = message ?? fault;
  if (scope === undefined) return undefined;
  const code = element(scope, "ResponseCode") ?? element(scope, "faultcode")?.replace(/^\w+:/, "") ?? "ErrorUnknown";
  const text = element(scope, "MessageText") ?? element(scope, "Message") ?? element(scope, "faultstring") ?? "";
  const backOff = /Name="BackOffMilliseconds"[^>]*>\s*(\d+)\s*</.exec(scope)?.[1];
  return { code, text, ...(backOff === undefined ? {} : { backOffMilliseconds: Number(backOff) }) };
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
export function readServerVersion(envelope: string): string | undefined {
  const header = /<(?:\w+:)?ServerVersionInfo\b[^>]*>/.exec(envelope)?.[0];
  if (header === undefined) return undefined;
  const number = (name: string) => new RegExp(`\\b${name}="(\\d{1,6})"`).exec(header)?.[1] ?? "0";
  const [major, minor, build] = [number("MajorVersion"), number("MinorVersion"), number("MajorBuildNumber")];
  const version = `${major}.${minor}.${build}.${number("MinorBuildNumber")}`;
  const subscription = `${major}.${minor}` === "15.2" && Number(build) >= firstBuildOfSubscriptionEdition;
  const product = subscription ? "Exchange Server SE" : (products[`${major}.${minor}`] ?? products[major]);
  return product === undefined ? `Exchange (${version})` : `${product} (${version})`;
}

function element(scope: string, name: string): string | undefined {
  const text = new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)<`).exec(scope)?.[1];
  return text === undefined ? undefined : unescapeXml(text.trim());
}

const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescapeXml(text: string): string {
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name] ?? "");
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
