import { ServerSideSyncError } from "../../errors";
import type { Deployment } from "../../model/organization";
import type { CheckedProfile } from "../../model/profile";
import { known } from "../../model/unknown";
import type { ColumnValue, ColumnValues } from "./columns/column";
import { emailServerProfileTable as table } from "./columns/emailServerProfile";
import { assertFits } from "./columns/limits";
import { changedColumns, readColumns, selected } from "./columns/record";
import { profileMappings } from "./profileMapping";
import type { ProfileMapping, ProfileReferences } from "./profileMappingRow";
import { appOf, connectionMappings } from "./profileConnectionMapping";

export type { ProfileReferences } from "./profileMappingRow";

/** What a declaration wants in the columns that it governs; without secrets, which have rules of their own. */
export function wantedProfileColumns(profile: CheckedProfile, references: ProfileReferences = {}): ColumnValues {
  return Object.fromEntries(
    profileMappings.flatMap(({ column, wanted }) => {
      const value = wanted(profile, references);
      return value === undefined ? [] : [[column, value]];
    }),
  );
}

/** What a POST of a new profile with an id of ours says: what is null needs no saying. */
export function newProfileColumns(id: string, wanted: ColumnValues): Record<string, ColumnValue> {
  const said = Object.entries(wanted).filter(([, value]) => value !== null);
  return { [table.key]: id, ...Object.fromEntries(said) };
}

/** The columns of a record that a deployment has and that can be read. */
export const profileSelect = (deployment: Deployment): string[] => selected(table, deployment);
export const readProfile = (record: Record<string, unknown>): ColumnValues => readColumns(table, record);

const mappingOf = (column: string): ProfileMapping | undefined =>
  profileMappings.find((mapping) => mapping.column === column);

/** What an update has to write. */
export function changedProfileColumns(observed: ColumnValues, wanted: ColumnValues): Record<string, ColumnValue> {
  const changed = Object.entries(changedColumns(table, observed, wanted));
  return Object.fromEntries(
    changed.filter(([column, value]) => mappingOf(column)?.accepts?.(observed[column] ?? null, value) !== true),
  );
}

const isNoConnection = (mapping: ProfileMapping): boolean => !connectionMappings.includes(mapping);

/** Columns that an earlier declaration governed and this one leaves alone: they go back to what a new record has. */
export function releasedProfileColumns(
  previous: CheckedProfile,
  profile: CheckedProfile,
  references: ProfileReferences = {},
): Record<string, ColumnValue> {
  const before = wantedProfileColumns(previous, references);
  const now = wantedProfileColumns(profile, references);
  // What the type leaves alone is not ours to reset.
  const mappings = profile.serverType === "exchange-online" ? profileMappings.filter(isNoConnection) : profileMappings;
  const released = mappings.filter(
    ({ column, released: back }) => back !== false && column in before && !(column in now),
  );
  return Object.fromEntries(released.map(({ column }) => [column, table.columns[column].default ?? null]));
}

/**
 * The profile as it really is: what was declared where the record says the same, otherwise what the record says.
 * Columns that no declaration governs are not looked at.
 */
export function driftedProfile(
  profile: CheckedProfile,
  observed: ColumnValues,
  references: ProfileReferences = {},
): CheckedProfile {
  const changed = changedProfileColumns(observed, wantedProfileColumns(profile, references));
  return profileMappings.reduce(
    (draft, { column, declared }) =>
      column in changed && column in observed ? declared(draft, observed[column] ?? null) : draft,
    profile,
  );
}

/** A profile that was declared nowhere, from its record alone; `base` has the defaults of its mail system. */
export function profileFromRecord(base: CheckedProfile, observed: ColumnValues): CheckedProfile {
  return profileMappings.reduce(
    (draft, { column, declared }) => (column in observed ? declared(draft, observed[column] ?? null) : draft),
    base,
  );
}

/** The argument behind a column, for messages. */
export function profileProperty(column: string): string | undefined {
  return mappingOf(column)?.property;
}

/**
 * Everything that can be refused before the first write, apart from what only the organization's metadata can tell.
 *
 * @throws ServerSideSyncError `value-not-allowed-by-column`, `not-storable-in-dynamics`
 */
export function assertStorable(profile: CheckedProfile, values: ColumnValues, operation: "create" | "update"): void {
  const app = appOf(profile);
  const { deployment } = profile.organization;
  for (const key of ["certificate", "keyVault"] as const) {
    if (known(app?.credentials[key]) === undefined) continue;
    throw new ServerSideSyncError({
      code: "not-storable-in-dynamics",
      summary: `${app?.direction ?? "incoming"}.credentials.${key} has no column in an email server profile that this package can write.`,
      remedy:
        "Use clientSecret; or set the profile up in Dynamics, and refer to it with EmailServerProfile.get or adopt, without credentials.",
    });
  }
  assertFits(table, values, { deployment, operation }, profileProperty);
}
