import { closest, distance } from "fastest-levenshtein";

/** ` Did you mean "x"?` where a known name is near enough to be meant, otherwise an empty string. */
export function suggestion(given: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  const best = closest(given.toLowerCase(), [...known]);
  const near = distance(given.toLowerCase(), best.toLowerCase()) <= Math.max(2, Math.floor(given.length / 3));
  return near ? ` Did you mean "${best}"?` : "";
}
