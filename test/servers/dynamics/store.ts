import { randomUUID } from "node:crypto";
import type { Row, TableName, Value } from "./columns";
import { duplicateRecord, notFound } from "./errors";
import type { Tables } from "./tables";

export type Rows = Map<string, Row>;
/** What a change set goes back to. */
export interface Checkpoint {
  rows: Map<TableName, Rows>;
  secretWrites: Map<string, number>;
}

/** The records of one organization. Rows are never changed in place, so that a checkpoint costs little. */
export class Store {
  private rows = new Map<TableName, Rows>();
  private version = 1_000_000;
  /** How often a column that cannot be read was written, by `table/id/column`. */
  private secretWrites = new Map<string, number>();

  constructor(
    readonly tables: Tables,
    /** Of the organization; Dynamics keeps whole seconds. */
    readonly now: () => Date,
  ) {}

  all(table: TableName): Row[] {
    return [...this.rowsOf(table).values()];
  }

  find(table: TableName, id: string): Row | undefined {
    return this.rowsOf(table).get(id.toLowerCase());
  }

  get(table: TableName, id: string): Row {
    const row = this.find(table, id);
    if (row === undefined) throw notFound(table, id);
    return row;
  }

  idOf(table: TableName, row: Row): string {
    return textIn(row, this.tables[table].key);
  }

  /** Adds a record with the defaults of its table; the id of the new one. */
  insert(table: TableName, values: Row): string {
    const { key, columns } = this.tables[table];
    const id = (typeof values[key] === "string" ? values[key] : randomUUID()).toLowerCase();
    if (this.find(table, id) !== undefined) throw duplicateRecord();
    const row: Row = {};
    for (const column of columns.values()) row[column.name] = column.default ?? null;
    const time = dateTime(this.now());
    this.write(table, id, { ...row, createdon: time }, { ...values, [key]: id });
    return id;
  }

  change(table: TableName, id: string, changes: Row): Row {
    return this.write(table, id.toLowerCase(), this.get(table, id), changes);
  }

  remove(table: TableName, id: string): void {
    if (!this.rowsOf(table).delete(id.toLowerCase())) throw notFound(table, id);
  }

  secretWritesOf(table: TableName, id: string, column: string): number {
    return this.secretWrites.get(`${table}/${id.toLowerCase()}/${column}`) ?? 0;
  }

  checkpoint(): Checkpoint {
    const rows = new Map([...this.rows].map(([table, all]) => [table, new Map(all)]));
    return { rows, secretWrites: new Map(this.secretWrites) };
  }

  restore({ rows, secretWrites }: Checkpoint): void {
    this.rows = rows;
    this.secretWrites = secretWrites;
  }

  private rowsOf(table: TableName): Rows {
    const existing = this.rows.get(table);
    if (existing !== undefined) return existing;
    const rows: Rows = new Map();
    this.rows.set(table, rows);
    return rows;
  }

  private write(table: TableName, id: string, before: Row, changes: Row): Row {
    this.version += 1;
    const written: Row = { ...before, ...changes, modifiedon: dateTime(this.now()), versionnumber: this.version };
    for (const column of this.tables[table].columns.values()) {
      if (column.presence === undefined || !(column.name in changes)) continue;
      written[column.presence] = hasText(changes[column.name]);
      const name = `${table}/${id}/${column.name}`;
      this.secretWrites.set(name, (this.secretWrites.get(name) ?? 0) + 1);
    }
    this.rowsOf(table).set(id, written);
    return written;
  }
}

export function hasText(value: Value | undefined): boolean {
  return typeof value === "string" && value !== "";
}

export function dateTime(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

export function isReference(value: Value | undefined): value is Exclude<Value, string | number | boolean | null> {
  return typeof value === "object" && value !== null;
}

/** The id behind a lookup. */
export function idIn(value: Value | undefined): string | undefined {
  return isReference(value) ? value.id : undefined;
}

/** A column's text; empty where it has none. */
export function textIn(row: Row, column: string): string {
  const value = row[column];
  return typeof value === "string" ? value : "";
}
