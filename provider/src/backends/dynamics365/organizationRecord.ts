import {
  flag,
  lookup,
  option,
  type Column,
  type ColumnTable,
  type ColumnValue,
  type ColumnValues,
} from "./columns/column";
import { actDeliveryMethods, incomingDeliveryMethods, outgoingDeliveryMethods } from "./columns/optionSet";
import { organizationTable, type OrganizationColumn } from "./columns/organization";
import { readColumns } from "./columns/record";
import { readDefaultEmailSettings, withDefaultMethods } from "./defaultEmailSettings";

/**
 * The organization's email settings one by one. Three of them share a column of XML: taken apart they can be compared,
 * recorded and given back each on its own.
 */
const settings = {
  defaultemailserverprofileid: lookup(organizationTable.columns.defaultemailserverprofileid.targets ?? []),
  defaultIncomingEmail: option(incomingDeliveryMethods),
  defaultOutgoingEmail: option(outgoingDeliveryMethods),
  defaultAppointmentsContactsTasks: option(actDeliveryMethods),
  requireapprovalforuseremail: flag(true),
  requireapprovalforqueueemail: flag(true),
} satisfies Record<string, Column>;

export type OrganizationSetting = keyof typeof settings;
export const organizationSettings: ColumnTable<OrganizationSetting> = {
  ...organizationTable,
  columns: settings,
};

/** Columns to read: all that the settings are in. */
export const organizationSettingColumns: readonly OrganizationColumn[] = [
  "defaultemailserverprofileid",
  "defaultemailsettings",
  "requireapprovalforuseremail",
  "requireapprovalforqueueemail",
];

/** The settings in the organization's record. */
export function readOrganizationSettings(record: Readonly<Record<string, unknown>>): ColumnValues {
  const observed = readColumns(organizationTable, record);
  const { profileId, incomingEmail, outgoingEmail, appointmentsContactsTasks } = readDefaultEmailSettings(observed);
  return {
    defaultemailserverprofileid: profileId,
    defaultIncomingEmail: incomingEmail,
    defaultOutgoingEmail: outgoingEmail,
    defaultAppointmentsContactsTasks: appointmentsContactsTasks,
    requireapprovalforuseremail: observed.requireapprovalforuseremail ?? null,
    requireapprovalforqueueemail: observed.requireapprovalforqueueemail ?? null,
  };
}

const numberOf = (value: ColumnValue | undefined): number | null | undefined =>
  value === undefined || typeof value === "number" ? value : null;

/** What is left of XML that was made for a setting which is given back. */
const nothing = "<EmailSettings></EmailSettings>";

/** Settings that change, as columns to write: the XML is that of the record, with other methods in it. */
export function organizationColumns(
  record: Readonly<Record<string, unknown>>,
  changed: ColumnValues,
): Record<string, ColumnValue> {
  const { defaultIncomingEmail, defaultOutgoingEmail, defaultAppointmentsContactsTasks, ...columns } = changed;
  const methods = {
    incomingEmail: numberOf(defaultIncomingEmail),
    outgoingEmail: numberOf(defaultOutgoingEmail),
    appointmentsContactsTasks: numberOf(defaultAppointmentsContactsTasks),
  };
  const said = Object.fromEntries(Object.entries(methods).filter(([, value]) => value !== undefined));
  if (Object.keys(said).length === 0) return columns;
  const { defaultemailsettings: xml } = record;
  const written = withDefaultMethods(typeof xml === "string" ? xml : null, said);
  return { ...columns, defaultemailsettings: written === nothing ? null : written };
}
