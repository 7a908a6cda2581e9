import * as pulumi from "@pulumi/pulumi";
import { organizationSettingsSchema, type CheckedOrganizationSettings } from "../model/organizationSettings";
import type { EmailServerProfile } from "./emailServerProfile";
import { Organization } from "./organization";
import { secretPathsOf } from "./secretPaths";
import { ServerSideSyncResource, typeToken } from "./serverSideSyncResource";

/** Arguments of {@link OrganizationEmailSettings}. What is not declared is left as it is. */
export interface OrganizationEmailSettingsArgs {
  /** One with `backend: "dynamics365"`. @default Organization.fromConfig() */
  organization?: Organization;
  /** "Server Profile" under "Email processing": the profile of mailboxes that are made from now on, or its id. */
  defaultProfile?: EmailServerProfile | pulumi.Input<pulumi.ID>;
  /** "Incoming Email" of mailboxes that are made from now on. */
  defaultIncomingEmail?: "server-side-sync" | "outlook" | "forward-mailbox" | "none";
  /** "Outgoing Email" of mailboxes that are made from now on. */
  defaultOutgoingEmail?: "server-side-sync" | "outlook" | "none";
  /** "Appointments, Contacts, and Tasks" of mailboxes that are made from now on. */
  defaultAppointmentsContactsTasks?: "server-side-sync" | "outlook" | "none";
  /** "Process emails only for approved users". */
  processEmailOnlyForApprovedUsers?: boolean;
  /** "Process emails only for approved queues". */
  processEmailOnlyForApprovedQueues?: boolean;
  /** What destroy does: `restore` each setting as it was found, where ours still stands. @default "restore" */
  onDelete?: "restore" | "retain";
}

/**
 * Email settings of a Dynamics 365 organization. Declare it once for each organization.
 *
 * @example New mailboxes use this profile; existing ones stay as they are.
 * ```ts
 * new OrganizationEmailSettings("email", {
 *   organization,
 *   defaultProfile: exchange,
 *   defaultIncomingEmail: "server-side-sync",
 *   defaultOutgoingEmail: "server-side-sync",
 * });
 * ```
 */
export class OrganizationEmailSettings extends ServerSideSyncResource {
  /** @internal */
  static readonly __pulumiType = typeToken("OrganizationEmailSettings");

  declare readonly organization: pulumi.Output<CheckedOrganizationSettings["organization"]>;
  declare readonly defaultProfile: pulumi.Output<string | null>;
  declare readonly defaultIncomingEmail: pulumi.Output<CheckedOrganizationSettings["defaultIncomingEmail"]>;
  declare readonly defaultOutgoingEmail: pulumi.Output<CheckedOrganizationSettings["defaultOutgoingEmail"]>;
  declare readonly defaultAppointmentsContactsTasks: pulumi.Output<
    CheckedOrganizationSettings["defaultAppointmentsContactsTasks"]
  >;
  declare readonly processEmailOnlyForApprovedUsers: pulumi.Output<boolean | null>;
  declare readonly processEmailOnlyForApprovedQueues: pulumi.Output<boolean | null>;
  declare readonly onDelete: pulumi.Output<CheckedOrganizationSettings["onDelete"]>;

  constructor(name: string, args: OrganizationEmailSettingsArgs = {}, opts?: pulumi.CustomResourceOptions) {
    const organization = (args.organization ?? Organization.fromConfig()).settings;
    const inputs: pulumi.Inputs = {
      ...Object.fromEntries(Object.keys(organizationSettingsSchema.shape).map((key) => [key, undefined])),
      ...args,
      organization,
      defaultProfile: profileId(args.defaultProfile),
    };
    super("OrganizationEmailSettings", name, inputs, secretPathsOf({ ...inputs, organization: undefined }), opts);
    this.report([], () => undefined);
  }
}

function profileId(profile: OrganizationEmailSettingsArgs["defaultProfile"]): pulumi.Input<string> | undefined {
  return profile instanceof pulumi.CustomResource ? profile.id : profile;
}
