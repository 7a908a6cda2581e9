import { inSet, type Token } from "./imapSyntax";
import type { StoredMessage } from "./mailStore";

interface Candidate {
  message: StoredMessage;
  sequence: number;
  largestUid: number;
  largestSequence: number;
}
type Criterion = (candidate: Candidate) => boolean;

const dayMs = 86_400_000;

/**
 * The SEARCH keys (RFC 3501, 6.4.4) that clients of the sandbox use.
 *
 * @throws SyntaxError on any other
 */
export function searchCriterion(keys: readonly Token[]): Criterion {
  const rest = [...keys];
  const all: Criterion[] = [];
  while (rest.length > 0) all.push(takeKey(rest));
  return (candidate) => all.every((criterion) => criterion(candidate));
}

function takeKey(rest: Token[]): Criterion {
  const key = rest.shift();
  if (key === undefined) throw new SyntaxError("a search key is missing");
  if (Array.isArray(key)) return searchCriterion(key);
  const text = (): string => {
    const value = rest.shift();
    if (typeof value !== "string") throw new SyntaxError(`${key} needs a value`);
    return value;
  };
  switch (key.toUpperCase()) {
    case "ALL":
      return () => true;
    case "NOT": {
      const inner = takeKey(rest);
      return (candidate) => !inner(candidate);
    }
    case "OR": {
      const [left, right] = [takeKey(rest), takeKey(rest)];
      return (candidate) => left(candidate) || right(candidate);
    }
    case "UID": {
      const set = text();
      return ({ message, largestUid }) => inSet(set, message.uid, largestUid);
    }
    case "SINCE": {
      const day = Math.floor(Date.parse(`${text()} UTC`) / dayMs);
      return ({ message }) => Math.floor(message.received.getTime() / dayMs) >= day;
    }
    case "SUBJECT":
      return headerContains("Subject", text());
    case "HEADER":
      return headerContains(text(), text());
    default:
      if (!/^[\d:,*]+$/.test(key)) throw new SyntaxError(`search key ${key} is not supported`);
      return ({ sequence, largestSequence }) => inSet(key, sequence, largestSequence);
  }
}

function headerContains(name: string, part: string): Criterion {
  return ({ message }) =>
    headerFields(message.raw).some(
      (field) => field.name === name.toLowerCase() && field.value.toLowerCase().includes(part.toLowerCase()),
    );
}

function headerFields(raw: string): { name: string; value: string }[] {
  const [head = ""] = raw.split(/\r?\n\r?\n/, 1);
  return head
    .replace(/\r?\n[ \t]+/g, " ")
    .split(/\r?\n/)
    .map((line) => {
      const colon = line.indexOf(":");
      return { name: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1).trim() };
    });
}
