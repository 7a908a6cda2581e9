import { badQuery } from "./errors";

/** System query options, by name with the `$`; parameter aliases are put in their places. */
export type QueryOptions = ReadonlyMap<string, string>;

const known = ["$select", "$filter", "$orderby", "$top", "$count", "$expand", "$skiptoken"];

/** Reads a query string; an option that is not known, or stands twice, is an error. */
export function readQuery(search: string): QueryOptions {
  const options = new Map<string, string>();
  const aliases = new Map<string, string>();
  for (const part of search.split("&").filter((text) => text !== "")) {
    const at = part.indexOf("=");
    const [name, value] = [decoded(at < 0 ? part : part.slice(0, at)), decoded(at < 0 ? "" : part.slice(at + 1))];
    if (name.startsWith("@")) aliases.set(name, value);
    else if (!known.includes(name)) throw badQuery(unknown(name));
    else if (options.has(name)) throw badQuery(`Query option '${name}' was specified more than once.`);
    else options.set(name, value);
  }
  const withAliases = [...options].map(([name, value]): [string, string] => [
    name,
    value.replace(/@\w+/g, (alias) => aliases.get(alias) ?? alias),
  ]);
  return new Map(withAliases);
}

function unknown(name: string): string {
  if (name === "$skip") return "Skip Clause is not supported in CRM";
  return name.startsWith("$")
    ? `The query parameter '${name}' is not supported.`
    : `The query option '${name}' is not known.`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw badQuery("The query is not well encoded.");
  }
}

/** Splits at a separator outside of parentheses, brackets and quotes. */
export function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = [];
  let [depth, quoted, part] = [0, false, ""];
  for (const character of text) {
    if (character === "'") quoted = !quoted;
    else if (!quoted && "([".includes(character)) depth += 1;
    else if (!quoted && ")]".includes(character)) depth -= 1;
    if (character === separator && depth === 0 && !quoted) {
      parts.push(part);
      part = "";
    } else part += character;
  }
  return [...parts, part].map((each) => each.trim()).filter((each) => each !== "");
}
