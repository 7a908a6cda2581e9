import type { Deployment } from "../../../model/organization";
import { ServerSideSyncError } from "../../../errors";
import {
  actDeliveryMethods,
  authenticationProtocols,
  credentialRetrievals,
  incomingDeliveryMethods,
  outgoingDeliveryMethods,
  serverTypes,
  type OptionSet,
} from "../columns/optionSet";
import { organizationTable } from "../columns/organization";
import { selected } from "../columns/record";
import { organizationSettingColumns, readOrganizationSettings } from "../organizationRecord";
import { idOf } from "../columns/sameValue";
import type { QuestionContext } from "./context";

/** One option that an organization offers. */
export interface OfferedOption {
  /** As it is stored. */
  value: number;
  /** As an administrator sees it, in the language of the account. */
  label: string | null;
  /** As declarations of this package name it; null for one that they cannot name. */
  name: string | null;
}

/** An organization as it is. */
export interface OrganizationResult {
  url: string;
  deployment: Deployment;
  /** Version of the server, such as `9.1.18.22`. */
  version: string;
  organizationId: string;
  name: string | null;
  /** Who the account is that asked. */
  userId: string;
  businessUnitId: string;
  /** Options of an email server profile. */
  optionSets: {
    serverType: OfferedOption[];
    authenticationProtocol: OfferedOption[];
    credentialSource: OfferedOption[];
  };
  /** "Process emails only for approved users". Null where the account may not see it. */
  processEmailOnlyForApprovedUsers: boolean | null;
  /** "Process emails only for approved queues". Null where the account may not see it. */
  processEmailOnlyForApprovedQueues: boolean | null;
  /** Id of the profile that new mailboxes get. */
  defaultProfileId: string | null;
  /** Synchronization methods that new mailboxes get. */
  defaultIncomingEmail: string | null;
  defaultOutgoingEmail: string | null;
  defaultAppointmentsContactsTasks: string | null;
}

export async function askOrganization(context: QuestionContext): Promise<OrganizationResult> {
  const { api, organization, deployment, call } = context;
  // One after the other at first: a wrong password is then tried once, and says so once.
  const caller = await api.whoAmI(call);
  const select = selected(organizationTable, deployment, ["name", ...organizationSettingColumns]);
  const [version, record, serverType, authenticationProtocol, credentialSource] = await Promise.all([
    api.version(call),
    api.retrieve(organizationTable.entitySet, caller.organizationId, { select }, call),
    offered(context, "servertype", serverTypes),
    offered(context, "incomingauthenticationprotocol", authenticationProtocols),
    offered(context, "incomingcredentialretrieval", credentialRetrievals),
  ]);
  const settings = readOrganizationSettings(record ?? {});
  return {
    url: organization.url ?? "",
    deployment,
    version,
    ...caller,
    name: typeof record?.name === "string" ? record.name : null,
    optionSets: { serverType, authenticationProtocol, credentialSource },
    processEmailOnlyForApprovedUsers: flagOf(settings.requireapprovalforuseremail),
    processEmailOnlyForApprovedQueues: flagOf(settings.requireapprovalforqueueemail),
    defaultProfileId: idOf(settings.defaultemailserverprofileid ?? null),
    defaultIncomingEmail: incomingDeliveryMethods.nameOf(settings.defaultIncomingEmail) ?? null,
    defaultOutgoingEmail: outgoingDeliveryMethods.nameOf(settings.defaultOutgoingEmail) ?? null,
    defaultAppointmentsContactsTasks: actDeliveryMethods.nameOf(settings.defaultAppointmentsContactsTasks) ?? null,
  };
}

function flagOf(value: unknown): boolean | null {
  return typeof value === "boolean" ? value : null;
}

async function offered({ api, call }: QuestionContext, column: string, known: OptionSet): Promise<OfferedOption[]> {
  const options = await api.optionSet("emailserverprofile", column, call);
  if (options === undefined)
    throw new ServerSideSyncError({
      code: "dynamics-not-available",
      summary: `The organization has no column ${column} of email server profiles, or the account may not see it.`,
      remedy: "Check that its version is 9 or later, and the security role of the account.",
    });
  return options.map(({ value, label }) => ({ value, label: label ?? null, name: known.nameOf(value) ?? null }));
}
