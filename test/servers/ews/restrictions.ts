import { Refusal } from "./errors";
import { isPath, readPath, type PropertyPath } from "./paths";
import { attributeOf, child, childrenOf, elements } from "./soap";

/** The text of a property, or undefined where there is none. */
export type ValueOf<T> = (subject: T, path: PropertyPath) => string | undefined;
type Predicate<T> = (subject: T) => boolean;

const notSearchable = ["MimeContent", "Attachments", "ResponseObjects", "EffectiveRights", "InternetMessageHeaders"];

/** What the Restriction of a FindItem or FindFolder accepts. */
export function readRestriction<T>(operation: Element, valueOf: ValueOf<T>): Predicate<T> {
  const [expression] = childrenOf(operation, "Restriction");
  return expression === undefined ? () => true : predicate(expression, valueOf);
}

function predicate<T>(expression: Element, valueOf: ValueOf<T>): Predicate<T> {
  const parts = elements(expression);
  const inner = () => parts.map((part) => predicate(part, valueOf));
  switch (expression.localName) {
    case "And": {
      const all = inner();
      return (subject) => all.every((holds) => holds(subject));
    }
    case "Or": {
      const any = inner();
      return (subject) => any.some((holds) => holds(subject));
    }
    case "Not": {
      const [negated] = inner();
      return (subject) => negated?.(subject) === false;
    }
    case "Exists": {
      const path = pathIn(expression);
      return (subject) => (valueOf(subject, path) ?? "") !== "";
    }
    case "Contains":
      return contains(expression, valueOf);
    default:
      return comparison(expression, valueOf);
  }
}

function pathIn(expression: Element): PropertyPath {
  const element = elements(expression).find(isPath);
  if (element === undefined) throw new Refusal("ErrorInvalidRestriction", "The restriction names no property.");
  const path = readPath(element);
  if (path.kind === "named" && notSearchable.includes(path.name))
    throw new Refusal("ErrorUnsupportedPathForQuery", "The property can not be used with this type of restriction.");
  return path;
}

function contains<T>(expression: Element, valueOf: ValueOf<T>): Predicate<T> {
  const path = pathIn(expression);
  const mode = attributeOf(expression, "ContainmentMode") ?? "FullString";
  const exact = (attributeOf(expression, "ContainmentComparison") ?? "Exact") === "Exact";
  const fold = (text: string) => (exact ? text : text.toLowerCase());
  const wanted = fold(constantIn(expression));
  return (subject) => {
    const value = valueOf(subject, path);
    if (value === undefined) return false;
    if (mode === "FullString") return fold(value) === wanted;
    if (mode === "Prefixed") return fold(value).startsWith(wanted);
    if (mode === "PrefixOnWords" || mode === "ExactPhrase")
      return fold(value)
        .split(/(?<=\s)/)
        .some((_, index, words) => words.slice(index).join("").startsWith(wanted));
    return fold(value).includes(wanted);
  };
}

function constantIn(expression: Element): string {
  return attributeOf(child(expression, "Constant"), "Value") ?? "";
}

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  IsEqualTo: (order) => order === 0,
  IsNotEqualTo: (order) => order !== 0,
  IsGreaterThan: (order) => order > 0,
  IsGreaterThanOrEqualTo: (order) => order >= 0,
  IsLessThan: (order) => order < 0,
  IsLessThanOrEqualTo: (order) => order <= 0,
};

function comparison<T>(expression: Element, valueOf: ValueOf<T>): Predicate<T> {
  const holds = comparisons[expression.localName];
  if (holds === undefined) throw new Refusal("ErrorInvalidRestriction", "The restriction is not supported.");
  const path = pathIn(expression);
  const [operand] = childrenOf(expression, "FieldURIOrConstant");
  const other = operand !== undefined && isPath(operand) ? readPath(operand) : undefined;
  return (subject) => {
    const value = valueOf(subject, path);
    const wanted = other === undefined ? (attributeOf(operand, "Value") ?? "") : valueOf(subject, other);
    if (value === undefined || wanted === undefined) return expression.localName === "IsNotEqualTo";
    return holds(compare(value, wanted));
  };
}

/** Orders times as times, numbers as numbers, and anything else as text of any case. */
export function compare(left: string, right: string): number {
  const isTime = (text: string) => /^\d{4}-\d\d-\d\dT/.test(text);
  if (isTime(left) && isTime(right)) return Date.parse(left) - Date.parse(right);
  const isNumber = (text: string) => /^-?\d+(\.\d+)?$/.test(text);
  if (isNumber(left) && isNumber(right)) return Number(left) - Number(right);
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The order that SortOrder asks for; undefined without one. */
export function readSortOrder<T>(operation: Element, valueOf: ValueOf<T>): ((a: T, b: T) => number) | undefined {
  const keys = childrenOf(operation, "SortOrder").map((field) => ({
    path: pathIn(field),
    sign: attributeOf(field, "Order") === "Descending" ? -1 : 1,
  }));
  if (keys.length === 0) return undefined;
  return (a, b) => {
    for (const { path, sign } of keys) {
      const order = compare(valueOf(a, path) ?? "", valueOf(b, path) ?? "");
      if (order !== 0) return sign * order;
    }
    return 0;
  };
}
