import { badQuery } from "./errors";

export type Token =
  | { kind: "literal"; value: string | number | boolean | null; guid?: boolean; date?: boolean }
  | { kind: "name"; name: string }
  | { kind: "mark"; mark: "(" | ")" | "," | "[" | "]" | "=" };

const patterns: readonly [RegExp, (text: string) => Token | undefined][] = [
  [/^\s+/, () => undefined],
  [/^'(?:[^']|'')*'/, (text) => ({ kind: "literal", value: text.slice(1, -1).replaceAll("''", "'") })],
  // A list's texts may stand in double quotes, as JSON does.
  [/^"[^"]*"/, (text) => ({ kind: "literal", value: text.slice(1, -1) })],
  [
    /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])/i,
    (text) => ({ kind: "literal", value: text.toLowerCase(), guid: true }),
  ],
  [
    /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?(?![\w-])/,
    (text) => ({ kind: "literal", value: text, date: true }),
  ],
  [/^-?\d+(?:\.\d+)?(?![\w.-])/, (text) => ({ kind: "literal", value: Number(text) })],
  [/^(?:true|false)(?!\w)/, (text) => ({ kind: "literal", value: text === "true" })],
  [/^null(?!\w)/, () => ({ kind: "literal", value: null })],
  [/^[A-Za-z_@][\w.]*(?:\/[A-Za-z_]\w*)*/, (text) => ({ kind: "name", name: text })],
  [/^[(),[\]=]/, (text) => ({ kind: "mark", mark: text as "(" })],
];

export function tokensOf(filter: string): Token[] {
  const tokens: Token[] = [];
  let rest = filter;
  while (rest !== "") {
    const found = patterns
      .map(([pattern, make]) => ({ text: pattern.exec(rest)?.[0], make }))
      .find(({ text }) => text !== undefined);
    if (found?.text === undefined)
      throw badQuery(`Syntax error at position ${filter.length - rest.length} in '${filter}'.`);
    const token = found.make(found.text);
    if (token !== undefined) tokens.push(token);
    rest = rest.slice(found.text.length);
  }
  return tokens;
}
