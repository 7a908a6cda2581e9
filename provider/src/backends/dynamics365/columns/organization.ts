import { flag, lookup, memo, readOnly, text, type Column, type ColumnTable } from "./column";

const columns = {
  organizationid: text(36, { ...readOnly, format: "guid" }),
  name: text(160, readOnly),
  defaultemailserverprofileid: lookup([
    { logicalName: "emailserverprofile", entitySet: "emailserverprofiles", navigation: "defaultemailserverprofileid" },
  ]),
  /** XML with the default methods; its greatest length is documented nowhere. */
  defaultemailsettings: memo(undefined),
  requireapprovalforuseremail: flag(true, { source: "ORG-TYPE" }),
  requireapprovalforqueueemail: flag(true, { source: "ORG-TYPE" }),
} satisfies Record<string, Column>;

export type OrganizationColumn = keyof typeof columns;

/** Table `organization`, as far as it concerns email. It has one record. */
export const organizationTable: ColumnTable<OrganizationColumn> = {
  logicalName: "organization",
  entitySet: "organizations",
  key: "organizationid",
  sources: ["XRMPS", "ORG-TYPE", "PP-EXO"],
  columns,
};
