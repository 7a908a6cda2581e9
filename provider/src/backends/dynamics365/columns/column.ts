import type { Deployment } from "../../../model/organization";
import type { OptionSet } from "./optionSet";

/** The value of one column. A lookup is the id of the record, with the entity set before it where there are several. */
export type ColumnValue = string | number | boolean | null;
/** Values by logical name, as they are read and written. */
export type ColumnValues = Readonly<Record<string, ColumnValue>>;

/** How Dynamics says that something never happened. */
export const never = "1900-01-01";

export type ColumnType =
  "text" | "memo" | "integer" | "big-integer" | "flag" | "option" | "date-time" | "date" | "lookup";

/** A table that a lookup leads to. */
export interface LookupTarget {
  logicalName: string;
  entitySet: string;
  /** Property of the Web API that binds it. */
  navigation: string;
}

/** One column of a table, as the documents describe it. */
export interface Column {
  type: ColumnType;
  create: boolean;
  update: boolean;
  read: boolean;
  /** What a text means, where that decides which texts are equal. */
  format?: "server-location" | "email-address" | "guid";
  /** Characters. */
  maximumLength?: number;
  /** Smallest and largest number. */
  range?: readonly [number, number];
  /** The same where an online organization has another. */
  onlineRange?: readonly [number, number];
  unit?: "milliseconds" | "minutes";
  options?: OptionSet;
  targets?: readonly LookupTarget[];
  /** The only kind of deployment that has it. */
  only?: Deployment;
  /** What a new record has where nothing is written. */
  default?: ColumnValue;
  /** Flag that says whether there is a value, where the value itself cannot be read. */
  presence?: string;
  /** Key of the page in the reference's list of sources, where it is not the table's own. */
  source?: string;
}

/** One table of an organization. */
export interface ColumnTable<Name extends string = string> {
  logicalName: string;
  entitySet: string;
  key: string;
  /** Keys of the pages that the columns come from. */
  sources: readonly string[];
  columns: Readonly<Record<Name, Column>>;
}

type Traits = Partial<Omit<Column, "type">>;
const writable = { create: true, update: true, read: true };
export const readOnly = { create: false, update: false } satisfies Traits;
export const updateOnly = { create: false } satisfies Traits;
/** Secrets: what is written cannot be read again. */
export const writeOnly = { read: false } satisfies Traits;
export const onlineOnly = { only: "online" } satisfies Traits;
export const onPremisesOnly = { only: "on-premises" } satisfies Traits;

export const text = (maximumLength: number, traits: Traits = {}): Column => ({
  type: "text",
  maximumLength,
  ...writable,
  ...traits,
});
export const memo = (maximumLength: number | undefined, traits: Traits = {}): Column => ({
  type: "memo",
  ...(maximumLength === undefined ? {} : { maximumLength }),
  ...writable,
  ...traits,
});
export const integer = (range: readonly [number, number] | undefined, traits: Traits = {}): Column => ({
  type: "integer",
  ...(range === undefined ? {} : { range }),
  ...writable,
  ...traits,
});
export const bigInteger = (traits: Traits = {}): Column => ({ type: "big-integer", ...writable, ...traits });
export const flag = (byDefault: boolean, traits: Traits = {}): Column => ({
  type: "flag",
  default: byDefault,
  ...writable,
  ...traits,
});
export const option = (options: OptionSet, traits: Traits = {}): Column => ({
  type: "option",
  options,
  ...writable,
  ...traits,
});
export const dateTime = (traits: Traits = {}): Column => ({ type: "date-time", ...writable, ...traits });
export const date = (traits: Traits = {}): Column => ({ type: "date", ...writable, ...traits });
export const lookup = (targets: readonly LookupTarget[], traits: Traits = {}): Column => ({
  type: "lookup",
  targets,
  ...writable,
  ...traits,
});

export const owners: readonly LookupTarget[] = [
  { logicalName: "systemuser", entitySet: "systemusers", navigation: "ownerid" },
  { logicalName: "team", entitySet: "teams", navigation: "ownerid" },
];
