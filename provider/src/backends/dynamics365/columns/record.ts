import type { Deployment } from "../../../model/organization";
import type { PlainObject } from "../../../model/plain";
import type { Column, ColumnTable, ColumnValue, ColumnValues } from "./column";
import { idOf, sameColumnValue } from "./sameValue";

const lookupTable = "@Microsoft.Dynamics.CRM.lookuplogicalname";

const columnOf = (table: ColumnTable, name: string): Column | undefined =>
  Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;

/** Name under which the Web API returns a column, for `$select` and `$filter`. */
export function readName(table: ColumnTable, name: string): string {
  return columnOf(table, name)?.type === "lookup" ? `_${name}_value` : name;
}

/** The readable columns of a table that a deployment has, or those of them that are named, as `$select` wants them. */
export function selected(
  table: ColumnTable,
  deployment: Deployment,
  names: readonly string[] = Object.keys(table.columns),
): string[] {
  return names
    .filter((name) => {
      const column = columnOf(table, name);
      return column?.read === true && (column.only ?? deployment) === deployment;
    })
    .map((name) => readName(table, name));
}

/** The columns of a record of the Web API that the table knows, by logical name. What was not read is not there. */
export function readColumns(table: ColumnTable, record: PlainObject): ColumnValues {
  const values: Record<string, ColumnValue> = {};
  for (const [name, column] of Object.entries(table.columns)) {
    const value = record[readName(table, name)];
    if (!column.read || !isColumnValue(value)) continue;
    values[name] = column.type === "lookup" ? reference(column, value, record, readName(table, name)) : value;
  }
  return values;
}

function isColumnValue(value: unknown): value is ColumnValue {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

/** The entity set is told only where there are several, and the Web API was asked for annotations. */
function reference({ targets = [] }: Column, value: ColumnValue, record: PlainObject, name: string): ColumnValue {
  if (typeof value !== "string" || targets.length < 2) return value;
  const target = targets.find(({ logicalName }) => logicalName === record[`${name}${lookupTable}`]);
  return target === undefined ? value : `${target.entitySet}(${value})`;
}

/** The body of a POST or PATCH: lookups are bound by a path, and let go by null. */
export function bodyOf(table: ColumnTable, values: ColumnValues): PlainObject {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const column = columnOf(table, name);
      return column?.type === "lookup" ? bound(column, name, value) : [name, writable(column, value)];
    }),
  );
}

const day = "YYYY-MM-DD";

/** A day is stored as the moment at which it begins (Edm.DateTimeOffset); what was read is not always taken back: -1 is no option. */
function writable(column: Column | undefined, value: ColumnValue): ColumnValue {
  if (column?.type === "date" && typeof value === "string" && value.length === day.length) return `${value}T00:00:00Z`;
  return column?.type === "option" && value === -1 ? null : value;
}

function bound({ targets = [] }: Column, name: string, value: ColumnValue): [string, string | null] {
  const [first] = targets;
  const target = targets.find(({ entitySet }) => String(value).startsWith(`${entitySet}(`)) ?? first;
  const key = `${target?.navigation ?? name}@odata.bind`;
  return [key, value === null || value === "" ? null : `/${target?.entitySet ?? ""}(${idOf(value) ?? ""})`];
}

/** What of `wanted` differs from `observed`: the body of an update. Columns that cannot be read are not compared. */
export function changedColumns(
  table: ColumnTable,
  observed: ColumnValues,
  wanted: ColumnValues,
): Record<string, ColumnValue> {
  return Object.fromEntries(
    Object.entries(wanted).filter(([name, value]) => {
      const column = columnOf(table, name);
      return column === undefined || !column.read || !sameColumnValue(column, observed[name] ?? null, value);
    }),
  );
}

/** True where `value` is what the column holds, as far as the table knows it. */
export function stillHolds(table: ColumnTable, name: string, observed: ColumnValues, value: ColumnValue): boolean {
  const column = columnOf(table, name);
  return column?.read === true && sameColumnValue(column, observed[name] ?? null, value);
}
