import type { CheckedProfile } from "../../model/profile";
import { known } from "../../model/unknown";
import { guidIn, quoted, theOne, userCandidate, userSearch, type RecordSearch } from "./findMailbox";
import type { OrganizationSession } from "./session";
import type { Call } from "./webApi/types";

/**
 * Who owns a profile, as a lookup takes it: a user by id, user principal name, domain name or address, or a team by id
 * or name.
 *
 * @throws ServerSideSyncError `record-not-found`, `record-ambiguous`
 */
export async function findOwner(
  session: OrganizationSession,
  owner: NonNullable<CheckedProfile["owner"]>,
  call: Call,
): Promise<string> {
  const isUser = "user" in owner;
  const name = known(isUser ? owner.user : owner.team) ?? "";
  const set = isUser ? "systemusers" : "teams";
  const id = guidIn(name);
  if (id !== undefined) return `${set}(${id})`;
  const search = isUser ? userSearch(name) : teamSearch(name);
  const select = [search.key, ...search.select];
  const records = await session.api.list(set, { select, filter: search.filter }, call);
  const candidates = records.map((record) =>
    isUser ? userCandidate(record, name) : { id: String(record.teamid), name: String(record.name) },
  );
  return `${set}(${theOne(candidates, search).id})`;
}

function teamSearch(team: string): RecordSearch {
  return {
    entitySet: "teams",
    key: "teamid",
    select: ["name"],
    filter: `name eq ${quoted(team)}`,
    wanted: `team "${team}"`,
  };
}
