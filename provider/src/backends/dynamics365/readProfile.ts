import { normalizeProfile } from "../../model/normalizeProfile";
import type { PlainObject } from "../../model/plain";
import type { CheckedProfile } from "../../model/profile";
import { Budget } from "../../transport/budget";
import type { ColumnValues } from "./columns/column";
import { serverTypes } from "./columns/optionSet";
import { profileNotFound, readProfileRecord } from "./findProfile";
import { driftedProfile, profileFromRecord } from "./profileRecord";
import { profileSeconds } from "./profiles";
import type { OrganizationSession } from "./session";

/**
 * What is really there; undefined where the record is gone.
 *
 * @throws ServerSideSyncError `record-not-found` for a profile that is looked up
 */
export async function readProfile(
  session: OrganizationSession,
  id: string,
  outputs: PlainObject,
): Promise<PlainObject | undefined> {
  const observed = await readProfileRecord(session, id, { budget: Budget.ofSeconds(profileSeconds) });
  const isLookedUp = typeof outputs.serverType !== "string";
  if (observed === undefined) {
    if (isLookedUp) throw profileNotFound(`with the id ${id}`);
    return undefined;
  }
  if (isLookedUp) return lookedUp(session, outputs, observed);
  return { ...outputs, ...driftedProfile(outputs as unknown as CheckedProfile, observed) };
}

/** A profile that is managed elsewhere, as it would be declared. */
function lookedUp({ organization }: OrganizationSession, outputs: PlainObject, observed: ColumnValues): PlainObject {
  const { emailSystem } = outputs as unknown as Pick<CheckedProfile, "emailSystem">;
  const serverType = serverTypes.nameOf(observed.servertype);
  const base = normalizeProfile({ organization, emailSystem, ...(serverType === undefined ? {} : { serverType }) });
  const profile = profileFromRecord(base, observed);
  return { ...outputs, ...profile, credentialsRevision: 1, connectionResults: [], discoveredServerLocation: null };
}
