import { createHash } from "node:crypto";
import type { Column, Table } from "./columns";
import { badQuery, noSuchResource, WebApiError } from "./errors";
import { edmTypeOf } from "./payload";
import { splitOutside } from "./queryOptions";
import { readNameOf, type Json } from "./represent";
import type { Store } from "./store";

const prefix = "Microsoft.Dynamics.CRM.";

/** An id that is the same each time, as it is of a real organization. */
function metadataId(...parts: string[]): string {
  const hash = createHash("sha256").update(parts.join("/")).digest("hex");
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-4${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}

const label = (text: string): Json => {
  const localized = {
    Label: text,
    LanguageCode: 1033,
    IsManaged: true,
    MetadataId: metadataId("label", text),
    HasChanged: null,
  };
  return { LocalizedLabels: [localized], UserLocalizedLabel: localized };
};

const attributeTypes: Readonly<Partial<Record<Column["kind"], string>>> = { Lookup: "Lookup" };
const castOf = (column: Column): string => {
  if (column.kind === "Uniqueidentifier") return `${prefix}AttributeMetadata`;
  return `${prefix}${column.kind}AttributeMetadata`;
};

function attributeFacts(table: Table, column: Column): Json {
  const type = attributeTypes[column.kind] ?? column.kind;
  return {
    "@odata.type": `#${castOf(column)}`,
    LogicalName: column.name,
    SchemaName: column.name,
    EntityLogicalName: table.name,
    AttributeType: type,
    AttributeTypeName: { Value: `${type}Type` },
    IsValidForCreate: column.create,
    IsValidForUpdate: column.update,
    IsValidForRead: column.read,
    IsPrimaryId: column.name === table.key,
    IsPrimaryName: column.name === table.nameColumn,
    RequiredLevel: { Value: column.required === true ? "SystemRequired" : "None", CanBeChanged: false },
    DisplayName: label(column.name),
    ...(column.kind === "String" || column.kind === "Memo" ? { MaxLength: column.max } : {}),
    ...(column.kind === "Integer" ? { MinValue: column.min, MaxValue: column.max } : {}),
    ...(column.kind === "Boolean" ? { DefaultValue: column.default ?? false } : {}),
    ...(column.options === undefined ? {} : { DefaultFormValue: column.default ?? -1 }),
    ...(column.targets === undefined ? {} : { Targets: [...new Set(Object.values(column.targets).flat())] }),
    MetadataId: metadataId(table.name, column.name),
  };
}

function optionSet(table: Table, column: Column): Json {
  const type = column.kind === "Picklist" ? "Picklist" : column.kind;
  return {
    MetadataId: metadataId(table.name, column.name, "options"),
    Name: `${table.name}_${column.name}`,
    IsGlobal: false,
    OptionSetType: type,
    Options: Object.entries(column.options ?? {}).map(([value, text]) => ({
      Value: Number(value),
      Label: label(text),
      Description: { LocalizedLabels: [], UserLocalizedLabel: null },
      Color: null,
      IsManaged: true,
      ExternalValue: "",
      ParentValues: [],
      MetadataId: null,
      HasChanged: null,
    })),
  };
}

function entityFacts(table: Table): Json {
  return {
    LogicalName: table.name,
    SchemaName: table.name,
    EntitySetName: table.set,
    LogicalCollectionName: table.set,
    PrimaryIdAttribute: table.key,
    PrimaryNameAttribute: table.nameColumn,
    ObjectTypeCode: table.typeCode,
    IsOptimisticConcurrencyEnabled: true,
    DisplayName: label(table.name),
    MetadataId: metadataId(table.name),
  };
}

/** Metadata is queried with `$select`, with `$filter` by names, and with `$expand` of option sets; no more is known. */
interface MetadataOptions {
  select: string[] | undefined;
  expand: string[];
  filter: string | undefined;
}

function optionsOf(search: string): MetadataOptions {
  const parameters = new URLSearchParams(search);
  for (const name of parameters.keys())
    if (!["$select", "$expand", "$filter"].includes(name))
      throw badQuery(`The query parameter ${name} is not supported.`);
  const list = (name: string) => (parameters.has(name) ? splitOutside(parameters.get(name) ?? "", ",") : undefined);
  return { select: list("$select"), expand: list("$expand") ?? [], filter: parameters.get("$filter") ?? undefined };
}

function selected(facts: Json, { select }: MetadataOptions, type: string): Json {
  if (select === undefined) return facts;
  for (const name of select)
    if (!(name in facts)) throw badQuery(`Could not find a property named '${name}' on type '${prefix}${type}'.`);
  const keep = ["@odata.type", "MetadataId", ...select];
  return Object.fromEntries(Object.entries(facts).filter(([name]) => keep.includes(name)));
}

function matching(all: readonly Json[], { filter }: MetadataOptions): Json[] {
  if (filter === undefined) return [...all];
  const alternatives = filter.split(" or ").map((part) => {
    const [, name, value = ""] = /^\s*(\w+) eq '([^']*)'\s*$/.exec(part) ?? [];
    if (name === undefined) throw badQuery(`The filter '${filter}' is not supported for metadata.`);
    return { name, value };
  });
  return all.filter((facts) => alternatives.some(({ name, value }) => facts[name] === value));
}

/** `EntityDefinitions...`: the path in its parts. */
export function entityDefinitions(store: Store, path: readonly string[], search: string): Json {
  const [definitions = "", attributes, cast] = path;
  const options = optionsOf(search);
  const name = keyIn(definitions);
  if (name === undefined) {
    const all = Object.values(store.tables).map(entityFacts);
    return { value: matching(all, options).map((facts) => selected(facts, options, "EntityMetadata")) };
  }
  const table = Object.values(store.tables).find((candidate) => candidate.name === name);
  if (table === undefined) throw missing(`Could not find an entity with name ${name}.`);
  if (attributes === undefined) return selected(entityFacts(table), options, "EntityMetadata");
  if (!/^Attributes(?:\(|$)/.test(attributes)) throw noSuchResource(attributes);
  const columnName = keyIn(attributes);
  const type = cast?.startsWith(prefix) === true ? cast : undefined;
  if (cast !== undefined && type === undefined) throw noSuchResource(cast);
  if (columnName !== undefined) {
    const column = table.columns.get(columnName);
    if (column === undefined || (type !== undefined && castOf(column) !== type))
      throw missing(`Could not find an attribute with specified name ${columnName}.`);
    return attribute(table, column, type, options);
  }
  const columns = [...table.columns.values()].filter((column) => type === undefined || castOf(column) === type);
  const all = columns.map((column) => attribute(table, column, type, { ...options, select: undefined }));
  return { value: matching(all, options).map((facts) => selected(facts, withExpanded(options), "AttributeMetadata")) };
}

const withExpanded = (options: MetadataOptions): MetadataOptions =>
  options.select === undefined ? options : { ...options, select: [...options.select, ...options.expand.map(bare)] };
const bare = (item: string) => item.replace(/\(.*$/, "");

function attribute(table: Table, column: Column, type: string | undefined, options: MetadataOptions): Json {
  const facts = attributeFacts(table, column);
  for (const item of options.expand.map(bare)) {
    // An option set hangs on the type of the column: without the cast it is not there.
    if (type === undefined || column.options === undefined || !["OptionSet", "GlobalOptionSet"].includes(item))
      throw badQuery(`Could not find a property named '${item}' on type '${type ?? `${prefix}AttributeMetadata`}'.`);
    facts[item] = item === "OptionSet" ? optionSet(table, column) : null;
  }
  return selected(facts, withExpanded(options), "AttributeMetadata");
}

function keyIn(segment: string): string | undefined {
  const [, key] = /\(LogicalName='([^']*)'\)$/.exec(segment) ?? [];
  return key;
}

const missing = (message: string) => new WebApiError(404, "0x80060888", message);

/** `$metadata`: entity types with their properties and lookups, no more. */
export function csdl(store: Store): string {
  const tables = Object.values(store.tables);
  const types = tables.map((table) => {
    const properties = [...table.columns.values()]
      .filter(({ read, create, update }) => read || create || update)
      .map((column) => {
        const type = column.kind === "Lookup" ? "Edm.Guid" : edmTypeOf(column);
        return `<Property Name="${readNameOf(column)}" Type="${type}"/>`;
      });
    const navigations = [...table.columns.values()].flatMap(({ targets = {} }) =>
      Object.entries(targets).map(([name, [target = ""]]) => {
        const type = name === "ownerid" ? "principal" : target;
        return `<NavigationProperty Name="${name}" Type="mscrm.${type}"/>`;
      }),
    );
    return `<EntityType Name="${table.name}"><Key><PropertyRef Name="${table.key}"/></Key>${properties.join("")}${navigations.join("")}</EntityType>`;
  });
  const sets = tables.map(({ name, set }) => `<EntitySet Name="${set}" EntityType="Microsoft.Dynamics.CRM.${name}"/>`);
  return (
    '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">' +
    '<edmx:DataServices><Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">' +
    `<EntityType Name="principal"/>${types.join("")}<EntityContainer Name="System">${sets.join("")}</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`
  );
}
