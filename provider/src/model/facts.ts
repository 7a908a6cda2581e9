import { secretProperties } from "./credentials";
import type { CheckedProfile } from "./profile";
import { at, containsUnknown, isPlainObject, type PlainObject } from "./plain";
import { isUnknown, type Maybe, Unknown } from "./unknown";

/**
 * What a binding knows of its profile: the profile's checked inputs, single leaves in the same nesting, without
 * secrets and without what no test and no rule depends on.
 */
export interface ProfileFacts extends Pick<
  CheckedProfile,
  | "organization"
  | "emailSystem"
  | "serverType"
  | "autodiscover"
  | "incoming"
  | "outgoing"
  | "useSameSettingsForOutgoing"
  | "exchangeOnlineTenantId"
  | "serverAuthority"
  | "maxConcurrentConnections"
  | "connectionTimeoutMs"
  | "processEmailsReceivedAfter"
  | "fipsCompliant"
  | "multiFactorAuthentication"
  | "caCertificates"
> {
  id: Maybe<string> | null;
  credentialsRevision: Maybe<number> | null;
}

const connectionLeaves = [
  "protocol",
  "serverLocation",
  "port",
  "security",
  "authenticationProtocol",
  "useImpersonation",
  "credentials.source",
  "credentials.username",
  "credentials.clientId",
  "credentials.tenantId",
  "credentials.resourceId",
  "credentials.keyVault.uri",
  // Only where they are references: a secret itself is no fact.
  "credentials.password",
  "credentials.clientSecret",
  "credentials.certificate",
];

/** True for leaves that hold a secret, or a reference to one. */
export function isSecretLeaf(path: string): boolean {
  return secretProperties.includes(path.split(".").at(-1) ?? "");
}

/** Paths of the leaves, in the profile's own nesting. The organization is a plain value and travels whole. */
export const factLeaves: readonly string[] = [
  "emailSystem",
  "serverType",
  "autodiscover",
  ...connectionLeaves.map((leaf) => `incoming.${leaf}`),
  ...connectionLeaves.map((leaf) => `outgoing.${leaf}`),
  "useSameSettingsForOutgoing",
  "exchangeOnlineTenantId",
  "serverAuthority",
  "maxConcurrentConnections",
  "connectionTimeoutMs",
  "processEmailsReceivedAfter",
  "fipsCompliant",
  "multiFactorAuthentication",
  "caCertificates",
  "credentialsRevision",
];

/** Sets `value` at a dotted path, making the objects on the way. */
export function setAt(target: PlainObject, path: string, value: unknown): void {
  const keys = path.split(".");
  const last = keys.pop();
  if (last === undefined) return;
  let current = target;
  for (const key of keys) {
    const next = current[key];
    current = isPlainObject(next) ? next : (current[key] = {});
  }
  current[last] = value;
}

/** The facts of a checked profile. */
export function factsOf(profile: CheckedProfile, id: Maybe<string> | null = null): ProfileFacts {
  const facts: PlainObject = { organization: profile.organization, id };
  for (const leaf of factLeaves) setAt(facts, leaf, publicLeaf(profile, leaf));
  for (const direction of ["incoming", "outgoing"] as const) {
    if (profile[direction].credentials === null) setAt(facts, `${direction}.credentials`, null);
  }
  return facts as unknown as ProfileFacts;
}

/**
 * Reads facts as they arrive over the wire: leaves of a null arrive as `{}`, and a leaf that the profile could not
 * say yet is missing. Both become what they mean.
 */
export function readFacts(wire: PlainObject): ProfileFacts {
  const facts: PlainObject = { organization: wire.organization, id: leafAt(wire, "id") };
  for (const leaf of factLeaves) setAt(facts, leaf, leafAt(wire, leaf));
  for (const direction of ["incoming", "outgoing"]) {
    if (at(facts, `${direction}.credentials.source`) === null) setAt(facts, `${direction}.credentials`, null);
  }
  return facts as unknown as ProfileFacts;
}

/** The facts without leaves that are absent, as {@link readFacts} takes them: most of what a state holds for a mailbox. */
export function compactFacts(facts: ProfileFacts): PlainObject {
  const compact: PlainObject = { organization: facts.organization };
  for (const leaf of ["id", ...factLeaves]) {
    const value = at(facts, leaf) ?? null;
    if (value !== null) setAt(compact, leaf, value);
  }
  return compact;
}

function publicLeaf(profile: CheckedProfile, path: string): unknown {
  const value = at(profile, path) ?? null;
  return isSecretLeaf(path) && !isPlainObject(value) ? null : value;
}

function leafAt(wire: PlainObject, path: string): unknown {
  const value = at(wire, path);
  if (value instanceof Unknown) return value;
  if (isPlainObject(value) && Object.keys(value).length === 0) return null;
  return value ?? null;
}

const numbers = ["port", "maxConcurrentConnections", "connectionTimeoutMs", "credentialsRevision"];
const flags = [
  "useImpersonation",
  "autodiscover",
  "useSameSettingsForOutgoing",
  "fipsCompliant",
  "multiFactorAuthentication",
];
const typedLeaves = factLeaves
  .filter((path) => !isSecretLeaf(path) && path !== "caCertificates")
  .map((path): [string, string] => {
    const name = path.split(".").at(-1) ?? "";
    return [path, numbers.includes(name) ? "number" : flags.includes(name) ? "boolean" : "string"];
  });

/**
 * The facts, where rules can make something of them: not while the organization is unknown, on which every rule
 * depends, and not where leaves are of another type. Such come from hand-made facts and from other stacks, or from a
 * profile that is declared wrongly, which says so itself.
 */
export function judgeableFacts(wire: unknown): ProfileFacts | undefined {
  if (!isPlainObject(wire) || !isPlainObject(wire.organization) || containsUnknown(wire.organization)) return undefined;
  const facts = readFacts(wire);
  const fit = typedLeaves.every(([path, type]) => {
    const value = at(facts, path) ?? null;
    return value === null || isUnknown(value) || typeof value === type;
  });
  return fit ? facts : undefined;
}
