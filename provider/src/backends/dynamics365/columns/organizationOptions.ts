import { ServerSideSyncError } from "../../../errors";
import type { ColumnTable, ColumnValue, ColumnValues } from "./column";

/**
 * What an organization's metadata says of Picklist columns: the values of its options, or null where it has no such
 * column. A column that was not asked for is absent, and not judged.
 */
export type OrganizationOptions = Readonly<Record<string, readonly number[] | null>>;

/** A column whose wanted option only some organizations have: its option set is to be read before the write. */
export function columnsInDoubt(table: ColumnTable, wanted: ColumnValues): string[] {
  return Object.entries(wanted)
    .filter(([name, value]) => {
      const column = table.columns[name];
      if (column?.type !== "option" || value === null) return false;
      return column.only !== undefined || column.options?.optionOf(value)?.online === true;
    })
    .map(([name]) => name);
}

/** One error for each wanted option that the organization does not have, with code `option-not-in-organization`. */
export function missingOptions(
  table: ColumnTable,
  wanted: ColumnValues,
  options: OrganizationOptions,
): ServerSideSyncError[] {
  return Object.entries(wanted).flatMap(([name, value]) => {
    const offered = options[name];
    if (offered === undefined || value === null || offered?.includes(Number(value)) === true) return [];
    return [missing(table, name, value, offered === null)];
  });
}

function missing(table: ColumnTable, name: string, value: ColumnValue, columnMissing: boolean): ServerSideSyncError {
  const label = table.columns[name]?.options?.optionOf(value)?.label ?? "an option that no document names";
  const what = columnMissing ? `has no column ${name}` : `has no such option of ${name}`;
  return new ServerSideSyncError({
    code: "option-not-in-organization",
    summary: `"${label}" (${String(value)}) cannot be stored: this organization ${what}; nothing was written.`,
    remedy: remedies[name] ?? "Use an option that the organization offers, or update the organization.",
  });
}

const credentials =
  'Use credentials that this organization knows, for example source: "email-server-profile" or "user-or-queue"; OAuth exists in online organizations only.';
const protocol = 'Use authenticationProtocol: "auto-detect"; OAuth exists in online organizations only.';
const remedies: Readonly<Record<string, string>> = {
  servertype: 'Use serverType: "pop3-smtp", which every organization has.',
  incomingauthenticationprotocol: protocol,
  outgoingauthenticationprotocol: protocol,
  incomingcredentialretrieval: credentials,
  outgoingcredentialretrieval: credentials,
  serverauthority: "Remove serverAuthority: only newer online organizations have it.",
};
