/** Where the organization runs. */
export type Deployment = "on-premises" | "online";

export type TableName =
  "emailserverprofile" | "mailbox" | "systemuser" | "queue" | "team" | "businessunit" | "organization" | "tracelog";

/** Another record. */
export interface Reference {
  table: TableName;
  id: string;
}
export type Value = string | number | boolean | null | Reference;
export type Row = Record<string, Value>;
/** Label by value. */
export type Options = Readonly<Record<number, string>>;

export type Kind =
  | "String"
  | "Memo"
  | "Integer"
  | "BigInt"
  | "Boolean"
  | "DateTime"
  | "Picklist"
  | "State"
  | "Status"
  | "Lookup"
  | "Uniqueidentifier";

export interface Column {
  name: string;
  kind: Kind;
  /** IsValidForCreate, IsValidForUpdate, IsValidForRead. */
  create: boolean;
  update: boolean;
  read: boolean;
  /** Characters of a text, or the largest number. */
  max?: number;
  min?: number;
  options?: Options;
  default?: Exclude<Value, Reference>;
  /** Tables by single-valued navigation property; an owner has two behind one, other lookups one behind each. */
  targets?: Readonly<Record<string, readonly TableName[]>>;
  /** SystemRequired: a create without it is refused. */
  required?: boolean;
  /** The Boolean that says whether this column, which cannot be read, has a value. */
  presence?: string;
}
export interface Table {
  name: TableName;
  set: string;
  key: string;
  nameColumn: string;
  typeCode: number;
  columns: ReadonlyMap<string, Column>;
  /** Collection-valued navigation property: the lookup of the other table that points here. */
  collections: Readonly<Record<string, { table: TableName; lookup: string }>>;
}

/** C, U and R stand for valid for create, update and read. */
type Access = "CUR" | "CU" | "UR" | "R";
type Default = Exclude<Value, Reference>;
const accessOf = (access: Access) => ({
  create: access.includes("C"),
  update: access.includes("U"),
  read: access.includes("R"),
});

export const text = (name: string, max: number, access: Access = "CUR"): Column => ({
  name,
  kind: "String",
  max,
  ...accessOf(access),
});
export const memo = (name: string, max: number, access: Access = "CUR"): Column => ({
  ...text(name, max, access),
  kind: "Memo",
});
/** A text that nobody can read; `presence` says whether there is one. */
export const secret = (name: string, max: number, presence: string): Column => ({ ...text(name, max, "CU"), presence });
export const flag = (name: string, value: boolean | undefined, access: Access = "CUR"): Column => ({
  name,
  kind: "Boolean",
  ...accessOf(access),
  ...(value === undefined ? {} : { default: value }),
});
export const integer = (name: string, min: number, max: number, value?: Default, access: Access = "CUR"): Column => ({
  name,
  kind: "Integer",
  min,
  max,
  ...accessOf(access),
  ...(value === undefined ? {} : { default: value }),
});
export const bigInteger = (name: string, access: Access): Column => ({ name, kind: "BigInt", ...accessOf(access) });
export const moment = (name: string, access: Access = "CUR", value?: Default): Column => ({
  name,
  kind: "DateTime",
  ...accessOf(access),
  ...(value === undefined ? {} : { default: value }),
});
export const choice = (name: string, options: Options, value?: Default, access: Access = "CUR"): Column => ({
  name,
  kind: "Picklist",
  options,
  ...accessOf(access),
  ...(value === undefined ? {} : { default: value }),
});
export const lookup = (name: string, targets: Readonly<Record<string, TableName>>, access: Access = "CUR"): Column => ({
  name,
  kind: "Lookup",
  targets: Object.fromEntries(Object.entries(targets).map(([property, table]) => [property, [table]])),
  ...accessOf(access),
});
export const identifier = (name: string, access: Access = "CUR"): Column => ({
  name,
  kind: "Uniqueidentifier",
  ...accessOf(access),
});
export const required = (column: Column): Column => ({ ...column, required: true });

export const activeOrInactive: Options = { 0: "Active", 1: "Inactive" };
/** statecode is for update only; a status reason belongs to one state. */
export const states = (): Column[] => [
  { name: "statecode", kind: "State", options: activeOrInactive, default: 0, ...accessOf("UR") },
  { name: "statuscode", kind: "Status", options: { 1: "Active", 2: "Inactive" }, default: 1, ...accessOf("CUR") },
];
/** The status reason that comes with a state. */
export function withState(changes: Row): Row {
  if (typeof changes.statecode !== "number" || "statuscode" in changes) return {};
  return { statuscode: changes.statecode + 1 };
}
export const owner = (): Column[] => [
  { name: "ownerid", kind: "Lookup", targets: { ownerid: ["systemuser", "team"] }, ...accessOf("CUR") },
];

interface TableFacts extends Pick<Table, "name" | "set" | "nameColumn" | "typeCode"> {
  collections?: Table["collections"];
}

/** Every table has these of its own accord. */
export function defineTable(facts: TableFacts, columns: readonly Column[]): Table {
  const key = `${facts.name}id`;
  const all = [
    identifier(key),
    ...columns,
    moment("createdon", "R"),
    moment("modifiedon", "R"),
    bigInteger("versionnumber", "R"),
    ...columns.flatMap(({ presence }) => (presence === undefined ? [] : [flag(presence, false, "R")])),
  ];
  return { collections: {}, ...facts, key, columns: new Map(all.map((column) => [column.name, column])) };
}
