import { ServerSideSyncError } from "../../errors";
import type { CheckedProfile } from "../../model/profile";
import { known } from "../../model/unknown";
import type { ColumnValue, ColumnValues } from "./columns/column";
import { emailServerProfileTable as table } from "./columns/emailServerProfile";
import { recordStates } from "./columns/optionSet";
import { idOf } from "./columns/sameValue";
import { profileSelect, readProfile } from "./profileRecord";
import type { OrganizationSession } from "./session";
import { isText } from "./webApi/literals";
import type { Call } from "./webApi/types";

type Reader = Pick<OrganizationSession, "api" | "organization">;

export interface FoundProfile {
  id: string;
  /** Undefined where there is no record yet. */
  observed: ColumnValues | undefined;
}

/**
 * The record of a profile: ours by its id, one that is adopted by its name or id.
 *
 * @throws ServerSideSyncError `record-not-found`, or `record-ambiguous` with the ids of all that have the name
 */
export async function findProfile(
  reader: Reader,
  { id, profile: { adopt }, isUpdate }: { id: string; profile: Pick<CheckedProfile, "adopt">; isUpdate: boolean },
  call: Call,
): Promise<FoundProfile> {
  if (adopt === null) return { id, observed: await readProfileRecord(reader, id, call) };
  if (!isUpdate && "name" in adopt) return profileByName(reader, known(adopt.name) ?? "", call);
  const adopted = isUpdate || !("id" in adopt) ? id : (known(adopt.id) ?? "");
  const observed = await readProfileRecord(reader, adopted, call);
  if (observed === undefined) throw profileNotFound(`with the id ${adopted}`);
  return { id: adopted.toLowerCase(), observed };
}

/** The record as it is now; undefined where it is gone. */
export async function readProfileRecord(
  { api, organization }: Reader,
  id: string,
  call: Call,
): Promise<ColumnValues | undefined> {
  const select = profileSelect(organization.deployment);
  const record = await api.retrieve(table.entitySet, id, { select }, call);
  return record && readProfile(record);
}

/** Whether there is no record any more for what a lookup held. */
export async function isProfileGone(reader: Reader, held: ColumnValue | undefined, call: Call): Promise<boolean> {
  const id = idOf(held);
  return id !== null && (await readProfileRecord(reader, id, call)) === undefined;
}

/** @throws ServerSideSyncError `record-not-found`, `record-ambiguous` */
export async function profileByName(
  { api, organization }: Reader,
  name: string,
  call: Call,
): Promise<{ id: string; observed: ColumnValues }> {
  const query = { select: profileSelect(organization.deployment), filter: isText("name", name) };
  const found = (await api.list(table.entitySet, query, call)).map(readProfile);
  const [only, ...others] = found;
  if (only === undefined) throw profileNotFound(`named "${name}"`);
  if (others.length > 0) throw profileAmbiguous(name, found);
  return { id: String(only.emailserverprofileid).toLowerCase(), observed: only };
}

export function profileNotFound(which: string): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "record-not-found",
    summary: `The organization has no email server profile ${which}, or this account may not read it.`,
    remedy: "Correct it, or give the account a security role that reads email server profiles.",
  });
}

function profileAmbiguous(name: string, found: readonly ColumnValues[]): ServerSideSyncError {
  const ids = found.map(
    ({ emailserverprofileid: id, statecode }) => `${String(id)} (${recordStates.nameOf(statecode) ?? "active"})`,
  );
  return new ServerSideSyncError({
    code: "record-ambiguous",
    summary: `${found.length} email server profiles are named "${name}": ${ids.join(", ")}.`,
    remedy: "Name the one that is meant by its id.",
  });
}
