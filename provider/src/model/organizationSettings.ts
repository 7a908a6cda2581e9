import { z } from "zod";
import { flag, guid } from "./fields";
import { normalizeOrganization, organizationSchema, type CheckedOrganization } from "./organization";
import type { Maybe } from "./unknown";

export const organizationSettingsSchema = z.strictObject({
  organization: organizationSchema.optional(),
  defaultProfile: guid.optional(),
  defaultIncomingEmail: z.enum(["server-side-sync", "outlook", "forward-mailbox", "none"]).optional(),
  defaultOutgoingEmail: z.enum(["server-side-sync", "outlook", "none"]).optional(),
  defaultAppointmentsContactsTasks: z.enum(["server-side-sync", "outlook", "none"]).optional(),
  processEmailOnlyForApprovedUsers: flag.optional(),
  processEmailOnlyForApprovedQueues: flag.optional(),
  onDelete: z.enum(["restore", "retain"]).optional(),
});
export type DeclaredOrganizationSettings = z.output<typeof organizationSettingsSchema>;

/** Settings as `check` returns them. `null`: left as they are. */
export interface CheckedOrganizationSettings {
  organization: CheckedOrganization;
  defaultProfile: Maybe<string> | null;
  defaultIncomingEmail: "server-side-sync" | "outlook" | "forward-mailbox" | "none" | null;
  defaultOutgoingEmail: "server-side-sync" | "outlook" | "none" | null;
  defaultAppointmentsContactsTasks: "server-side-sync" | "outlook" | "none" | null;
  processEmailOnlyForApprovedUsers: boolean | null;
  processEmailOnlyForApprovedQueues: boolean | null;
  onDelete: "restore" | "retain";
}

/** Fills every default in. Pure. */
export function normalizeOrganizationSettings(declared: DeclaredOrganizationSettings): CheckedOrganizationSettings {
  return {
    organization: normalizeOrganization(declared.organization),
    defaultProfile: declared.defaultProfile ?? null,
    defaultIncomingEmail: declared.defaultIncomingEmail ?? null,
    defaultOutgoingEmail: declared.defaultOutgoingEmail ?? null,
    defaultAppointmentsContactsTasks: declared.defaultAppointmentsContactsTasks ?? null,
    processEmailOnlyForApprovedUsers: declared.processEmailOnlyForApprovedUsers ?? null,
    processEmailOnlyForApprovedQueues: declared.processEmailOnlyForApprovedQueues ?? null,
    onDelete: declared.onDelete ?? "restore",
  };
}
