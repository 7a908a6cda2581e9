import { normalizeProfile } from "../../model/normalizeProfile";
import type { PlainObject } from "../../model/plain";
import type { CheckedProfile } from "../../model/profile";
import { Budget } from "../../transport/budget";
import type { ColumnValues } from "./columns/column";
import { emailServerProfileTable as table } from "./columns/emailServerProfile";
import { serverTypes } from "./columns/optionSet";
import { profileNotFound, readProfileRecord } from "./findProfile";
import { driftedProfile, profileFromRecord } from "./profileRecord";
import { profileSecrets } from "./profileSecrets";
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
  const drifted = driftedProfile(outputs as unknown as CheckedProfile, observed);
  return { ...outputs, ...withoutLostSecrets(drifted, observed) };
}

/** A secret that the record has lost shows as one that is declared anew. */
function withoutLostSecrets(profile: CheckedProfile, observed: ColumnValues): PlainObject {
  const lost = profileSecrets(profile).filter(({ column }) => {
    const { presence } = table.columns[column];
    return presence !== undefined && observed[presence] === false;
  });
  return lost.reduce(
    (draft: PlainObject, { path }) => {
      const [direction = "", part = "", name = ""] = path.split(".");
      const connection = draft[direction] as PlainObject;
      const { [name]: _lost, ...credentials } = connection[part] as PlainObject;
      return { ...draft, [direction]: { ...connection, [part]: credentials } };
    },
    profile as unknown as PlainObject,
  );
}

/** A profile that is managed elsewhere, as it would be declared. */
function lookedUp({ organization }: OrganizationSession, outputs: PlainObject, observed: ColumnValues): PlainObject {
  const { emailSystem } = outputs as unknown as Pick<CheckedProfile, "emailSystem">;
  const serverType = serverTypes.nameOf(observed.servertype);
  const base = normalizeProfile({ organization, emailSystem, ...(serverType === undefined ? {} : { serverType }) });
  const profile = profileFromRecord(base, observed);
  return { ...outputs, ...profile, credentialsRevision: 1, connectionResults: [], discoveredServerLocation: null };
}
