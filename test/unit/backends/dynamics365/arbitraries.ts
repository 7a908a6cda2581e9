import * as fc from "fast-check";
import type {
  Column,
  ColumnTable,
  ColumnValue,
  ColumnValues,
} from "../../../../provider/src/backends/dynamics365/columns/column";
import { bodyOf } from "../../../../provider/src/backends/dynamics365/columns/record";
import { bindingSchema, normalizeBinding, type CheckedBinding } from "../../../../provider/src/model/binding";
import { factsOf, type ProfileFacts } from "../../../../provider/src/model/facts";
import { emailSystems } from "../../../../provider/src/model/mailSystems";
import { normalizeProfile } from "../../../../provider/src/model/normalizeProfile";
import type { PlainObject } from "../../../../provider/src/model/plain";
import {
  authenticationProtocols,
  profileSchema,
  serverAuthorities,
  serverTypes,
  type CheckedProfile,
} from "../../../../provider/src/model/profile";

export const id = "3f17e397-c012-53af-a427-65d8ec3c93b0";
export const otherId = "7eedeb22-6a30-4a66-808b-00c25a95b03f";
const secret = "s3cret-that-nobody-sees";

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const username = fc.constantFrom("svc@contoso.com", "svc2@contoso.com");

const app = (source: string) =>
  fc.record({ source: fc.constant(source), clientId: fc.constant(id), tenantId: optional(fc.constant(otherId)) });
const credentials = fc.oneof(
  ...["user-or-queue", "server-to-server", "windows-integrated", "anonymous"].map((source) => fc.constant({ source })),
  fc.record({ source: fc.constant("email-server-profile"), username, password: fc.constant(secret) }),
  app("oauth"),
  app("gmail-oauth"),
);

const connection = (location: fc.Arbitrary<string>, protocol?: string) =>
  fc.record({
    protocol: fc.constant(protocol),
    serverLocation: optional(location),
    port: optional(fc.constantFrom(25, 143, 443, 587, 993, 995, 8443)),
    security: optional(fc.constantFrom("tls", "starttls", "none")),
    authenticationProtocol: optional(fc.constantFrom(...authenticationProtocols)),
    credentials: optional(credentials),
    useImpersonation: optional(fc.boolean()),
  });

const hosts = fc.constantFrom("mail.contoso.com", "Mail.Contoso.com", "2001:db8::1");
const urls = fc.constantFrom(
  "https://mail.contoso.com/EWS/Exchange.asmx",
  "https://mail.contoso.com:8443/ews/",
  "exchange.contoso.com",
);

function declared(serverType: string | undefined): fc.Arbitrary<PlainObject> {
  const exchange = serverType?.endsWith("smtp") !== true;
  const locations = exchange ? urls : hosts;
  return fc.record({
    organization: fc.record({
      backend: fc.constant("dynamics365"),
      url: fc.constant("https://crm.contoso.com/contoso"),
      deployment: fc.constantFrom("on-premises", "online"),
    }),
    name: optional(fc.constantFrom("mail", "Post")),
    description: optional(fc.constantFrom("Sales", "Two\nlines")),
    emailSystem: fc.constantFrom(...emailSystems),
    serverType: fc.constant(serverType),
    autodiscover: exchange ? optional(fc.boolean()) : fc.constant(undefined),
    incoming: serverType === undefined ? fc.constant(undefined) : optional(connection(locations)),
    outgoing: serverType === undefined ? fc.constant(undefined) : optional(connection(locations)),
    useSameSettingsForOutgoing: optional(fc.boolean()),
    exchangeOnlineTenantId: optional(fc.constantFrom(id, id.toUpperCase())),
    serverAuthority: optional(fc.constantFrom(...serverAuthorities)),
    maxConcurrentConnections: optional(fc.integer({ min: 1, max: 300 })),
    minPollingIntervalMinutes: optional(fc.integer({ min: 0, max: 1440 })),
    connectionTimeoutMs: optional(fc.integer({ min: 0, max: 100_000 })),
    processEmailsReceivedAfter: optional(fc.constantFrom("2026-01-01T00:00:00Z", "2026-01-01T02:00:00.250+02:00")),
    moveUndeliveredEmails: optional(fc.boolean()),
    sendEmailAlert: optional(fc.boolean()),
    encodingCodePage: optional(fc.constantFrom("utf-8", "iso-8859-1")),
    ownerEmailAddress: optional(fc.constantFrom("owner@contoso.com", "Owner@Contoso.com")),
  });
}

/** Checked profiles of every mail system and server type. */
export const profiles: fc.Arbitrary<CheckedProfile> = fc
  .constantFrom(undefined, ...serverTypes)
  .chain(declared)
  .map((profile) => normalizeProfile(profileSchema.parse(withoutUndefined(profile))));

function withoutUndefined(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** Checked bindings with the profile that they are bound to. */
export const bindings: fc.Arbitrary<CheckedBinding & { profile: ProfileFacts }> = fc
  .record({
    profile: profiles,
    binding: fc.record({
      emailAddress: fc.constant("sales@contoso.com"),
      incomingEmail: optional(fc.constantFrom("server-side-sync", "outlook", "forward-mailbox", "none")),
      outgoingEmail: optional(fc.constantFrom("server-side-sync", "outlook", "none")),
      appointmentsContactsTasks: optional(fc.constantFrom("server-side-sync", "outlook", "none", "leave")),
      credentials: optional(
        fc.record({ type: fc.constant("password"), username: optional(username), password: fc.constant(secret) }),
      ),
      primaryForExchangeSync: optional(fc.boolean()),
      processEmailsReceivedAfter: optional(fc.constantFrom("2026-01-01", "2026-11-24")),
      deleteEmailsAfterProcessing: optional(fc.boolean()),
      replaceStoredPassword: optional(fc.boolean()),
    }),
  })
  .map(({ profile, binding }) => ({
    ...normalizeBinding(bindingSchema.parse(withoutUndefined(binding)), "dynamics365"),
    profile: factsOf(profile, id),
  }));

/** Any value that a column may hold in a record. */
export function valueOf(column: Column): fc.Arbitrary<ColumnValue> {
  const values: Record<Column["type"], fc.Arbitrary<ColumnValue>> = {
    text: fc.constantFrom(
      "",
      "x",
      "https://mail.contoso.com/EWS/",
      "mail.contoso.com",
      "Svc@contoso.com",
      "not a host",
    ),
    memo: fc.constantFrom("", "a\r\nb", "a\nb"),
    integer: fc.integer({ min: 0, max: 2000 }),
    "big-integer": fc.constantFrom("12345678901", 7),
    flag: fc.boolean(),
    option: fc.constantFrom(-1, ...Object.values(column.options?.options ?? {}).map(({ value }) => value)),
    "date-time": fc.constantFrom("1900-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.000Z"),
    date: fc.constantFrom("1900-01-01", "1900-01-01T00:00:00Z", "2026-01-01", "2026-11-24"),
    lookup: fc.constantFrom(id, otherId, id.toUpperCase()),
  };
  return fc.oneof(fc.constant(null), values[column.type]);
}

/** Any record of a table, as it is read. */
export function observations(table: ColumnTable): fc.Arbitrary<ColumnValues> {
  const readable = Object.entries(table.columns).filter(([, { read }]) => read);
  return fc.record(Object.fromEntries(readable.map(([name, column]) => [name, valueOf(column)])), {
    requiredKeys: [],
  }) as fc.Arbitrary<ColumnValues>;
}

/** The Web API's record after a write, as Dynamics stores it. */
export function stored(table: ColumnTable, record: PlainObject, values: ColumnValues): PlainObject {
  const next = { ...record };
  for (const [key, value] of Object.entries(bodyOf(table, values))) {
    const [name = "", bind] = key.split("@");
    if (bind === undefined) next[name] = value === "" ? null : value;
    else next[`_${name}_value`] = value === null ? null : (/\((.*)\)$/.exec(value as string)?.[1] ?? null);
  }
  return next;
}
