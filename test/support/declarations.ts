import { secretProperties } from "../../provider/src/model/credentials";
import { factLeaves, isSecretLeaf, setAt } from "../../provider/src/model/facts";
import { at, type PlainObject } from "../../provider/src/model/plain";

/** What the engine sends in previews for unknown values. Written down once more, apart from the provider's own list. */
export const sentinels = {
  bool: "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  string: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  array: "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  asset: "030794c1-ac77-496b-92df-f27374a8bd58",
  archive: "e48ece36-62e2-4504-bad9-02848725956a",
  object: "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
};

export const providers = {
  profile: 'exports.handler = () => require("pulumi-server-side-sync/runtime").emailServerProfile;',
  binding: 'exports.handler = () => require("pulumi-server-side-sync/runtime").mailboxBinding;',
  settings: 'exports.handler = () => require("pulumi-server-side-sync/runtime").organizationEmailSettings;',
};

const guid = "3f17e397-c012-53af-a427-65d8ec3c93b0";
const connection = (protocol: string, port: number, credentials: PlainObject): PlainObject => ({
  protocol,
  serverLocation: "mail.contoso.com",
  port,
  security: "tls",
  authenticationProtocol: credentials.source === "oauth" ? "oauth" : "basic",
  credentials,
  useImpersonation: false,
});
const accepted = () => [{ rule: "untested-mail-system", reason: "tests" }];

/** A profile that declares every input there is, two kinds of credentials among them. */
export const everyProfileInput: PlainObject = {
  identity: "urn:pulumi:test::contract::type::mail",
  organization: {
    configNamespace: "server-side-sync",
    backend: "direct",
    url: "https://crm.contoso.com/contoso",
    deployment: "on-premises",
    fips: false,
    hybridExchange: false,
    trackInOutlookOnTheWeb: false,
    bulkEmailCampaigns: false,
    customEmailProviders: false,
    manualTrackingInOutlook: false,
    deploymentSettings: {
      allowNonSslEmail: false,
      allowAdBasedAuthentication: true,
      allowBasicOnNonSecureChannel: true,
      processEmailSinceMaximumDays: 30,
    },
    allowedEmailDomains: ["contoso.com"],
    caCertificates: { file: "organization.pem" },
    maxConcurrentTests: 3,
    acceptRisks: accepted(),
  },
  name: "mail",
  description: "Sales and support",
  emailSystem: "other",
  serverType: "imap-smtp",
  autodiscover: false,
  incoming: connection("imap", 993, {
    source: "email-server-profile",
    username: "svc@contoso.com",
    password: "s3cret-of-incoming",
  }),
  outgoing: connection("smtp", 465, {
    source: "oauth",
    clientId: guid,
    clientSecret: "s3cret-of-the-app",
    tenantId: guid,
    certificate: "s3cret-certificate",
    resourceId: "https://mail.contoso.com",
    keyVault: {
      uri: "https://vault.contoso.com",
      keyName: "mail",
      clientId: guid,
      clientSecret: "s3cret-of-the-vault",
    },
  }),
  useSameSettingsForOutgoing: false,
  exchangeOnlineTenantId: guid,
  serverAuthority: "public",
  maxConcurrentConnections: 4,
  minPollingIntervalMinutes: 5,
  connectionTimeoutMs: 3000,
  processEmailsReceivedAfter: "2026-01-01T00:00:00Z",
  moveUndeliveredEmails: true,
  sendEmailAlert: true,
  encodingCodePage: "utf-8",
  ownerEmailAddress: "owner@contoso.com",
  owner: { user: "Ann" },
  fipsCompliant: true,
  multiFactorAuthentication: false,
  caCertificates: { file: "mail.pem" },
  testConnection: false,
  adopt: { name: "mail" },
  onDelete: "retain",
  acceptRisks: accepted(),
};

/** A binding that declares every input there is. */
export const everyBindingInput: PlainObject = {
  identity: "urn:pulumi:test::contract::type::sales",
  profileCredentials: {
    incoming: { username: "svc@contoso.com", password: "s3cret-of-incoming" },
    outgoing: { clientSecret: "s3cret-of-the-app", certificate: "s3cret-certificate" },
  },
  emailAddress: "sales@contoso.com",
  regarding: { user: "Ann" },
  incomingEmail: "server-side-sync",
  outgoingEmail: "server-side-sync",
  appointmentsContactsTasks: "leave",
  credentials: {
    type: "client-certificate",
    username: "sales",
    tenantId: guid,
    clientId: guid,
    certificate: "s3cret-certificate-of-sales",
    privateKey: "s3cret-key-of-sales",
  },
  hostedOn: "external",
  manualTrackingInOutlook: false,
  approval: "require",
  primaryForExchangeSync: false,
  processEmailsReceivedAfter: "2026-01-01",
  deleteEmailsAfterProcessing: false,
  replaceStoredPassword: false,
  whenUserDisabled: "skip",
  test: { roundTrip: true, writeAccess: false, preflight: false, timeoutSeconds: 5, onFailure: "fail" },
  retestTriggers: ["a", { deep: [["b"]] }],
  onDelete: "restore",
  acceptRisks: accepted(),
};

/** What a program hands over of a checked profile: single leaves, secrets only where they are references. */
export function factsFrom(checked: PlainObject, id = "profile-1"): PlainObject {
  const facts: PlainObject = { organization: checked.organization, id };
  for (const path of factLeaves) {
    const value = at(checked, path) ?? null;
    if (!isSecretLeaf(path) || typeof value !== "string") setAt(facts, path, value);
  }
  return facts;
}

/** Every path in a tree, branches included, as keys. */
export function pathsIn(value: unknown, before: readonly string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => [[...before, key], ...pathsIn(entry, [...before, key])]);
}

/** A copy with another value at a path; without it where the value is undefined. */
export function withValue(tree: PlainObject, path: readonly string[], value: unknown): PlainObject {
  const copy = structuredClone(tree);
  let parent: unknown = copy;
  for (const key of path.slice(0, -1)) {
    if (typeof parent !== "object" || parent === null) return copy;
    parent = (parent as PlainObject)[key];
  }
  const last = path.at(-1);
  if (typeof parent !== "object" || parent === null || last === undefined) return copy;
  if (value === undefined) Reflect.deleteProperty(parent, last);
  else (parent as PlainObject)[last] = value;
  return copy;
}

/** True where a secret may stand: below credentials, under a name of a secret. */
export function isSecretPath(path: string): boolean {
  return secretProperties.includes(path.split(".").at(-1) ?? "") && /credentials/i.test(path);
}

/** As the engine may send it: the keys of every object in another order. The client of these tests sorts them. */
export function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, entry]) => [key, reordered(entry)]));
}
