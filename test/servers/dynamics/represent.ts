import type { Column, Row, Table, Value } from "./columns";
import { isReference, textIn, type Store } from "./store";

/** Which annotations an answer carries besides the etag: `*`, or names with a `*` at the end. */
export type Annotations = (name: string) => boolean;
export type Json = Record<string, unknown>;

const formatted = "OData.Community.Display.V1.FormattedValue";
const lookupName = "Microsoft.Dynamics.CRM.lookuplogicalname";
const navigation = "Microsoft.Dynamics.CRM.associatednavigationproperty";

export const noAnnotations: Annotations = () => false;

/** From `Prefer: odata.include-annotations="..."`. */
export function annotationsOf(prefer: string): Annotations {
  const list = /odata\.include-annotations\s*=\s*"([^"]*)"/.exec(prefer)?.[1]?.split(",") ?? [];
  const patterns = list.map((name) => name.trim());
  return (name) =>
    patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name));
}

export const etagOf = (row: Row): string => `W/"${Number(row.versionnumber)}"`;

/** The name under which a column is read: lookups have another one than for writing. */
export const readNameOf = (column: Column): string =>
  column.kind === "Lookup" ? `_${column.name}_value` : column.name;

export function columnReadAs(table: Table, name: string): Column | undefined {
  const lookup = /^_(.+)_value$/.exec(name)?.[1];
  const column = table.columns.get(lookup ?? name);
  if (column === undefined || !column.read || (column.kind === "Lookup") !== (lookup !== undefined)) return undefined;
  return column;
}

/** A record as an answer shows it; with a selection, its key comes along. */
export function represent(
  store: Store,
  table: Table,
  row: Row,
  selection: readonly Column[] | undefined,
  annotations: Annotations,
): Json {
  const columns = selection ?? [...table.columns.values()].filter(({ read }) => read);
  const key = table.columns.get(table.key);
  const withKey = key === undefined || columns.includes(key) ? columns : [...columns, key];
  const json: Json = { "@odata.etag": etagOf(row) };
  for (const column of withKey) {
    const [name, value] = [readNameOf(column), row[column.name] ?? null];
    const notes = annotationsFor(store, column, value);
    for (const [note, content] of Object.entries(notes)) if (annotations(note)) json[`${name}@${note}`] = content;
    json[name] = isReference(value) ? value.id : value;
  }
  return json;
}

function annotationsFor(store: Store, column: Column, value: Value): Json {
  if (value === null) return {};
  if (isReference(value)) {
    const property = Object.entries(column.targets ?? {}).find(([, tables]) => tables.includes(value.table))?.[0];
    return {
      [formatted]: displayNameOf(store, value),
      [lookupName]: value.table,
      ...(property === undefined ? {} : { [navigation]: property }),
    };
  }
  if (column.options !== undefined) return { [formatted]: column.options[Number(value)] ?? String(value) };
  if (typeof value === "boolean") return { [formatted]: value ? "Yes" : "No" };
  if (column.kind === "Integer") return { [formatted]: Number(value).toLocaleString("en-US") };
  if (column.kind === "DateTime")
    return { [formatted]: new Date(String(value)).toLocaleString("en-US", { timeZone: "UTC" }) };
  return {};
}

export function displayNameOf(store: Store, reference: Exclude<Value, string | number | boolean | null>): string {
  const row = store.find(reference.table, reference.id);
  return row === undefined ? "" : textIn(row, store.tables[reference.table].nameColumn);
}
