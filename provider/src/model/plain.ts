import { isUnknown } from "./unknown";

/** A JSON object as it travels between engine and provider. */
export type PlainObject = Record<string, unknown>;

export function isPlainObject(value: unknown): value is PlainObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isUnknown(value);
}

/** Leaves out every property that is null or undefined, at any depth: to the engine and to users both mean "absent". */
export function withoutAbsent(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutAbsent);
  if (!isPlainObject(value)) return value;
  const present: [string, unknown][] = [];
  for (const [key, entry] of Object.entries(value))
    if (entry !== null && entry !== undefined) present.push([key, withoutAbsent(entry)]);
  return Object.fromEntries(present);
}

/** Equality of JSON values: the order of keys never counts (the engine changes it), absent and null are the same. */
export function sameValue(left: unknown, right: unknown): boolean {
  const [a, b] = [left ?? null, right ?? null];
  if (Object.is(a, b)) return true;
  if (isUnknown(a) || isUnknown(b)) return false;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((entry, index) => sameValue(entry, b[index]));
  }
  if (!isPlainObject(a) || !isPlainObject(b)) return false;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => sameValue(a[key], b[key]));
}

/** True where the value is, or holds at any depth, something that is not known yet. */
export function containsUnknown(value: unknown): boolean {
  if (isUnknown(value)) return true;
  if (Array.isArray(value)) return value.some(containsUnknown);
  return isPlainObject(value) && Object.values(value).some(containsUnknown);
}

/** The entry at a dotted path, or undefined. */
export function at(value: unknown, path: string): unknown {
  let current: unknown = value;
  for (const key of path.split(".")) {
    if (isUnknown(current)) return current;
    if (Array.isArray(current)) current = (current as unknown[])[Number(key)];
    else if (isPlainObject(current)) current = current[key];
    else return undefined;
  }
  return current;
}
