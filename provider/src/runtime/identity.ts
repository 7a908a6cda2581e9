import { v5 as uuidV5 } from "uuid";
import { known, type Maybe } from "../model/unknown";
import type { CheckedOrganization } from "../model/organization";

/** Namespace of this package's record ids; part of every id that was ever given out, so it never changes. */
const idNamespace = "8c1b0f3e-5d0a-4f0e-9a53-7f2b6a1f4c9d";

/**
 * The id of a record: the same for the same resource of the same organization, so that a create which was interrupted
 * before its state was saved finds its own record again.
 */
export function recordId(organization: CheckedOrganization, urn: Maybe<string>): string {
  const home = organization.backend === "direct" ? "direct" : (organization.url ?? "");
  return uuidV5(`${home}|${known(urn) ?? ""}`, idNamespace);
}
