import { ServerSideSyncError } from "../errors";
import type { CheckedOrganization } from "../model/organization";
import type { Backend } from "./backend";
import { directBackend } from "./direct/directBackend";

/** @throws ServerSideSyncError `backend-not-available-yet` */
export function backendFor(organization: CheckedOrganization | undefined): Backend {
  // A state may lack what is stored today.
  if (organization === undefined || organization.backend === "direct") return directBackend;
  throw new ServerSideSyncError({
    code: "backend-not-available-yet",
    summary: `This release cannot apply declarations for backend "${organization.backend}" yet; nothing was changed.`,
    remedy: 'Use backend: "direct" until the release that can.',
  });
}
