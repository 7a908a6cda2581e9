export type Row = Record<string, unknown>;
/** Records by the set that they are in, and their id. */
export type Records = Record<string, Record<string, Row>>;

/**
 * What Dynamics itself writes into a record: its version, and what a test came to. Whoever passes with appointments is
 * claimed in Exchange, and that mark is no setting either.
 */
const ofDynamics = [
  "@odata.etag",
  "versionnumber",
  "modifiedon",
  "incomingemailstatus",
  "outgoingemailstatus",
  "actstatus",
  "mailboxstatus",
  "testmailboxaccesscompletedon",
  "isactsyncorgflagset",
];

/** Every setting that differs, and every record that is new or gone, in words. */
export function changedSettings(found: Records, now: Records): string[] {
  return Object.entries(found).flatMap(([set, before]) => {
    const after = now[set] ?? {};
    const ids = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...ids].flatMap((id) => changesOf(set, before[id], after[id]));
  });
}

function changesOf(set: string, before: Row | undefined, after: Row | undefined): string[] {
  const name = `${set} "${String((before ?? after)?.name)}"`;
  if (before === undefined) return [`${name} is new`];
  if (after === undefined) return [`${name} is gone`];
  return Object.keys({ ...before, ...after })
    .filter((column) => !ofDynamics.includes(column) && before[column] !== after[column])
    .map((column) => `${name}: ${column} was ${String(before[column])}, is ${String(after[column])}`);
}

const statuses = ["Not Run", "Success", "Failure"];

/** Of incoming email, outgoing email, and appointments, contacts, and tasks, by address. */
export function statusesIn({ mailboxes = {} }: Records): Record<string, string[]> {
  return Object.fromEntries(
    Object.values(mailboxes).map((row) => [
      String(row.emailaddress),
      [row.incomingemailstatus, row.outgoingemailstatus, row.actstatus].map((value) => statuses[Number(value)] ?? ""),
    ]),
  );
}
