import type { Column, Row, Table } from "./columns";
import { badQuery } from "./errors";
import { noSuchProperty, readFilter } from "./filter";
import { lookupBehind } from "./payload";
import { readQuery, splitOutside, type QueryOptions } from "./queryOptions";
import { columnReadAs, represent, type Annotations, type Json } from "./represent";
import { idIn, isReference, textIn, type Store } from "./store";

export interface QueryContext {
  store: Store;
  annotations: Annotations;
  /** Prefer: odata.maxpagesize. */
  pageSize: number | undefined;
  /** Of this request, without the query: what a link to the next page begins with. */
  url: string;
}

/** What a page has at most; also what `$count` counts to. */
const largestPage = 5000;
const onOneRecord = ["$select", "$expand"];

export function retrieve(table: Table, row: Row, search: string, context: QueryContext): Json {
  const options = readQuery(search);
  const other = [...options.keys()].find((name) => !onOneRecord.includes(name));
  if (other !== undefined) throw badQuery(`The query option '${other}' does not apply to one record.`);
  return showing(table, options, context)(row);
}

/** The rows and the annotations of a collection. */
export function retrieveMultiple(table: Table, rows: readonly Row[], search: string, context: QueryContext): Json {
  const options = readQuery(search);
  const found = ordered(table, filtered(table, rows, options, context.store), options);
  const top = topOf(options);
  const size = top === undefined ? Math.min(context.pageSize ?? largestPage, largestPage) : Math.min(top, largestPage);
  const start = startOf(options);
  const page = found.slice(start, start + size);
  const more = top === undefined && start + size < found.length;
  const shown = showing(table, options, context);
  return {
    ...totals(countOf(options), found.length, context.annotations),
    value: page.map(shown),
    ...(more ? { "@odata.nextLink": nextLink(context.url, search, start + size, size) } : {}),
  };
}

/** `$count` counts no further than a page; two annotations tell whether that was all. */
function totals(isCounted: boolean, found: number, annotations: Annotations): Json {
  const count = Math.min(found, largestPage);
  const all: Json = {
    "Microsoft.Dynamics.CRM.totalrecordcount": isCounted ? count : -1,
    "Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded": isCounted && found > largestPage,
  };
  const asked = Object.entries(all).filter(([name]) => annotations(name));
  return {
    ...(isCounted ? { "@odata.count": count } : {}),
    ...Object.fromEntries(asked.map(([name, value]) => [`@${name}`, value])),
  };
}

/** The number of rows, as text: `/set/$count`. */
export function countRows(table: Table, rows: readonly Row[], search: string, store: Store): number {
  const options = readQuery(search);
  return Math.min(filtered(table, rows, options, store).length, largestPage);
}

function filtered(table: Table, rows: readonly Row[], options: QueryOptions, store: Store): Row[] {
  const filter = options.get("$filter");
  return filter === undefined ? [...rows] : rows.filter(readFilter(filter, table, store));
}

/** How records are shown. The options are read once: an error in them is one for an empty answer too. */
function showing(table: Table, options: QueryOptions, context: QueryContext): (row: Row) => Json {
  const selection = selectionOf(table, options);
  const expansions = expansionsOf(table, options, context);
  return (row) => {
    const json = represent(context.store, table, row, selection, context.annotations);
    for (const expand of expansions) Object.assign(json, expand(row));
    return json;
  };
}

function selectionOf(table: Table, options: QueryOptions): Column[] | undefined {
  const selected = options.get("$select");
  if (selected === undefined || selected === "*") return undefined;
  return splitOutside(selected, ",").map((name) => {
    const column = columnReadAs(table, name);
    if (column === undefined) throw noSuchProperty(name, table);
    return column;
  });
}

type Expansion = (row: Row) => Json;

function expansionsOf(table: Table, options: QueryOptions, context: QueryContext): Expansion[] {
  return splitOutside(options.get("$expand") ?? "", ",").map((item) => {
    const [, property = "", inner = ""] = /^(\w+)(?:\((.*)\))?$/s.exec(item) ?? [];
    const innerOptions = readQuery(splitOutside(inner, ";").map(encoded).join("&"));
    const collection = table.collections[property];
    if (collection !== undefined) return collected(table, property, collection, innerOptions, context);
    const lookup = lookupBehind(table, property);
    if (!lookup?.read) throw noSuchProperty(property, table);
    const odd = [...innerOptions.keys()].find((name) => !onOneRecord.includes(name));
    if (odd !== undefined) throw badQuery(`The query option '${odd}' does not apply to '${property}'.`);
    const allowed = lookup.targets?.[property] ?? [];
    const shown = new Map(allowed.map((name) => [name, showing(context.store.tables[name], innerOptions, context)]));
    return (row) => {
      const reference = row[lookup.name];
      const show = isReference(reference) ? shown.get(reference.table) : undefined;
      const record = isReference(reference) ? context.store.find(reference.table, reference.id) : undefined;
      return { [property]: show === undefined || record === undefined ? null : show(record) };
    };
  });
}

function collected(
  table: Table,
  property: string,
  { table: name, lookup }: Table["collections"][string],
  options: QueryOptions,
  context: QueryContext,
): Expansion {
  const { store } = context;
  const other = store.tables[name];
  const shown = showing(other, options, context);
  return (row) => {
    const id = textIn(row, table.key);
    const rows = store.all(name).filter((candidate) => idIn(candidate[lookup]) === id);
    const found = ordered(other, filtered(other, rows, options, store), options).slice(0, topOf(options));
    return { [property]: found.map(shown) };
  };
}

function encoded(option: string): string {
  const at = option.indexOf("=");
  return `${option.slice(0, at)}=${encodeURIComponent(option.slice(at + 1))}`;
}

function ordered(table: Table, rows: Row[], options: QueryOptions): Row[] {
  const orders = splitOutside(options.get("$orderby") ?? "", ",").map((item) => {
    const [name = "", direction = "asc", ...rest] = item.split(/\s+/);
    const column = columnReadAs(table, name);
    if (column === undefined) throw noSuchProperty(name, table);
    if (!["asc", "desc"].includes(direction) || rest.length > 0) throw badQuery(`Syntax error in '${item}'.`);
    return { column: column.name, sign: direction === "asc" ? 1 : -1 };
  });
  return rows.sort((left, right) => {
    for (const { column, sign } of orders) {
      const order = compared(left[column] ?? null, right[column] ?? null);
      if (order !== 0) return sign * order;
    }
    return 0;
  });
}

function compared(left: Row[string], right: Row[string]): number {
  const [a, b] = [left, right].map((value) => (isReference(value) ? value.id : value));
  if (a === b) return 0;
  // What has no value comes first.
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  if (typeof a === "string" && typeof b === "string") return a.toLowerCase().localeCompare(b.toLowerCase(), "en");
  return a < b ? -1 : 1;
}

function topOf(options: QueryOptions): number | undefined {
  const top = options.get("$top");
  if (top === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(top)) throw badQuery(`Invalid value '${top}' for $top query option found.`);
  return Number(top);
}

function countOf(options: QueryOptions): boolean {
  const count = options.get("$count") ?? "false";
  if (!/^(?:true|false)$/.test(count)) throw badQuery(`Invalid value '${count}' for $count query option found.`);
  return count === "true";
}

/** The token says how far the reader has come; its form is Dynamics', its content this simulator's. */
function startOf(options: QueryOptions): number {
  const token = options.get("$skiptoken");
  if (token === undefined) return 0;
  const position = /^<cookie pagenumber="\d+" pagingcookie="(\d+)" istracking="False" \/>$/.exec(token)?.[1];
  if (position === undefined) throw badQuery("Malformed XML in the Paging Cookie");
  return Number(position);
}

function nextLink(url: string, search: string, position: number, size: number): string {
  const rest = search.split("&").filter((part) => part !== "" && !/^(?:\$|%24)skiptoken=/i.test(part));
  const page = Math.floor(position / size) + 1;
  const cookie = `<cookie pagenumber="${page}" pagingcookie="${position}" istracking="False" />`;
  return `${url}?${[...rest, `$skiptoken=${encodeURIComponent(cookie)}`].join("&")}`;
}
