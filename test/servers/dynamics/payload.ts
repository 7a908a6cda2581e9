import type { Column, Reference, Row, Table, TableName, Value } from "./columns";
import { badPayload, invalidValue, notFound, WebApiError } from "./errors";
import { dateTime, type Store } from "./store";

/** A create or an update: what may be written differs. */
export type Writing = "create" | "update";
export interface PayloadContext {
  store: Store;
  /**
   * What happens to a value for a column that is not valid for create or update. The platform is known to ignore such
   * values in its other interfaces; no document says what the Web API does, so both can be had (inferred).
   */
  readOnlyColumns: "ignore" | "refuse";
}

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const bound = /^(.+)@odata\.bind$/;
/** With a zone, as the OData library demands of an Edm.DateTimeOffset (inferred: a date alone is refused). */
const moment = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/;
const edmTypes: Readonly<Partial<Record<Column["kind"], string>>> = {
  Integer: "Edm.Int32",
  Picklist: "Edm.Int32",
  State: "Edm.Int32",
  Status: "Edm.Int32",
  BigInt: "Edm.Int64",
  Boolean: "Edm.Boolean",
  DateTime: "Edm.DateTimeOffset",
  Uniqueidentifier: "Edm.Guid",
};

export const isGuid = (value: string): boolean => guid.test(value);
export const edmTypeOf = (column: Column): string => edmTypes[column.kind] ?? "Edm.String";

/** What a body asks to write, checked column by column as the metadata says. */
export function checkedChanges(table: Table, body: unknown, writing: Writing, context: PayloadContext): Row {
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw badPayload(table.set, "Microsoft.OData.ODataException: The body is not a JSON object.");
  const changes: Row = {};
  for (const [name, value] of Object.entries(body as Record<string, unknown>)) {
    const property = bound.exec(name)?.[1];
    if (property === undefined && name.startsWith("@odata.")) continue;
    if (property === undefined) applyColumn(changes, table, name, value, writing, context);
    else applyBinding(changes, table, property, value, writing, context);
  }
  if (writing === "create") checkRequired(table, changes);
  return changes;
}

function applyColumn(
  changes: Row,
  table: Table,
  name: string,
  value: unknown,
  writing: Writing,
  context: PayloadContext,
): void {
  const single = lookupBehind(table, name);
  if (single !== undefined && value === null) {
    if (isWritable(single, table, writing, context)) changes[single.name] = null;
    return;
  }
  const column = table.columns.get(name);
  if (column === undefined || column.kind === "Lookup")
    throw badPayload(
      table.set,
      `Microsoft.Crm.CrmException: Invalid property '${name}' was found in entity 'Microsoft.Dynamics.CRM.${table.name}'.` +
        " ---> Microsoft.OData.ODataException: Does not support untyped value in non-open type.",
    );
  const checked = checkedValue(table, column, value);
  if (name === table.key && writing === "update") return;
  if (isWritable(column, table, writing, context)) changes[name] = checked;
}

function applyBinding(
  changes: Row,
  table: Table,
  property: string,
  value: unknown,
  writing: Writing,
  context: PayloadContext,
): void {
  const column = lookupBehind(table, property);
  if (column === undefined)
    throw badPayload(
      table.set,
      `Microsoft.OData.ODataException: An undeclared property '${property}' which only has property annotations in the` +
        " payload but no property value was found in the payload.",
    );
  if (value !== null && typeof value !== "string")
    throw badPayload(table.set, `Microsoft.OData.ODataException: '${property}@odata.bind' is not a reference.`);
  const reference = value === null ? null : boundRecord(table, column, property, value, context.store);
  if (isWritable(column, table, writing, context)) changes[column.name] = reference;
}

/** The lookup that a single-valued navigation property belongs to. */
export function lookupBehind(table: Table, property: string): Column | undefined {
  return [...table.columns.values()].find(({ targets }) => targets !== undefined && Object.hasOwn(targets, property));
}

function boundRecord(table: Table, column: Column, property: string, uri: string, store: Store): Reference {
  const [, set = "", id = ""] = /(?:^|\/)(\w+)\(([^()]+)\)$/.exec(uri) ?? [];
  const target = Object.values(store.tables).find((candidate) => candidate.set === set);
  const allowed: readonly TableName[] = column.targets?.[property] ?? [];
  if (target === undefined || !isGuid(id))
    throw badPayload(table.set, `Microsoft.OData.ODataException: The URI '${uri}' is not a valid entity reference.`);
  if (!allowed.includes(target.name))
    throw badPayload(
      table.set,
      `Microsoft.OData.ODataException: The navigation property '${property}' expects another type than '${target.name}'.`,
    );
  // ObjectDoesNotExist is a 404 whatever the record is that does not exist, so also for one that is referred to.
  if (store.find(target.name, id) === undefined) throw notFound(target.name, id);
  return { table: target.name, id: id.toLowerCase() };
}

function isWritable(column: Column, table: Table, writing: Writing, context: PayloadContext): boolean {
  if (writing === "create" ? column.create : column.update) return true;
  if (context.readOnlyColumns === "ignore") return false;
  throw new WebApiError(
    400,
    "0x80040203",
    `The column '${column.name}' of '${table.name}' is not valid for ${writing}.`,
  );
}

/** The value as it is kept. */
export function checkedValue(table: Table, column: Column, value: unknown): Value {
  if (value === null) {
    if (column.required === true)
      throw new WebApiError(400, "0x80040200", `Attribute: ${column.name} cannot be set to NULL`);
    return null;
  }
  const { kind, name, max, min, options } = column;
  const wrongType = () =>
    badPayload(
      table.set,
      `Microsoft.OData.ODataException: Cannot convert the literal '${JSON.stringify(value)}' to the expected type '${edmTypeOf(column)}'.`,
    );
  if (kind === "String" || kind === "Memo") {
    if (typeof value !== "string") throw wrongType();
    if (max !== undefined && value.length > max)
      throw invalidValue(
        "0x80044331",
        `The length of the '${name}' attribute of the '${table.name}' entity exceeded the maximum allowed length of '${max}'.`,
      );
    return value;
  }
  if (kind === "Boolean") {
    if (typeof value !== "boolean") throw wrongType();
    return value;
  }
  if (kind === "DateTime") {
    if (typeof value !== "string" || !moment.test(value) || Number.isNaN(Date.parse(value))) throw wrongType();
    return dateTime(new Date(value));
  }
  if (kind === "Uniqueidentifier") {
    if (typeof value !== "string" || !isGuid(value)) throw wrongType();
    return value.toLowerCase();
  }
  if (typeof value !== "number" || !Number.isInteger(value)) throw wrongType();
  if (options !== undefined) {
    if (!Object.hasOwn(options, value))
      throw invalidValue(
        "0x8004431a",
        `The value ${value} of '${name}' on record of type '${table.name}' is outside the valid range. Accepted Values: ${Object.keys(options).join(",")}`,
      );
    return value;
  }
  if (value < (min ?? -Infinity) || value > (max ?? Infinity))
    throw invalidValue(
      "0x80044330",
      `The value of '${name}' on record of type '${table.name}' is outside the valid range.`,
    );
  return value;
}

/** SystemRequired only: what an application requires, forms ask for and the Web API does not (inferred). */
function checkRequired(table: Table, changes: Row): void {
  for (const column of table.columns.values())
    if (column.required === true && column.default === undefined && (changes[column.name] ?? null) === null)
      throw new WebApiError(400, "0x80040200", `Attribute: ${column.name} cannot be set to NULL`);
}
