import { normalizeServerLocation } from "../../../model/names";
import { never, type Column, type ColumnType, type ColumnValue } from "./column";

/**
 * True where Dynamics means the same by both: it stores nothing where it was given "", false where it was given
 * nothing, a date that never was as 1900-01-01, and dates to the second.
 */
export function sameColumnValue(column: Column, left: ColumnValue, right: ColumnValue): boolean {
  return meaning(column, left) === meaning(column, right);
}

function meaning(column: Column, value: ColumnValue): ColumnValue {
  if (value === null || value === "") return column.type === "flag" ? (column.default ?? false) : null;
  return meanings[column.type](value, column);
}

const text = (value: ColumnValue, { format }: Column): ColumnValue => {
  if (typeof value !== "string") return value;
  if (format === "server-location") return locationOf(value);
  if (format === "guid") return idOf(value);
  return format === "email-address" ? value.toLowerCase() : value.replaceAll("\r\n", "\n");
};
const asItIs = (value: ColumnValue): ColumnValue => value;
/** Beyond the exact integers of a number, the Web API gives a text. */
const number = (value: ColumnValue): ColumnValue => (typeof value === "string" ? Number(value) : value);

const meanings: Readonly<Record<ColumnType, (value: ColumnValue, column: Column) => ColumnValue>> = {
  text,
  memo: text,
  integer: number,
  "big-integer": asItIs,
  flag: asItIs,
  // The forms hold -1 for an option that nobody has chosen.
  option: (value) => (value === -1 ? null : value),
  "date-time": (value) => secondOf(value),
  date: (value) => dayOf(value),
  lookup: (value) => idOf(value),
};

function secondOf(value: ColumnValue): ColumnValue {
  const milliseconds = typeof value === "string" ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(milliseconds)) return value;
  return isNever(value) ? null : Math.floor(milliseconds / 1000);
}

function dayOf(value: ColumnValue): ColumnValue {
  if (typeof value !== "string") return value;
  return isNever(value) ? null : value.slice(0, "YYYY-MM-DD".length);
}

/** True for a date on which nothing ever happened. */
export function isNever(value: ColumnValue | undefined): boolean {
  return typeof value !== "string" || value === "" || value.startsWith(never);
}

/** The id in a lookup, with or without the entity set before it. */
export function idOf(value: ColumnValue | undefined): string | null {
  if (typeof value !== "string") return null;
  const [, inside] = /\(([^)]*)\)$/.exec(value) ?? [];
  return (inside ?? value).replace(/^\{(.*)\}$/, "$1").toLowerCase();
}

function locationOf(value: string): string {
  try {
    return normalizeServerLocation(value.trim()).replace(/\/+$/, "");
  } catch {
    // Somebody's typing: it differs from every location that is one.
    return value;
  }
}
