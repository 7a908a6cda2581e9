import type { Row, Table } from "./columns";
import {
  badQuery,
  methodNotAllowed,
  noSuchResource,
  notFound,
  versionMismatch,
  WebApiError,
  duplicateRecord,
} from "./errors";
import { callFunction } from "./functions";
import { csdl, entityDefinitions } from "./metadata";
import type { Organization } from "./organization";
import { isGuid, lookupBehind } from "./payload";
import { countRows, retrieve, retrieveMultiple, type QueryContext } from "./query";
import { createRecord, deleteRecord, updateRecord } from "./records";
import { annotationsOf, etagOf, type Json } from "./represent";
import { idIn, isReference } from "./store";

/** A request below the service root, as it came or as a part of a batch. */
export interface ApiRequest {
  method: string;
  /** Decoded, without a slash at its ends. */
  path: string;
  /** As it came, without the question mark. */
  search: string;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  body: string;
  user: string;
  /** With the version and the slash at the end. */
  root: string;
}
export interface ApiAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

const json = "application/json; odata.metadata=minimal";

/** Answers one request. Nothing in it waits: what a request does, it does at once or not at all. */
export function answer(organization: Organization, request: ApiRequest): ApiAnswer {
  const before = request.method === "GET" ? undefined : organization.store.checkpoint();
  const scheduled = new Set(organization.scheduled);
  try {
    return routed(organization, request);
  } catch (error) {
    if (before !== undefined) organization.store.restore(before);
    organization.scheduled = scheduled;
    if (error instanceof WebApiError) return refusal(error);
    throw error;
  }
}

export function refusal({ status, code, message, headers }: WebApiError): ApiAnswer {
  return {
    status,
    headers: { "content-type": json, "odata-version": "4.0", ...headers },
    body: JSON.stringify({ error: { code, message } }),
  };
}

function routed(organization: Organization, request: ApiRequest): ApiAnswer {
  const [first = "", ...rest] = request.path.split("/");
  if (first === "") return body(200, { "@odata.context": `${request.root}$metadata`, value: services(organization) });
  if (first === "$metadata")
    return {
      status: 200,
      headers: { "content-type": "application/xml", "odata-version": "4.0" },
      body: csdl(organization.store),
    };
  if (/^EntityDefinitions(?:\(|$)/.test(first)) {
    demandMethod(request, "GET");
    const found = entityDefinitions(organization.store, [first, ...rest], request.search);
    return body(200, { "@odata.context": `${request.root}$metadata#EntityDefinitions`, ...found });
  }
  const called = callFunction(organization, request, first);
  if (called !== undefined) {
    demandMethod(request, "GET");
    return body(200, called);
  }
  const [, set = "", key] = /^(\w+)(?:\(([^()]*)\))?$/.exec(first) ?? [];
  const table = Object.values(organization.store.tables).find((candidate) => candidate.set === set);
  if (table === undefined) throw noSuchResource(first);
  if (key === undefined) return onSet(organization, table, rest, request);
  return onRecord(organization, table, idOf(table, key), rest, request);
}

const services = ({ store }: Organization): Json[] =>
  Object.values(store.tables).map(({ set }) => ({ name: set, kind: "EntitySet", url: set }));

function idOf(table: Table, key: string): string {
  const id = key.startsWith(`${table.key}=`) ? key.slice(table.key.length + 1) : key;
  if (!isGuid(id)) throw badQuery(`Unrecognized 'Edm.Guid' literal '${key}'.`);
  return id.toLowerCase();
}

function demandMethod(request: ApiRequest, ...methods: readonly string[]): void {
  if (!methods.includes(request.method)) throw methodNotAllowed(request.method);
}

function contextOf(organization: Organization, request: ApiRequest): QueryContext {
  const prefer = request.headers.prefer ?? "";
  const size = /odata\.maxpagesize\s*=\s*(\d+)/.exec(prefer)?.[1];
  return {
    store: organization.store,
    annotations: annotationsOf(prefer),
    pageSize: size === undefined ? undefined : Number(size),
    url: `${request.root}${request.path}`,
  };
}

/** What was preferred and done. */
function applied(request: ApiRequest): Record<string, string> {
  const preferences = (request.headers.prefer ?? "").split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((each) => each.trim());
  const done = preferences.filter((each) => /^odata\.(?:maxpagesize|include-annotations)\s*=/.test(each));
  return done.length === 0 ? {} : { "preference-applied": done.join(",") };
}

function onSet(organization: Organization, table: Table, rest: readonly string[], request: ApiRequest): ApiAnswer {
  const { store } = organization;
  if (rest.length === 1 && rest[0] === "$count") {
    demandMethod(request, "GET");
    return text(String(countRows(table, store.all(table.name), request.search, store)));
  }
  if (rest.length > 0) throw noSuchResource(rest[0] ?? "");
  demandMethod(request, "GET", "POST");
  if (request.method === "POST") {
    const id = createRecord(organization, table, parsed(request), request.user);
    return written(organization, table, id, request, 201);
  }
  const found = retrieveMultiple(table, store.all(table.name), request.search, contextOf(organization, request));
  return body(200, { "@odata.context": `${request.root}$metadata#${table.set}`, ...found }, applied(request));
}

function onRecord(
  organization: Organization,
  table: Table,
  id: string,
  rest: readonly string[],
  request: ApiRequest,
): ApiAnswer {
  const { store } = organization;
  if (rest.length > 0) return onProperty(organization, table, id, rest, request);
  demandMethod(request, "GET", "PATCH", "DELETE");
  if (request.method === "GET") {
    const row = store.get(table.name, id);
    if (request.headers["if-none-match"] === etagOf(row)) return { status: 304, headers: {}, body: "" };
    const found = retrieve(table, row, request.search, contextOf(organization, request));
    const context = `${request.root}$metadata#${table.set}/$entity`;
    return body(200, { "@odata.context": context, ...found }, { ...applied(request), etag: etagOf(row) });
  }
  const row = store.find(table.name, id);
  checkConditions(table, id, row, request);
  if (request.method === "DELETE") {
    deleteRecord(organization, table, id);
    return { status: 204, headers: { "odata-version": "4.0" }, body: "" };
  }
  if (row !== undefined) {
    updateRecord(organization, table, id, parsed(request));
    return written(organization, table, id, request, 200);
  }
  createRecord(organization, table, parsed(request), request.user, id);
  return written(organization, table, id, request, 201);
}

/** [WA-COND]: If-Match keeps a PATCH from creating, If-None-Match from changing. */
function checkConditions(table: Table, id: string, row: Row | undefined, request: ApiRequest): void {
  const { "if-match": match, "if-none-match": none } = request.headers;
  if (match !== undefined && row === undefined) throw notFound(table.name, id);
  if (match !== undefined && match !== "*" && row !== undefined && match !== etagOf(row)) throw versionMismatch();
  if (none === "*" && row !== undefined) throw duplicateRecord();
}

/** A property of a record: a column's value, a lookup's record or reference, or a collection. */
function onProperty(
  organization: Organization,
  table: Table,
  id: string,
  [name = "", last, ...more]: readonly string[],
  request: ApiRequest,
): ApiAnswer {
  const { store } = organization;
  const row = store.get(table.name, id);
  const lookup = lookupBehind(table, name);
  if (lookup !== undefined && last === "$ref" && more.length === 0) {
    demandMethod(request, "PUT", "DELETE");
    const target = request.method === "PUT" ? (parsed(request) as Json | null)?.["@odata.id"] : null;
    updateRecord(organization, table, id, { [`${name}@odata.bind`]: target });
    return { status: 204, headers: { "odata-version": "4.0" }, body: "" };
  }
  if (last !== undefined) throw noSuchResource(last);
  demandMethod(request, "GET");
  const context = contextOf(organization, request);
  const collection = table.collections[name];
  if (collection !== undefined) {
    const rows = store.all(collection.table).filter((each) => idIn(each[collection.lookup]) === id);
    const other = store.tables[collection.table];
    return body(200, {
      "@odata.context": `${request.root}$metadata#${other.set}`,
      ...retrieveMultiple(other, rows, request.search, context),
    });
  }
  const column = table.columns.get(name);
  const value = row[lookup?.name ?? name] ?? null;
  if (lookup !== undefined && isReference(value)) {
    const other = store.tables[value.table];
    return body(200, retrieve(other, store.get(value.table, value.id), request.search, context));
  }
  if (lookup === undefined && !column?.read) throw noSuchResource(name);
  if (value === null) return { status: 204, headers: { "odata-version": "4.0" }, body: "" };
  return body(200, { "@odata.context": `${request.root}$metadata#${table.set}(${id})/${name}`, value });
}

function written(
  organization: Organization,
  table: Table,
  id: string,
  request: ApiRequest,
  status: 200 | 201,
): ApiAnswer {
  const url = `${request.root}${table.set}(${id})`;
  const headers = { "odata-entityid": url, ...(status === 201 ? { location: url } : {}) };
  if (!/return\s*=\s*representation/.test(request.headers.prefer ?? ""))
    return { status: 204, headers: { "odata-version": "4.0", ...headers }, body: "" };
  const row = organization.store.get(table.name, id);
  const shown = retrieve(table, row, request.search, contextOf(organization, request));
  const context = `${request.root}$metadata#${table.set}/$entity`;
  return body(
    status,
    { "@odata.context": context, ...shown },
    { ...headers, "preference-applied": "return=representation" },
  );
}

function parsed(request: ApiRequest): unknown {
  if (!/^application\/json\b/i.test(request.headers["content-type"] ?? ""))
    throw new WebApiError(415, "0x80060888", "The media type of the body is not supported.");
  try {
    return JSON.parse(request.body);
  } catch {
    throw new WebApiError(400, "0x80060888", "Error identified in Payload provided by the user: the body is no JSON.");
  }
}

function body(status: number, content: Json, headers: Record<string, string> = {}): ApiAnswer {
  return {
    status,
    headers: { "content-type": json, "odata-version": "4.0", ...headers },
    body: JSON.stringify(content),
  };
}

function text(content: string): ApiAnswer {
  return { status: 200, headers: { "content-type": "text/plain", "odata-version": "4.0" }, body: content };
}
