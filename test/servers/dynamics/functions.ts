import type { Organization } from "./organization";
import type { Json } from "./represent";
import type { ApiRequest } from "./webApi";

/** The functions that are called without a record; undefined for what is none. */
export function callFunction(organization: Organization, request: ApiRequest, call: string): Json | undefined {
  const name = /^(\w+)\(.*\)$/.exec(call)?.[1];
  const make = Object.entries(functions).find(([known]) => known === name)?.[1];
  if (make === undefined) return undefined;
  return {
    "@odata.context": `${request.root}$metadata#Microsoft.Dynamics.CRM.${name ?? ""}Response`,
    ...make(organization, request),
  };
}

const functions: Readonly<Record<string, (organization: Organization, request: ApiRequest) => Json>> = {
  WhoAmI: (organization, { user }) => ({
    BusinessUnitId: organization.businessUnitId,
    UserId: organization.userIdOf(user),
    OrganizationId: organization.id,
  }),
  RetrieveVersion: ({ version }) => ({ Version: version }),
  RetrieveCurrentOrganization: (organization) => ({
    Detail: {
      OrganizationId: organization.id,
      FriendlyName: organization.name,
      OrganizationVersion: organization.version,
      UrlName: organization.name.toLowerCase(),
      UniqueName: organization.name.toLowerCase(),
      State: "Enabled",
      Endpoints: {
        Count: 1,
        IsReadOnly: false,
        Keys: ["WebApplication"],
        Values: [organization.url],
      },
    },
  }),
};
