import { DOMParser } from "@xmldom/xmldom";

export const ns = {
  soap: "http://schemas.xmlsoap.org/soap/envelope/",
  messages: "http://schemas.microsoft.com/exchange/services/2006/messages",
  types: "http://schemas.microsoft.com/exchange/services/2006/types",
  errors: "http://schemas.microsoft.com/exchange/services/2006/errors",
} as const;

/** A request as it was read: the one element in the body, and what the header says. */
export interface SoapRequest {
  operation: Element;
  requestedVersion: string;
  /** Address of the mailbox to act for. */
  impersonated: string | undefined;
}

/** @throws Error where it is no SOAP envelope; the message says why */
export function readRequest(text: string): SoapRequest {
  const problems: string[] = [];
  const collect = (message: string) => problems.push(message);
  const parser = new DOMParser({ errorHandler: { warning: collect, error: collect, fatalError: collect } });
  const root = parser.parseFromString(text, "text/xml").documentElement as Element | null;
  if (problems.length > 0 || root === null) throw new Error(problems[0] ?? "no document");
  if (root.localName !== "Envelope" || root.namespaceURI !== ns.soap) throw new Error("no SOAP 1.1 envelope");
  const body = child(root, "Body");
  const operation = body === undefined ? undefined : elements(body)[0];
  if (operation === undefined) throw new Error("an empty body");
  const header = child(root, "Header");
  const sid = header && child(header, "ExchangeImpersonation");
  const connecting = sid && child(sid, "ConnectingSID");
  return {
    operation,
    requestedVersion: (header && child(header, "RequestServerVersion")?.getAttribute("Version")) ?? "Exchange2007",
    impersonated: connecting && elements(connecting)[0]?.textContent?.trim(),
  };
}

export function elements(parent: Element): Element[] {
  return Array.from(parent.childNodes).filter((node): node is Element => node.nodeType === 1);
}

export function child(parent: Element, name: string): Element | undefined {
  return elements(parent).find(({ localName }) => localName === name);
}

export function descendants(parent: Element, name: string): Element[] {
  return elements(parent).flatMap((element) => [
    ...(element.localName === name ? [element] : []),
    ...descendants(element, name),
  ]);
}

export const textOf = (parent: Element, name: string) => descendants(parent, name)[0]?.textContent ?? "";

export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** The header that every answer of Exchange 2016 CU23 carries. */
const versionInfo =
  '<h:ServerVersionInfo MajorVersion="15" MinorVersion="1" MajorBuildNumber="2507" MinorBuildNumber="6" Version="V2017_07_11" xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>';

export function envelope(body: string): string {
  return `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${ns.soap}"><s:Header>${versionInfo}</s:Header><s:Body xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema">${body}</s:Body></s:Envelope>`;
}

/** A SOAP fault with the detail that Exchange gives; `value` is what MessageXml names. */
export function fault(code: string, text: string, value?: { name: string; text: string }): string {
  const extra =
    value === undefined
      ? ""
      : `<t:MessageXml xmlns:t="${ns.types}"><t:Value Name="${value.name}">${value.text}</t:Value></t:MessageXml>`;
  return `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${ns.soap}"><s:Body><s:Fault><faultcode xmlns:a="${ns.types}">a:${code}</faultcode><faultstring xml:lang="en-US">${escape(text)}</faultstring><detail><e:ResponseCode xmlns:e="${ns.errors}">${code}</e:ResponseCode><e:Message xmlns:e="${ns.errors}">${escape(text)}</e:Message>${extra}</detail></s:Fault></s:Body></s:Envelope>`;
}

/** The answer to an operation: its messages, each with what it carries. */
export function response(operation: string, messages: readonly string[]): string {
  return envelope(
    `<m:${operation}Response xmlns:m="${ns.messages}" xmlns:t="${ns.types}"><m:ResponseMessages>${messages.join("")}</m:ResponseMessages></m:${operation}Response>`,
  );
}

export function success(operation: string, payload: string): string {
  return `<m:${operation}ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>${payload}</m:${operation}ResponseMessage>`;
}

export function failure(operation: string, code: string, text: string, payload = ""): string {
  return `<m:${operation}ResponseMessage ResponseClass="Error"><m:MessageText>${escape(text)}</m:MessageText><m:ResponseCode>${code}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>${payload}</m:${operation}ResponseMessage>`;
}
