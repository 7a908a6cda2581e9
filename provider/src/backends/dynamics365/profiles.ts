import { ServerSideSyncError } from "../../errors";
import type { PlainObject } from "../../model/plain";
import type { CheckedProfile } from "../../model/profile";
import { Budget } from "../../transport/budget";
import { isInDoubt } from "../../transport/inDoubt";
import type { Outcome, Previous, SecretResolver } from "../backend";
import { reach } from "../direct/directBackend";
import type { ColumnValue, ColumnValues } from "./columns/column";
import { emailServerProfileTable as table } from "./columns/emailServerProfile";
import { columnsInDoubt, missingOptions } from "./columns/organizationOptions";
import { recordStates, recordStatuses } from "./columns/optionSet";
import { bodyOf } from "./columns/record";
import { findProfile } from "./findProfile";
import { findOwner } from "./profileOwner";
import {
  assertStorable,
  changedProfileColumns,
  newProfileColumns,
  releasedProfileColumns,
  wantedProfileColumns,
} from "./profileRecord";
import { releasedSecrets, secretsToWrite } from "./profileSecrets";
import type { OrganizationSession } from "./session";
import type { Call } from "./webApi/types";

/** Everything that is done to one profile. */
export const profileSeconds = 120;

export interface ProfileWrite {
  id: string;
  profile: CheckedProfile;
  /** As it was last applied; undefined for a create. */
  previous: Previous | undefined;
  resolve: SecretResolver;
}

/**
 * Makes the profile's record what is declared. A record that an interrupted create made is found by its id, one that is
 * adopted by its name or id.
 */
export async function configureProfile(session: OrganizationSession, write: ProfileWrite): Promise<Outcome> {
  const { profile, previous, resolve } = write;
  const call = { budget: Budget.ofSeconds(profileSeconds) };
  const owner = profile.owner === null ? undefined : await findOwner(session, profile.owner, call);
  const wanted = wantedProfileColumns(profile, { owner: owner ?? null });
  await refuseMissingOptions(session, wanted, call);
  const { id, observed } = await findProfile(session, { ...write, isUpdate: previous !== undefined }, call);
  assertStorable(profile, wanted, observed === undefined ? "create" : "update");
  const secrets = secretColumns(profile, observed ?? {}, previous, resolve);
  if (observed === undefined) {
    const error = await created(session, id, { ...newProfileColumns(id, wanted), ...secrets }, call);
    if (error !== undefined) return { id, outputs: { ...untested, unfinished: error.code }, failures: [error.message] };
  } else {
    const released = previous === undefined ? {} : stillReleased(previous, profile, observed);
    const columns = {
      ...released,
      ...changedProfileColumns(observed, wanted),
      ...secrets,
      ...activation(observed, write),
    };
    if (Object.keys(columns).length > 0)
      await session.api.update(table.entitySet, id, bodyOf(table, columns), call, { isRepeatable: true });
  }
  return { id, ...(await reached(profile, previous, resolve)) };
}

/** Undefined once the record is there. What may have been made is kept in the state: the next operation knows of it. */
async function created(
  session: OrganizationSession,
  id: string,
  columns: Readonly<Record<string, ColumnValue>>,
  call: Call,
): Promise<ServerSideSyncError | undefined> {
  const { [table.key]: _id, ...others } = columns;
  try {
    await session.api.create(table.entitySet, id, table.key, bodyOf(table, others), call);
    return undefined;
  } catch (error) {
    if (!(error instanceof ServerSideSyncError) || !isInDoubt(error)) throw error;
    return error;
  }
}

/** Outputs beside the mirrored inputs, where no server was reached. */
const untested = { connectionResults: [], discoveredServerLocation: null, unfinished: null };

/** Where it is declared, the servers are reached as the direct back end does. */
async function reached(
  profile: CheckedProfile,
  previous: Previous | undefined,
  resolve: SecretResolver,
): Promise<Omit<Outcome, "id">> {
  if (!profile.testConnection) return { outputs: untested, failures: [] };
  if (previous?.stillTested === true) {
    const { connectionResults = [], discoveredServerLocation = null } = previous.outputs;
    return { outputs: { ...untested, connectionResults, discoveredServerLocation }, failures: [] };
  }
  const { outputs, failures } = await reach(profile, resolve);
  return { outputs: { ...untested, ...outputs }, failures };
}

/** A record of ours that was deactivated is in use again; one that is adopted is not woken up. */
function activation(observed: ColumnValues, { profile: { adopt }, previous }: ProfileWrite): ColumnValues {
  if (recordStates.nameOf(observed.statecode) !== "inactive" || previous !== undefined) return {};
  if (adopt === null)
    return { statecode: recordStates.valueOf("active"), statuscode: recordStatuses.valueOf("active") };
  throw new ServerSideSyncError({
    code: "email-server-profile-inactive",
    summary: `The email server profile "${String(observed.name)}" that is to be adopted is deactivated.`,
    remedy: "Activate it in Dynamics, or adopt another.",
  });
}

/** What the organization's own option sets lack is found out before anything is written. */
async function refuseMissingOptions(session: OrganizationSession, wanted: ColumnValues, call: Call): Promise<void> {
  const columns = columnsInDoubt(table, wanted);
  const options = await Promise.all(columns.map((column) => session.options(column, call)));
  const offered = Object.fromEntries(columns.map((column, index) => [column, options[index] ?? null]));
  const [error] = missingOptions(table, wanted, offered);
  if (error !== undefined) throw error;
}

/** Columns that were declared and are no longer, as a new record has them; what somebody has changed meanwhile stays. */
function stillReleased(
  { inputs }: Previous,
  profile: CheckedProfile,
  observed: ColumnValues,
): Record<string, ColumnValue> {
  const before = inputs as unknown as CheckedProfile;
  const changed = changedProfileColumns(observed, wantedProfileColumns(before));
  const released = Object.entries(releasedProfileColumns(before, profile)).filter(([column]) => !(column in changed));
  return {
    ...changedProfileColumns(observed, Object.fromEntries(released)),
    ...releasedSecrets(before, profile),
  };
}

/** Passwords are written once, and again when they were rotated: nobody can read what is there. */
function secretColumns(
  profile: CheckedProfile,
  observed: ColumnValues,
  previous: Previous | undefined,
  resolve: SecretResolver,
): Record<string, string> {
  const declared = revisionOf(profile as unknown as PlainObject) ?? 0;
  const isWritten = previous !== undefined && (previous.outputs.unfinished ?? null) === null;
  const revisions = { declared, written: isWritten ? revisionOf(previous.outputs) : null };
  const secrets = secretsToWrite(profile, observed, revisions);
  return Object.fromEntries(secrets.map(({ column, path, secret }) => [column, resolve(secret, path)]));
}

function revisionOf({ credentialsRevision: revision }: PlainObject): number | null {
  return typeof revision === "number" ? revision : null;
}
