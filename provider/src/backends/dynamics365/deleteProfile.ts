import { ServerSideSyncError } from "../../errors";
import type { PlainObject } from "../../model/plain";
import { Budget } from "../../transport/budget";
import { emailServerProfileTable as table } from "./columns/emailServerProfile";
import { mailboxTable } from "./columns/mailbox";
import { recordStates, recordStatuses } from "./columns/optionSet";
import { readProfileRecord } from "./findProfile";
import { readOrganizationSettings } from "./organizationRecord";
import { profileSeconds } from "./profiles";
import type { OrganizationSession } from "./session";
import { isId } from "./webApi/literals";

const namedUsers = 5;

/**
 * Gives the profile up as declared. One that others use, or the organization by default, stays.
 *
 * @throws ServerSideSyncError `email-server-profile-in-use`, `email-server-profile-is-default`
 */
export async function deleteProfile(session: OrganizationSession, id: string, outputs: PlainObject): Promise<void> {
  if (outputs.onDelete === "retain") return;
  const call = { budget: Budget.ofSeconds(profileSeconds) };
  const observed = await readProfileRecord(session, id, call);
  if (observed === undefined) return;
  const name = String(observed.name);
  const query = { select: ["name", "emailaddress"], filter: isId("_emailserverprofile_value", id) };
  const users = await session.api.list(mailboxTable.entitySet, query, call);
  if (users.length > 0) throw inUse(name, users);
  const settings = readOrganizationSettings(await session.record(call));
  if (settings.defaultemailserverprofileid === id.toLowerCase()) throw isDefault(name);
  if (outputs.onDelete !== "deactivate") {
    await session.api.remove(table.entitySet, id, call);
  } else if (recordStates.nameOf(observed.statecode) !== "inactive") {
    const inactive = { statecode: recordStates.valueOf("inactive"), statuscode: recordStatuses.valueOf("inactive") };
    await session.api.update(table.entitySet, id, inactive, call, { isRepeatable: true });
  }
}

function inUse(name: string, users: readonly PlainObject[]): ServerSideSyncError {
  const first = users
    .slice(0, namedUsers)
    .map(({ emailaddress, name: own }) =>
      typeof emailaddress === "string" && emailaddress !== "" ? emailaddress : String(own),
    );
  const more = users.length > first.length ? ` and ${users.length - first.length} more` : "";
  return new ServerSideSyncError({
    code: "email-server-profile-in-use",
    summary: `The email server profile "${name}" is still used by ${first.join(", ")}${more}, which this stack does not manage; without it they would have no profile.`,
    remedy: 'Give those mailboxes another profile, or declare onDelete: "retain" and run up before destroy.',
  });
}

function isDefault(name: string): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "email-server-profile-is-default",
    summary: `The email server profile "${name}" is the organization's default for new mailboxes.`,
    remedy: "Choose another default in the organization's email settings first.",
  });
}
