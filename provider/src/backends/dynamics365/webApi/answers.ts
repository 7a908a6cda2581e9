import { DialogError } from "../../../transport/dialog";
import type { WebApiRecord } from "./types";

/** One page of a list. */
export interface Page {
  records: readonly WebApiRecord[];
  next: string | undefined;
}

/** @throws DialogError `NOT_ODATA` */
export function readRecord(body: string): WebApiRecord {
  const answer = readJson(body);
  if (isRecord(answer)) return answer;
  throw notOData("no record");
}

/** @throws DialogError `NOT_ODATA` */
export function readPage(body: string): Page {
  const answer = readRecord(body);
  const { value, "@odata.nextLink": next } = answer;
  if (!Array.isArray(value) || !value.every(isRecord)) throw notOData("no list of records");
  return { records: value, next: typeof next === "string" && next !== "" ? next : undefined };
}

/** A list of a record, such as the options of an option set; empty where it is absent. */
export function listIn(record: WebApiRecord | undefined, name: string): readonly WebApiRecord[] {
  const list = record?.[name];
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

export function recordIn(record: WebApiRecord | undefined, name: string): WebApiRecord | undefined {
  const value = record?.[name];
  return isRecord(value) ? value : undefined;
}

export function textIn(record: WebApiRecord | undefined, name: string): string | undefined {
  const value = record?.[name];
  return typeof value === "string" ? value : undefined;
}

export function numberIn(record: WebApiRecord | undefined, name: string): number | undefined {
  const value = record?.[name];
  return typeof value === "number" ? value : undefined;
}

function readJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw notOData(body === "" ? "an empty answer" : "an answer that is no JSON");
  }
}

export function isRecord(value: unknown): value is WebApiRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function notOData(what: string): DialogError {
  return new DialogError("NOT_ODATA", what);
}
