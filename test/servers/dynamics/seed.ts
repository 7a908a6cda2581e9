import { withState, type Reference, type Row, type TableName, type Value } from "./columns";
import type { Organization } from "./organization";
import { defaultsOf } from "./records";
import { isGuid } from "./payload";
import { mailboxForNew } from "./regarding";
import { filledIn } from "./profileRules";
import { idIn } from "./store";

export interface NewUser {
  fullname: string;
  internalemailaddress?: string;
  /** `DOMAIN\user`. */
  domainname?: string;
  azureactivedirectoryobjectid?: string;
  isdisabled?: boolean;
  islicensed?: boolean;
  accessmode?: number;
  /** Of the address; default approved. */
  emailrouteraccessapproval?: number;
  /** Columns of the mailbox, over what the organization's settings give. */
  mailbox?: Row;
}
export interface NewQueue {
  name: string;
  emailaddress?: string;
  emailrouteraccessapproval?: number;
  mailbox?: Row;
}
export interface WithMailbox {
  id: string;
  mailboxId: string;
}

/** Makes records as somebody did before the test began: without the rules of the Web API. */
export class Seed {
  constructor(private readonly organization: Organization) {}

  addUser({ mailbox, ...user }: NewUser): WithMailbox {
    const { store, businessUnitId } = this.organization;
    const approved = user.emailrouteraccessapproval ?? 1;
    const id = store.insert("systemuser", {
      businessunitid: { table: "businessunit", id: businessUnitId },
      ...user,
      emailrouteraccessapproval: approved,
      isemailaddressapprovedbyo365admin: this.organization.deployment === "online" && approved === 1,
    });
    return { id, mailboxId: mailboxForNew(this.organization, { table: "systemuser", id }, mailbox) };
  }

  addQueue({ mailbox, ...queue }: NewQueue): WithMailbox {
    const id = this.organization.store.insert("queue", { emailrouteraccessapproval: 1, ...queue });
    return { id, mailboxId: mailboxForNew(this.organization, { table: "queue", id }, mailbox) };
  }

  addForwardMailbox(values: Row & { emailaddress: string }): string {
    return this.organization.store.insert("mailbox", {
      name: values.emailaddress,
      isforwardmailbox: true,
      incomingemaildeliverymethod: 2,
      outgoingemaildeliverymethod: 0,
      actdeliverymethod: 2,
      emailrouteraccessapproval: 1,
      ...values,
    });
  }

  addProfile(values: Row): string {
    const table = this.organization.store.tables.emailserverprofile;
    const after = { ...defaultsOf(table), ...values };
    return this.organization.store.insert("emailserverprofile", { ...values, ...filledIn(after) });
  }

  addTeam(name: string): string {
    const { store, businessUnitId } = this.organization;
    return store.insert("team", { name, businessunitid: { table: "businessunit", id: businessUnitId } });
  }

  /** Changes a record as somebody does by hand, or the service itself: no rule applies, the version moves. */
  edit(setOrTable: string, id: string, changes: Readonly<Record<string, unknown>>): void {
    const { store } = this.organization;
    const table = Object.values(store.tables).find(({ name, set }) => name === setOrTable || set === setOrTable);
    if (table === undefined) throw new Error(`no table ${setOrTable}`);
    const row: Row = {};
    for (const [name, value] of Object.entries(changes)) {
      const column = table.columns.get(name);
      if (column === undefined) throw new Error(`no column ${name} in ${table.name}`);
      const targets = Object.values(column.targets ?? {}).flat();
      row[name] =
        typeof value === "string" && column.kind === "Lookup" ? this.referred(targets, value) : (value as Value);
    }
    store.change(table.name, id, { ...row, ...withState(row) });
  }

  private referred(targets: readonly TableName[], id: string): Reference {
    const table = targets.find((target) => this.organization.store.find(target, id) !== undefined);
    if (table === undefined || !isGuid(id)) throw new Error(`no record ${id} to refer to`);
    return { table, id: id.toLowerCase() };
  }
}

/** A record with everything that is in it, for assertions. */
export interface RecordSnapshot {
  /** Every column that the Web API shows, under the name it has there. */
  columns: Record<string, Exclude<Value, Reference>>;
  /** Every column that it does not: its value and how often it was written. */
  secrets: Record<string, { value: Value; writes: number }>;
}
export type Snapshot = Record<TableName, Record<string, RecordSnapshot>>;

export function snapshotOf(organization: Organization, table: TableName, id: string): RecordSnapshot {
  const { store } = organization;
  const row = store.get(table, id);
  const snapshot: RecordSnapshot = { columns: {}, secrets: {} };
  for (const { name, read, kind } of store.tables[table].columns.values()) {
    const value = row[name] ?? null;
    const plain = typeof value === "object" ? (idIn(value) ?? null) : value;
    if (read) snapshot.columns[kind === "Lookup" ? `_${name}_value` : name] = plain;
    else snapshot.secrets[name] = { value, writes: store.secretWritesOf(table, id, name) };
  }
  return snapshot;
}

export function wholeSnapshot(organization: Organization): Snapshot {
  const { store } = organization;
  const entries = Object.values(store.tables).map(({ name }) => [
    name,
    Object.fromEntries(
      store.all(name).map((row) => {
        const id = store.idOf(name, row);
        return [id, snapshotOf(organization, name, id)];
      }),
    ),
  ]);
  return Object.fromEntries(entries) as Snapshot;
}
