import type { ApprovalTarget } from "./approval";
import type { Column, ColumnTable, ColumnValue, ColumnValues } from "./columns/column";
import { mailboxTable } from "./columns/mailbox";
import { actDeliveryMethods, incomingDeliveryMethods, outgoingDeliveryMethods } from "./columns/optionSet";
import { stillHolds } from "./columns/record";
import { at, isPlainObject, type PlainObject } from "../../model/plain";
import { mask } from "../../transport/redaction";
import type { DefaultEmailSettings } from "./defaultEmailSettings";
import type { NoteResult } from "./results";

/** What a column held before our first write, and what we wrote last. */
export interface FoundColumn {
  before: ColumnValue;
  ours: ColumnValue;
  /** What we wrote before that, as long as it is not known whether the last write was done. */
  earlier?: readonly ColumnValue[];
}

/** Whether there was a password before our first write, and which one we wrote last. */
export interface FoundPassword {
  wasSet: boolean;
  revision: number;
}

/** How a record was found, column by column: part of the state of what took it over. It holds no secret. */
export interface FoundValues {
  columns: Readonly<Record<string, FoundColumn>>;
  password?: FoundPassword;
  /** The record whose address we approved, and what stood there. */
  approval?: ApprovalTarget & { before: ColumnValue };
  /** What was found is not known: defaults stand for it. */
  unknown?: true;
}

export const nothingFound: FoundValues = { columns: {} };

/**
 * The record after a write: the first `before` of a column stays, `ours` is what is wanted now, new columns are added.
 *
 * @param observed the record as it was right before the write
 * @param wanted every governed column, also where nothing had to be written
 */
export function recordFound(
  found: FoundValues,
  observed: ColumnValues,
  wanted: ColumnValues,
  passwordRevision?: number,
): FoundValues {
  const columns = Object.entries(wanted).map(([column, ours]): [string, FoundColumn] => {
    const known = Object.hasOwn(found.columns, column) ? found.columns[column] : undefined;
    return [column, { before: known === undefined ? (observed[column] ?? null) : known.before, ours }];
  });
  const password = recordPassword(found.password, observed, passwordRevision);
  return {
    ...found,
    columns: { ...found.columns, ...Object.fromEntries(columns) },
    ...(password === undefined ? {} : { password }),
  };
}

/**
 * The record while a write is under way: what the write gives back is still ours, a value that we wrote earlier may still
 * stand, and a password may not be there yet.
 *
 * @param found the record before the write
 * @param recorded the record after it
 */
export function recordDoubtful(found: FoundValues, recorded: FoundValues): FoundValues {
  const columns = Object.entries(recorded.columns).map(([column, values]): [string, FoundColumn] => {
    const known = Object.hasOwn(found.columns, column) ? found.columns[column] : undefined;
    if (known === undefined || known.ours === values.ours) return [column, { ...known, ...values }];
    return [column, { ...values, earlier: [...(known.earlier ?? []), known.ours] }];
  });
  const password = recorded.password ?? found.password;
  const revision = found.password?.revision ?? 0;
  return {
    ...recorded,
    columns: { ...found.columns, ...Object.fromEntries(columns) },
    ...(password === undefined ? {} : { password: { ...password, revision } }),
  };
}

/** True where a value that we wrote is what the column holds. */
export function oursStands(
  table: ColumnTable,
  name: string,
  observed: ColumnValues,
  { ours, earlier = [] }: FoundColumn,
): boolean {
  return [ours, ...earlier].some((value) => stillHolds(table, name, observed, value));
}

/** Reads what an earlier operation kept in the state. */
export function foundIn(outputs: PlainObject | undefined): FoundValues | undefined {
  const { found } = outputs ?? {};
  if (!isPlainObject(found) || !isPlainObject(found.columns)) return undefined;
  return unmasked(found as unknown as FoundValues, outputs);
}

/** A user name that the program keeps secret is masked in what was found, but not in the declaration beside it. */
function unmasked(found: FoundValues, outputs: PlainObject | undefined): FoundValues {
  const { username } = found.columns;
  const declared = at(outputs, "credentials.username") ?? at(outputs, "emailAddress");
  if (username === undefined || typeof declared !== "string") return found;
  const { before, ours } = username;
  const clear = (value: ColumnValue) => (value === mask ? declared : value);
  return {
    ...found,
    columns: { ...found.columns, username: { ...username, before: clear(before), ours: clear(ours) } },
  };
}

/** Splits off what a declaration governs no longer: that is given back by the next write. */
export function splitReleased(
  found: FoundValues,
  wanted: ColumnValues,
  wantsPassword: boolean,
): { kept: FoundValues; released: FoundValues } {
  const { columns, password, ...others } = found;
  const part = (isKept: boolean) =>
    Object.fromEntries(Object.entries(columns).filter(([column]) => Object.hasOwn(wanted, column) === isKept));
  const withPassword = password === undefined ? {} : { password };
  return {
    kept: { ...others, columns: part(true), ...(wantsPassword ? withPassword : {}) },
    released: { columns: part(false), ...(wantsPassword ? {} : withPassword) },
  };
}

function recordPassword(
  known: FoundPassword | undefined,
  observed: ColumnValues,
  revision: number | undefined,
): FoundPassword | undefined {
  if (revision === undefined) return known;
  return { wasSet: known?.wasSet ?? observed.ispasswordset === true, revision };
}

/** True where a mailbox that no state knows is as this binding would leave it: an earlier run was ended before its state was saved. */
export function isOwnWork(observed: ColumnValues, wanted: ColumnValues): boolean {
  const { emailserverprofile: profile = null } = wanted;
  return profile !== null && stillHolds(mailboxTable, "emailserverprofile", observed, profile);
}

/** What stands for what was found where nobody knows it any more: the defaults of the organization and of the columns. */
export function foundUnknown(wanted: ColumnValues, defaults: DefaultEmailSettings): FoundValues {
  const byOrganization: Readonly<Record<string, ColumnValue>> = {
    emailserverprofile: defaults.profileId,
    incomingemaildeliverymethod: defaults.incomingEmail ?? incomingDeliveryMethods.valueOf("none"),
    outgoingemaildeliverymethod: defaults.outgoingEmail ?? outgoingDeliveryMethods.valueOf("none"),
    actdeliverymethod: defaults.appointmentsContactsTasks ?? actDeliveryMethods.valueOf("none"),
  };
  const columns = Object.entries(wanted).map(([column, ours]): [string, FoundColumn] => {
    const before = byOrganization[column] ?? columnDefault(column);
    return [column, { before, ours }];
  });
  return { columns: Object.fromEntries(columns), unknown: true };
}

function columnDefault(column: string): ColumnValue {
  const columns: Readonly<Record<string, Column>> = mailboxTable.columns;
  return columns[column]?.default ?? null;
}

export const foundValuesUnknown: NoteResult = {
  test: "found",
  status: "Not Run",
  code: "found-values-unknown",
  message:
    "The mailbox already had this profile, from a run that ended before its state was saved or from a binding of another name; how it was found before is not known here, and the organization's defaults stand for it.",
  remedy:
    'Check what the mailbox had before; onDelete: "retain" leaves it as it is, "detach" leaves it without profile and methods.',
};

export type GiveBackMode = "restore" | "detach" | "retain";

/** What a give-back writes, and what it cannot give back. */
export interface GiveBack {
  columns: Record<string, ColumnValue>;
  notes: NoteResult[];
}

/** A mailbox without server-side synchronization; every other column is given back as it was found. */
const detached: Readonly<Record<string, ColumnValue>> = {
  emailserverprofile: null,
  incomingemaildeliverymethod: incomingDeliveryMethods.valueOf("none"),
  outgoingemaildeliverymethod: outgoingDeliveryMethods.valueOf("none"),
  actdeliverymethod: actDeliveryMethods.valueOf("none"),
};

/**
 * What a record that is let go is to hold: only where our value still stands. What somebody changed by hand since
 * stays, and what holds the right value already is not written.
 */
export function giveBack(
  found: FoundValues,
  observed: ColumnValues,
  mode: GiveBackMode,
  table: ColumnTable = mailboxTable,
): GiveBack {
  if (mode === "retain") return { columns: {}, notes: [] };
  const columns = Object.entries(found.columns).flatMap(([column, values]): [string, ColumnValue][] => {
    const target = mode === "detach" && Object.hasOwn(detached, column) ? (detached[column] ?? null) : values.before;
    const stands = oursStands(table, column, observed, values);
    return stands && !stillHolds(table, column, observed, target) ? [[column, target]] : [];
  });
  return withPassword(Object.fromEntries(columns), found, observed, mode);
}

/** A password that we stored where there was none goes; one that we replaced cannot come back. */
function withPassword(
  columns: Record<string, ColumnValue>,
  { password }: FoundValues,
  observed: ColumnValues,
  mode: GiveBackMode,
): GiveBack {
  if (password === undefined || observed.ispasswordset !== true) return { columns, notes: [] };
  if (mode === "detach" || !password.wasSet) return { columns: { ...columns, password: null }, notes: [] };
  return { columns, notes: [passwordNotRestored] };
}

const passwordNotRestored: NoteResult = {
  test: "password",
  status: "Not Run",
  code: "stored-password-not-restorable",
  message: "The mailbox had a password before this binding replaced it; it cannot be read, so it cannot be given back.",
  remedy: "Store the old password again in Dynamics.",
};
