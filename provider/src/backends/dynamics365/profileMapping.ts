import { isExchangeType } from "../../model/normalizeProfile";
import type { CheckedProfile } from "../../model/profile";
import { known } from "../../model/unknown";
import type { ColumnValue } from "./columns/column";
import type { EmailServerProfileColumn } from "./columns/emailServerProfile";
import { exchangeVersions, serverAuthorities, serverTypes } from "./columns/optionSet";
import { isNever } from "./columns/sameValue";
import type { ProfileMapping } from "./profileMappingRow";
import { connectionMappings, speaking } from "./profileConnectionMapping";

/** An argument that is the column, where it is declared at all. */
function plain(column: EmailServerProfileColumn, property: keyof CheckedProfile): ProfileMapping {
  return {
    column,
    property,
    wanted: (profile) => known(profile[property] as ColumnValue) ?? undefined,
    declared: (profile, found) => ({ ...profile, [property]: found === "" ? null : found }),
  };
}

/** Exchange by the versions that the column knows; its newest stands for all that came after. */
const versions: Readonly<Record<string, readonly (keyof typeof exchangeVersions.options)[]>> = {
  "exchange-server-2007": ["2007-sp1", "2007"],
  "exchange-server-2010": ["2010-sp2", "2010-sp1", "2010"],
  "exchange-server-2013": ["2013"],
  "exchange-server-2016": ["2013"],
  "exchange-server-2019": ["2013"],
  "exchange-server-se": ["2013"],
};

function versionValues({ emailSystem }: CheckedProfile): number[] {
  return (versions[emailSystem] ?? []).map((version) => exchangeVersions.valueOf(version));
}

const exchangeVersion: ProfileMapping = {
  column: "exchangeversion",
  property: "emailSystem",
  wanted: (profile) => (isExchangeType(profile.serverType) ? versionValues(profile)[0] : undefined),
  declared(profile, found) {
    if (versionValues(profile).some((value) => value === found)) return profile;
    const name = exchangeVersions.nameOf(found)?.slice(0, "2010".length);
    return name === undefined || mailSystemIsUnversioned(profile)
      ? profile
      : { ...profile, emailSystem: `exchange-server-${name}` as CheckedProfile["emailSystem"] };
  },
  accepts: (found, wanted) =>
    Object.values(versions).some((names) => {
      const values = names.map((name) => exchangeVersions.valueOf(name));
      return values.some((value) => value === found) && values.some((value) => value === wanted);
    }),
};

function mailSystemIsUnversioned({ emailSystem }: CheckedProfile): boolean {
  return versions[emailSystem] === undefined;
}

const serverType: ProfileMapping = {
  column: "servertype",
  property: "serverType",
  wanted: ({ serverType: type }) => (type === "exchange-online" ? undefined : serverTypes.valueOf(type)),
  declared(profile, found) {
    const type = serverTypes.nameOf(found);
    return type === undefined ? profile : speaking({ ...profile, serverType: type });
  },
  released: false,
};

const exchangeOnlineTenantId: ProfileMapping = {
  column: "exchangeonlinetenantid",
  property: "exchangeOnlineTenantId",
  wanted: (profile) => tenantId(profile),
  declared(profile, found) {
    if (profile.exchangeOnlineTenantId !== null || tenantOfCredentials(profile) === undefined) {
      return { ...profile, exchangeOnlineTenantId: found as string | null };
    }
    const credentials = {
      ...profile.incoming.credentials,
      tenantId: found,
    } as CheckedProfile["incoming"]["credentials"];
    return { ...profile, incoming: { ...profile.incoming, credentials } };
  },
};

function tenantOfCredentials({ incoming: { credentials } }: CheckedProfile): string | undefined {
  return credentials !== null && "tenantId" in credentials ? known(credentials.tenantId) : undefined;
}

function tenantId(profile: CheckedProfile): string | undefined {
  return known(profile.exchangeOnlineTenantId) ?? tenantOfCredentials(profile);
}

const connectionTimeout: ProfileMapping[] = [
  plain("timeoutmailboxconnectionafteramount", "connectionTimeoutMs"),
  {
    column: "timeoutmailboxconnection",
    property: "connectionTimeoutMs",
    wanted: ({ connectionTimeoutMs }) => (known(connectionTimeoutMs) === undefined ? undefined : true),
    declared: (profile, found) => (found === false ? { ...profile, connectionTimeoutMs: null } : profile),
  },
];

/** RFC 3339 in whatever zone, as the Web API takes it. */
function instant(declared: string): string {
  return new Date(declared).toISOString().replace(/\.\d+Z$/, "Z");
}

const processEmailsReceivedAfter: ProfileMapping = {
  column: "processemailsreceivedafter",
  property: "processEmailsReceivedAfter",
  wanted({ processEmailsReceivedAfter: declared }) {
    const date = known(declared);
    return date === undefined ? undefined : instant(date);
  },
  declared: (profile, found) => ({
    ...profile,
    processEmailsReceivedAfter: isNever(found) ? null : (found as string),
  }),
};

const owner: ProfileMapping = {
  column: "ownerid",
  property: "owner",
  wanted: (_profile, references) => references.owner ?? undefined,
  declared: (profile, found) => ({ ...profile, owner: ownerOf(found) ?? profile.owner }),
  released: false,
};

function ownerOf(found: ColumnValue): CheckedProfile["owner"] {
  const [, entitySet, id = ""] = /^(systemusers|teams)\((.*)\)$/.exec(String(found)) ?? [];
  if (entitySet === undefined) return null;
  return entitySet === "teams" ? { team: id } : { user: id };
}

/** Every column of a profile that a declaration may govern, secrets apart. Types come before what depends on them. */
export const profileMappings: readonly ProfileMapping[] = [
  { ...plain("name", "name"), released: false },
  plain("description", "description"),
  serverType,
  exchangeVersion,
  ...connectionMappings,
  exchangeOnlineTenantId,
  {
    column: "usedefaulttenantid",
    property: "exchangeOnlineTenantId",
    wanted: (profile) => (tenantId(profile) === undefined ? undefined : false),
    declared: (profile) => profile,
  },
  {
    column: "serverauthority",
    property: "serverAuthority",
    wanted: ({ serverAuthority }) =>
      serverAuthority === null ? undefined : serverAuthorities.valueOf(serverAuthority),
    declared: (profile, found) => ({ ...profile, serverAuthority: serverAuthorities.nameOf(found) ?? null }),
  },
  plain("maxconcurrentconnections", "maxConcurrentConnections"),
  plain("minpollingintervalinminutes", "minPollingIntervalMinutes"),
  ...connectionTimeout,
  processEmailsReceivedAfter,
  plain("moveundeliveredemails", "moveUndeliveredEmails"),
  plain("sendemailalert", "sendEmailAlert"),
  plain("encodingcodepage", "encodingCodePage"),
  plain("owneremailaddress", "ownerEmailAddress"),
  owner,
];
