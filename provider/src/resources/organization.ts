import * as pulumi from "@pulumi/pulumi";
import { ServerSideSyncError } from "../errors";
import {
  defaultConfigNamespace,
  normalizeOrganization,
  organizationSchema,
  type CheckedOrganization,
} from "../model/organization";
import { parse } from "../model/parse";
import { suggestion } from "../model/suggest";
import type { OrganizationArgs } from "./organizationArgs";

/** Keys of the same namespace that only the provider reads: how it signs in to the organization. */
const credentialKeys = [
  "auth",
  "username",
  "password",
  "clientId",
  "clientSecret",
  "certificate",
  "tenantId",
  "authority",
  "accessToken",
];
const textKeys: readonly string[] = ["configNamespace", "backend", "url", "deployment"];

/**
 * Where server-side synchronization runs. A plain value, not a resource: what it says is mirrored into the inputs of
 * every resource under `organization`, so that all rules can be judged in preview.
 *
 * @example
 * ```ts
 * const organization = new Organization({ deployment: "on-premises", fips: false });
 * ```
 */
export class Organization {
  /** @internal */
  readonly settings: CheckedOrganization;

  /** @throws ServerSideSyncError `invalid-arguments` */
  constructor(args: OrganizationArgs = {}) {
    this.settings = normalizeOrganization(parse("Organization", organizationSchema, args));
  }

  /**
   * Reads every field of {@link OrganizationArgs} from stack config, for example
   * `pulumi config set server-side-sync:deployment online`; structured ones as JSON.
   *
   * @param namespace namespace of the keys
   * @throws ServerSideSyncError `unknown-config-key` with the nearest name, or `invalid-arguments`
   */
  static fromConfig(namespace = defaultConfigNamespace): Organization {
    const prefix = `${namespace}:`;
    const known = [...Object.keys(organizationSchema.shape), ...credentialKeys];
    const entries = Object.entries(pulumi.runtime.allConfig())
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, value]): [string, string] => [key.slice(prefix.length), value]);
    for (const [key] of entries) if (!known.includes(key)) throw unknownKey(`${prefix}${key}`, key, known);
    const declared = entries
      .filter(([key]) => !credentialKeys.includes(key))
      .map(([key, value]) => [key, textKeys.includes(key) ? value : parsed(value)]);
    return new Organization({ configNamespace: namespace, ...Object.fromEntries(declared) } as OrganizationArgs);
  }
}

/** Config values are texts; what is no JSON is meant as text, such as PEM. */
function parsed(value: string): unknown {
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}

function unknownKey(full: string, key: string, known: readonly string[]): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "unknown-config-key",
    summary: `The stack config has ${full}, which nothing reads.${suggestion(key, known)}`,
    remedy: `Correct it, or remove it with: pulumi config rm ${full}`,
  });
}
