import { DOMParser } from "@xmldom/xmldom";
import { Fault } from "./errors";
import { versionAttributes, type ExchangeRelease } from "./versions";

export const ns = {
  soap: "http://schemas.xmlsoap.org/soap/envelope/",
  messages: "http://schemas.microsoft.com/exchange/services/2006/messages",
  types: "http://schemas.microsoft.com/exchange/services/2006/types",
  errors: "http://schemas.microsoft.com/exchange/services/2006/errors",
} as const;

/** How a request names the mailbox that it acts for. */
export interface Impersonated {
  by: string;
  value: string;
}

/** A request as it was read: the one element in the body, and what the header says. */
export interface SoapRequest {
  operation: Element;
  requestedVersion: string;
  impersonated: Impersonated | undefined;
}

/** @throws Fault ErrorSchemaValidation where it is no SOAP envelope */
export function readRequest(text: string): SoapRequest {
  const root = parse(text);
  if (root.localName !== "Envelope" || root.namespaceURI !== ns.soap)
    throw new Fault("ErrorSchemaValidation", "The request failed schema validation: There is no SOAP 1.1 envelope.");
  const body = child(root, "Body");
  const operation = body === undefined ? undefined : elements(body)[0];
  if (operation === undefined)
    throw new Fault("ErrorSchemaValidation", "The request failed schema validation: The body is empty.");
  const header = child(root, "Header");
  const impersonation = header && child(header, "ExchangeImpersonation");
  const connecting = impersonation && child(impersonation, "ConnectingSID");
  const named = connecting && elements(connecting)[0];
  return {
    operation,
    requestedVersion: attributeOf(header && child(header, "RequestServerVersion"), "Version") ?? "Exchange2007",
    impersonated: named && { by: named.localName, value: named.textContent.trim() },
  };
}

function parse(text: string): Element {
  const problems: string[] = [];
  const collect = (message: string) => problems.push(message);
  const parser = new DOMParser({ errorHandler: { warning: collect, error: collect, fatalError: collect } });
  const root = text.trim() === "" ? null : (parser.parseFromString(text, "text/xml").documentElement as Element | null);
  const [problem = strayCharacter(text)] = problems;
  if (root === null || problem !== undefined)
    throw new Fault(
      "ErrorSchemaValidation",
      `The request failed schema validation: ${(problem ?? "Root element is missing.").split("\n")[0] ?? ""}`,
    );
  return root;
}

/** What the parser lets through: an & that begins no reference, and a < within a tag. */
function strayCharacter(text: string): string | undefined {
  const markup = text.replace(/<!\[CDATA\[[^]*?\]\]>|<!--[^]*?-->/g, "");
  if (/&(?!#\d+;|#x[\da-f]+;|\w+;)/i.test(markup)) return "An error occurred while parsing EntityName.";
  return /<[^<>]*</.test(markup) ? "'<', hexadecimal value 0x3C, is an invalid attribute character." : undefined;
}

export function elements(parent: Element): Element[] {
  return Array.from(parent.childNodes).filter((node): node is Element => node.nodeType === 1);
}

export function child(parent: Element, name: string): Element | undefined {
  return elements(parent).find(({ localName }) => localName === name);
}

/** The children of a child, such as the ids in ItemIds. */
export function childrenOf(parent: Element, name: string): Element[] {
  const list = child(parent, name);
  return list === undefined ? [] : elements(list);
}

export function descendants(parent: Element, name: string): Element[] {
  return elements(parent).flatMap((element) => [
    ...(element.localName === name ? [element] : []),
    ...descendants(element, name),
  ]);
}

/** An attribute; undefined where it is missing, for which the parser gives an empty text. */
export const attributeOf = (element: Element | undefined, name: string) =>
  element?.hasAttribute(name) === true ? (element.getAttribute(name) ?? undefined) : undefined;

/** A boolean as XML Schema writes it. */
export const isTrue = (text: string | undefined) => /^\s*(true|1)\s*$/.test(text ?? "");

export const textOf = (parent: Element, name: string) => descendants(parent, name)[0]?.textContent ?? "";

export function escape(text: string): string {
  return (
    text
      // eslint-disable-next-line no-control-regex -- they have no place in XML
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
      .replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
  );
}

/** An element of the namespace of types as it was received, under the prefix that answers use. */
export function render(element: Element): string {
  const attributes = Array.from(element.attributes)
    .filter(({ name }) => name !== "xmlns" && !name.startsWith("xmlns:"))
    .map(({ name, value }) => ` ${name}="${escape(value)}"`)
    .join("");
  return `<t:${element.localName}${attributes}>${renderContent(element)}</t:${element.localName}>`;
}

export function renderContent(element: Element): string {
  const inner = elements(element);
  return inner.length === 0 ? escape(element.textContent) : inner.map(render).join("");
}

const schemaInstance =
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"';

export function envelope(body: string, release: ExchangeRelease = "2016"): string {
  const header = `<h:ServerVersionInfo ${versionAttributes(release)} xmlns:h="${ns.types}" ${schemaInstance}/>`;
  return `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${ns.soap}"><s:Header>${header}</s:Header><s:Body ${schemaInstance}>${body}</s:Body></s:Envelope>`;
}

/** A SOAP fault with the detail that Exchange gives; `value` is what MessageXml names. */
export function fault(code: string, text: string, value?: { name: string; text: string }): string {
  const extra = value === undefined ? "" : `<t:Value Name="${value.name}">${escape(value.text)}</t:Value>`;
  return faultWith(code, text, extra);
}

/** A SOAP fault; `details` is the content of MessageXml. */
export function faultWith(code: string, text: string, details: string): string {
  const extra = details === "" ? "" : `<t:MessageXml xmlns:t="${ns.types}">${details}</t:MessageXml>`;
  return `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${ns.soap}"><s:Body><s:Fault><faultcode xmlns:a="${ns.types}">a:${code}</faultcode><faultstring xml:lang="en-US">${escape(text)}</faultstring><detail><e:ResponseCode xmlns:e="${ns.errors}">${code}</e:ResponseCode><e:Message xmlns:e="${ns.errors}">${escape(text)}</e:Message>${extra}</detail></s:Fault></s:Body></s:Envelope>`;
}

/** The body that answers an operation: its messages, each with what it carries. */
export function response(operation: string, messages: readonly string[]): string {
  return `<m:${operation}Response xmlns:m="${ns.messages}" xmlns:t="${ns.types}"><m:ResponseMessages>${messages.join("")}</m:ResponseMessages></m:${operation}Response>`;
}

export function success(operation: string, payload: string): string {
  return `<m:${operation}ResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>${payload}</m:${operation}ResponseMessage>`;
}

export function failure(operation: string, code: string, text: string, payload = ""): string {
  return troubled("Error", operation, code, text, payload);
}

export function warning(operation: string, code: string, text: string, payload = ""): string {
  return troubled("Warning", operation, code, text, payload);
}

function troubled(level: "Error" | "Warning", operation: string, code: string, text: string, payload: string): string {
  return `<m:${operation}ResponseMessage ResponseClass="${level}"><m:MessageText>${escape(text)}</m:MessageText><m:ResponseCode>${code}</m:ResponseCode><m:DescriptiveLinkKey>0</m:DescriptiveLinkKey>${payload}</m:${operation}ResponseMessage>`;
}
