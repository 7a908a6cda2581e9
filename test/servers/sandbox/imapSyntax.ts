/** A word of an IMAP command, or a parenthesized list (RFC 3501, 4). */
export type Token = string | Token[];

const literal = /\{(\d+)(\+?)\}\r\n$/;

/** What is still missing before `received` is one whole command. */
export interface Incomplete {
  /** A literal that the client sends only after a continuation request. */
  askForLiteral: boolean;
}

/**
 * Cuts the first command off what has been received. Literals are kept in place: `{5}\r\nhello` stands where the
 * five octets belong.
 */
export function nextCommand(received: string): { command: string; rest: string } | Incomplete {
  let end = 0;
  for (;;) {
    const lineEnd = received.indexOf("\r\n", end);
    if (lineEnd < 0) return { askForLiteral: false };
    const line = received.slice(end, lineEnd + 2);
    const announced = literal.exec(line);
    if (announced === null) return { command: received.slice(0, lineEnd), rest: received.slice(lineEnd + 2) };
    const literalEnd = lineEnd + 2 + Number(announced[1]);
    if (received.length < literalEnd) return { askForLiteral: announced[2] === "" && received.length === lineEnd + 2 };
    end = literalEnd;
  }
}

/** @throws SyntaxError where the command is not well-formed */
export function tokens(command: string): Token[] {
  const root: Token[] = [];
  const open = [root];
  let rest = command;
  while (rest !== "") {
    const top = open.at(-1) ?? root;
    const [taken, token] = nextToken(rest);
    rest = rest.slice(taken);
    if (token === undefined) continue;
    if (token === "(") {
      const list: Token[] = [];
      top.push(list);
      open.push(list);
    } else if (token === ")") {
      if (open.length === 1) throw new SyntaxError("unexpected )");
      open.pop();
    } else top.push(token.text);
  }
  if (open.length !== 1) throw new SyntaxError("missing )");
  return root;
}

type Lexeme = "(" | ")" | { text: string } | undefined;

/** Length of what was taken, and the token there; no token for a space. */
function nextToken(rest: string): [number, Lexeme] {
  if (rest.startsWith(" ")) return [1, undefined];
  if (rest.startsWith("(")) return [1, "("];
  if (rest.startsWith(")")) return [1, ")"];
  const quoted = /^"((?:[^"\\]|\\["\\])*)"/.exec(rest);
  if (quoted !== null) return [quoted[0].length, { text: (quoted[1] ?? "").replace(/\\(["\\])/g, "$1") }];
  const announced = /^\{(\d+)\+?\}\r\n/.exec(rest);
  if (announced !== null) {
    const start = announced[0].length;
    const length = Number(announced[1]);
    return [start + length, { text: rest.slice(start, start + length) }];
  }
  // An atom; brackets belong to it, as in BODY.PEEK[HEADER.FIELDS (DATE)].
  const atom = /^[^\s()"{[]+(?:\[[^\]]*\])?/.exec(rest);
  if (atom === null) throw new SyntaxError(`unexpected ${rest.slice(0, 1)}`);
  return [atom[0].length, { text: atom[0] }];
}

/** Whether a number is in a sequence set such as `1,3:5,7:*`. `*` is `largest`. */
export function inSet(set: string, number: number, largest: number): boolean {
  const value = (text: string) => (text === "*" ? largest : Number(text));
  return set.split(",").some((part) => {
    const [first = "0", last = first] = part.split(":");
    const [low, high] = [value(first), value(last)].sort((a, b) => a - b);
    return number >= (low ?? 0) && number <= (high ?? 0);
  });
}
