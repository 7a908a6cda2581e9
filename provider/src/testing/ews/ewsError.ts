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
  // eslint-disable-next-line no-control-regex -- that is what they are
  return text
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
    .replace(/[<>"'&]/g, (character) => named[character] ?? "");
}
