import { ServerSideSyncError } from "../../../errors";

/** Parts of OData URLs (OASIS OData 4.0, URL Conventions). Whatever a user declared goes through one of these. */

const guidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const namePattern = /^[A-Za-z_][A-Za-z0-9_]*(\([A-Za-z0-9_=',-]*\))?$/;

/**
 * A GUID as it stands in a URL: without quotes.
 *
 * @throws ServerSideSyncError `invalid-arguments`
 */
export function guid(value: string): string {
  if (guidPattern.test(value)) return value.toLowerCase();
  throw new ServerSideSyncError({
    code: "invalid-arguments",
    summary: `"${value.slice(0, 60)}" is no id of a record.`,
    remedy: "Give a GUID, like 00000000-0000-0000-0000-000000000000.",
  });
}

/** A text in quotes; a quote within is doubled. */
export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** `column eq 'text'`. Dynamics compares without regard to case. */
export function isText(column: string, value: string): string {
  return `${name(column)} eq ${text(value)}`;
}

/** `column eq id`: ids and lookups (`_emailserverprofile_value`). */
export function isId(column: string, id: string): string {
  return `${name(column)} eq ${guid(id)}`;
}

export function isNumber(column: string, value: number): string {
  return `${name(column)} eq ${value}`;
}

/** True where any of the conditions is. */
export function anyOf(conditions: readonly string[]): string {
  return conditions.length === 1 ? (conditions[0] ?? "") : `(${conditions.join(" or ")})`;
}

export function allOf(conditions: readonly string[]): string {
  return conditions.join(" and ");
}

/** `set(id)`, the address of one record. */
export function recordPath(set: string, id: string): string {
  return `${name(set)}(${guid(id)})`;
}

/** The value of a lookup that is written: `"emailserverprofile@odata.bind": bindTo("emailserverprofiles", id)`. */
export function bindTo(set: string, id: string): string {
  return `/${recordPath(set, id)}`;
}

export interface Query {
  select?: readonly string[];
  /** Lookups to follow, each with the columns that are wanted of it. */
  expand?: Readonly<Record<string, readonly string[]>>;
  filter?: string;
  /** `createdon desc`. */
  orderby?: string;
  top?: number;
}

/** `?$select=...`, percent-encoded; empty where nothing is asked for. */
export function queryString({ select, expand, filter, orderby, top }: Query): string {
  const expanded = Object.entries(expand ?? {}).map(
    ([lookup, columns]) => `${name(lookup)}($select=${columns.map(name).join(",")})`,
  );
  const options: [string, string | undefined][] = [
    ["$select", select?.map(name).join(",")],
    ["$expand", expanded.join(",")],
    ["$filter", filter],
    ["$orderby", orderby],
    ["$top", top?.toString()],
  ];
  const given = options.filter((option): option is [string, string] => (option[1] ?? "") !== "");
  // A comma, a dollar sign and parentheses mean the same with and without the encoding; servers of 8.x want some bare.
  const encoded = given.map(([option, value]) => `${option}=${encodeURIComponent(value).replaceAll("%2C", ",")}`);
  return encoded.length === 0 ? "" : `?${encoded.join("&")}`;
}

/** Names come from this package, never from a declaration; a wrong one must not become a query of its own. */
function name(value: string): string {
  if (namePattern.test(value)) return value;
  throw new TypeError(`"${value}" is no name of a table or column`);
}
