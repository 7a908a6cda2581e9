/** An element of a small XML document: local name, text, child elements. */
export interface XmlElement {
  name: string;
  /** The start tag as it stands, for {@link attribute}. */
  tag: string;
  text: string;
  children: XmlElement[];
}

/** Answers that a test asks for have a few kilobytes, some dozens of elements and ten levels; a returned message may be long. */
const longestDocument = 4 * 1024 * 1024;
const deepestLevel = 32;
const mostElements = 20_000;

const opening = /<([^\s<>/="'!?]+)(?:[^<>"']|"[^"<]*"|'[^'<]*')*>/y;
const closing = /<\/([^\s<>/]+)\s*>/y;
/** What carries no elements: its beginning and its end. */
const skipped: readonly (readonly [string, string])[] = [
  ["<?", "?>"],
  ["<!--", "-->"],
];
const cdata = ["<![CDATA[", "]]>"] as const;
const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

/**
 * Reads a document from a server that may be hostile, in one pass over the text: no document type, so no entities but
 * the five of XML itself and characters by number; bounded length, depth and number of elements.
 *
 * @returns the root, or undefined where it is no such document
 */
export function readXml(source: string): XmlElement | undefined {
  if (source.length > longestDocument) return undefined;
  const text = source.replace(/^\ufeff/, "");
  const root: XmlElement = { name: "", tag: "", text: "", children: [] };
  const open = [root];
  let at = 0;
  let steps = 0;
  while (at < text.length) {
    const current = open.at(-1) ?? root;
    const next = text.indexOf("<", at);
    if (next !== at) {
      const end = next < 0 ? text.length : next;
      current.text += unescape(text.slice(at, end));
      at = end;
      continue;
    }
    if (++steps > 2 * mostElements) return undefined;
    const end = stepOver(text, at, current) ?? stepInto(text, at, open);
    if (end === undefined) return undefined;
    at = end;
  }
  const [only] = root.children;
  return open.length === 1 && root.children.length === 1 && root.text.trim() === "" ? only : undefined;
}

export function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((candidate) => candidate.name === name);
}

/** Text of a child, trimmed; undefined where it is absent or empty. */
export function childText(element: XmlElement | undefined, name: string): string | undefined {
  const text = child(element, name)?.text.trim();
  return text === "" ? undefined : text;
}

/** Value of an attribute without prefix. */
export function attribute(element: XmlElement | undefined, name: string): string | undefined {
  const [, double, single] = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(element?.tag ?? "") ?? [];
  const value = double ?? single;
  return value === undefined ? undefined : unescape(value);
}

/** The first element of a name below another one, at any depth. */
export function descendant(element: XmlElement | undefined, name: string): XmlElement | undefined {
  for (const candidate of element?.children ?? []) {
    const found = candidate.name === name ? candidate : descendant(candidate, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

function stepOver(text: string, at: number, current: XmlElement): number | undefined {
  for (const [begin, end] of [...skipped, cdata]) {
    if (!text.startsWith(begin, at)) continue;
    const found = text.indexOf(end, at + begin.length);
    if (found < 0) return undefined;
    if (begin === cdata[0]) current.text += text.slice(at + begin.length, found);
    return found + end.length;
  }
  return undefined;
}

function stepInto(text: string, at: number, open: XmlElement[]): number | undefined {
  opening.lastIndex = closing.lastIndex = at;
  const [tag, name] = opening.exec(text) ?? [];
  if (tag !== undefined && name !== undefined) {
    if (open.length > deepestLevel) return undefined;
    const element: XmlElement = { name: localName(name), tag, text: "", children: [] };
    open.at(-1)?.children.push(element);
    if (!tag.endsWith("/>")) open.push(element);
    return at + tag.length;
  }
  const [end, ended] = closing.exec(text) ?? [];
  if (end === undefined || ended === undefined || open.length === 1) return undefined;
  return open.pop()?.name === localName(ended) ? at + end.length : undefined;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

function unescape(text: string): string {
  return text.replace(/&(?:(lt|gt|quot|apos|amp)|#(\d{1,7})|#x([0-9a-f]{1,6}));/gi, (whole, name, decimal, hex) => {
    if (name !== undefined) return entities[String(name).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
