import { ServerSideSyncError } from "../../errors";
import type { CheckedOrganizationSettings } from "../../model/organizationSettings";
import type { PlainObject } from "../../model/plain";
import { known, type Maybe } from "../../model/unknown";
import { Budget } from "../../transport/budget";
import { tell } from "../../transport/log";
import type { Outcome } from "../backend";
import type { ColumnValue, ColumnValues } from "./columns/column";
import { actDeliveryMethods, incomingDeliveryMethods, outgoingDeliveryMethods } from "./columns/optionSet";
import { organizationTable } from "./columns/organization";
import { bodyOf, changedColumns } from "./columns/record";
import {
  foundIn,
  giveBack,
  nothingFound,
  recordDoubtful,
  recordFound,
  splitReleased,
  type FoundValues,
} from "./foundValues";
import { isProfileGone } from "./findProfile";
import {
  organizationColumns,
  organizationSettings as table,
  readOrganizationSettings,
  type OrganizationSetting,
} from "./organizationRecord";
import { isOwnId } from "./ownIds";
import type { OrganizationSession } from "./session";
import { isCode } from "./webApi/call";
import type { Call } from "./webApi/types";

const settingsSeconds = 120;
const profileSetting = "defaultemailserverprofileid";

/** How a setting and its argument say the same. */
interface SettingMapping {
  setting: OrganizationSetting;
  argument: keyof CheckedOrganizationSettings;
  stored?: (value: string) => number;
  declared?: (value: ColumnValue) => string | undefined;
}

const mappings: readonly SettingMapping[] = [
  { setting: profileSetting, argument: "defaultProfile" },
  {
    setting: "defaultIncomingEmail",
    argument: "defaultIncomingEmail",
    stored: (value) => incomingDeliveryMethods.valueOf(value as "none"),
    declared: (value) => incomingDeliveryMethods.nameOf(value),
  },
  {
    setting: "defaultOutgoingEmail",
    argument: "defaultOutgoingEmail",
    stored: (value) => outgoingDeliveryMethods.valueOf(value as "none"),
    declared: (value) => outgoingDeliveryMethods.nameOf(value),
  },
  {
    setting: "defaultAppointmentsContactsTasks",
    argument: "defaultAppointmentsContactsTasks",
    stored: (value) => actDeliveryMethods.valueOf(value as "none"),
    declared: (value) => actDeliveryMethods.nameOf(value),
  },
  { setting: "requireapprovalforuseremail", argument: "processEmailOnlyForApprovedUsers" },
  { setting: "requireapprovalforqueueemail", argument: "processEmailOnlyForApprovedQueues" },
];

/** Makes the declared settings, keeps each as it was found, and gives back what is declared no longer. */
export async function applySettings(
  session: OrganizationSession,
  settings: CheckedOrganizationSettings,
  previous: PlainObject | null,
): Promise<Outcome> {
  const call = { budget: Budget.ofSeconds(settingsSeconds) };
  const record = await session.record(call);
  const observed = readOrganizationSettings(record);
  const wanted = wantedSettings(settings);
  const start = foundIn(previous ?? undefined) ?? interrupted(observed, wanted);
  const { kept, released } = splitReleased(start, wanted, false);
  const back = giveBack(released, observed, "restore", table).columns;
  const changed = { ...back, ...changedColumns(table, observed, wanted) };
  const found = recordFound(kept, observed, wanted);
  const outcome = (values: FoundValues, unfinished: string | null): PlainObject => ({
    organizationId: record.organizationid ?? null,
    found: { ...values },
    unfinished,
  });
  try {
    await write(session, record, changed, call);
    return { outputs: outcome(found, null), failures: [] };
  } catch (error) {
    if (!(error instanceof ServerSideSyncError)) throw error;
    // It may have been done all the same: how the settings were found is kept.
    return { outputs: outcome(recordDoubtful(start, found), error.code), failures: [error.message] };
  }
}

/** A profile of ours that is the default already was made so by an update that was killed: what was there is not known. */
function interrupted(observed: ColumnValues, wanted: ColumnValues): FoundValues {
  const { [profileSetting]: ours = null } = wanted;
  if (ours === null || observed[profileSetting] !== ours || !isOwnId(String(ours))) return nothingFound;
  tell(
    "the organization's email settings",
    "found-values-unknown: the profile of this stack was the default already; when it is given back there is none",
  );
  return { columns: { [profileSetting]: { before: null, ours } }, unknown: true };
}

/** The declarations with what really stands there. */
export async function readSettings(session: OrganizationSession, outputs: PlainObject): Promise<PlainObject> {
  const record = await session.record({ budget: Budget.ofSeconds(settingsSeconds) });
  const observed = readOrganizationSettings(record);
  const wanted = wantedSettings(outputs as unknown as CheckedOrganizationSettings);
  const changed = changedColumns(table, observed, wanted);
  const drifted = mappings
    .filter(({ setting }) => setting in changed)
    .map(({ setting, argument, declared }): [string, unknown] => {
      const value = observed[setting] ?? null;
      return [argument, declared === undefined ? value : (declared(value) ?? null)];
    });
  return { ...outputs, ...Object.fromEntries(drifted) };
}

/** Gives each setting back where ours still stands. */
export async function giveSettingsBack(session: OrganizationSession, outputs: PlainObject): Promise<void> {
  if (outputs.onDelete === "retain") return;
  const call = { budget: Budget.ofSeconds(settingsSeconds) };
  const record = await session.record(call);
  const found = foundIn(outputs) ?? nothingFound;
  const { columns } = giveBack(found, readOrganizationSettings(record), "restore", table);
  try {
    await write(session, record, columns, call);
  } catch (error) {
    if (!isCode(error, "dynamics-record-not-found") || !(await isProfileGone(session, columns[profileSetting], call)))
      throw error;
    tell("the organization's email settings", "left without a default profile: the one that it had before is gone");
    await write(session, record, { ...columns, [profileSetting]: null }, call);
  }
}

function wantedSettings(settings: CheckedOrganizationSettings): ColumnValues {
  const wanted = mappings.flatMap(({ setting, argument, stored }): [string, ColumnValue][] => {
    const value = known(settings[argument] as Maybe<ColumnValue>);
    if (value === undefined) return [];
    return [[setting, stored === undefined ? value : stored(String(value))]];
  });
  return Object.fromEntries(wanted);
}

async function write(
  session: OrganizationSession,
  record: PlainObject,
  changed: ColumnValues,
  call: Call,
): Promise<void> {
  if (Object.keys(changed).length === 0) return;
  const body = bodyOf(organizationTable, organizationColumns(record, changed));
  try {
    await session.api.update(organizationTable.entitySet, String(record.organizationid), body, call, {
      isRepeatable: true,
    });
  } finally {
    session.forgetSwitches();
  }
}
