/** The leaves of a tree by their dotted path. */
export function leavesOf(value: unknown, path = ""): Map<string, unknown> {
  if (typeof value !== "object" || value === null) return new Map([[path, value]]);
  const entries = Object.entries(value).flatMap(([key, entry]) => [
    ...leavesOf(entry, path === "" ? key : `${path}.${key}`),
  ]);
  return new Map(entries);
}
