import { randomUUID } from "node:crypto";
import type { Deployment } from "./columns";
import { deploymentSettings, type ApprovalBehaviour, type DeploymentSettings, type Organization } from "./organization";
import { methodsXml } from "./regarding";
import { Store } from "./store";
import { tablesOf } from "./tables";

export interface OrganizationOptions {
  /** Part of the URL on-premises; default Contoso. */
  organizationName?: string;
  settings?: Partial<DeploymentSettings>;
  approval?: ApprovalBehaviour;
  readOnlyColumns?: Organization["readOnlyColumns"];
  statusAfterChange?: Organization["statusAfterChange"];
  /**
   * The organization's clock. "scaled", the default, goes as fast as its minutes, so that two tests have two dates; its
   * time is in the Date header of every answer. "real" is this machine's.
   */
  clock?: "scaled" | "real" | (() => Date);
  secondsPerMinute?: number;
}

/** Windows accounts and tokens have no user of their own to begin with: each gets one when it first signs in. */
export function openOrganization(deployment: Deployment, url: string, options: OrganizationOptions): Organization {
  const store = new Store(tablesOf(deployment), clockOf(options));
  const name = options.organizationName ?? "Contoso";
  const businessUnitId = store.insert("businessunit", { name });
  const id = store.insert("organization", {
    name,
    friendlyname: name,
    defaultemailsettings: methodsXml(0, 0, 0),
  });
  const callers = new Map<string, string>();
  return {
    deployment,
    store,
    settings: deploymentSettings(deployment, options.settings ?? {}),
    id,
    businessUnitId,
    name,
    version: deployment === "online" ? "9.2.25103.00180" : "9.1.18.22",
    url,
    readOnlyColumns: options.readOnlyColumns ?? "refuse",
    approval: options.approval ?? "granted",
    statusAfterChange: options.statusAfterChange ?? "kept",
    exchangeClaims: new Map(),
    scheduled: new Set(),
    userIdOf: (user) => {
      const known = callers.get(user) ?? userNamed(store, user);
      const found =
        known ?? store.insert("systemuser", { systemuserid: randomUUID(), fullname: user, domainname: user });
      callers.set(user, found);
      return found;
    },
  };
}

function userNamed(store: Store, user: string): string | undefined {
  const row = store
    .all("systemuser")
    .find(({ domainname }) => (typeof domainname === "string" ? domainname : "").toLowerCase() === user.toLowerCase());
  return row === undefined ? undefined : store.idOf("systemuser", row);
}

function clockOf({ clock = "scaled", secondsPerMinute = 0.05 }: OrganizationOptions): () => Date {
  if (typeof clock === "function") return clock;
  if (clock === "real") return () => new Date();
  const start = Date.now();
  return () => new Date(start + (Date.now() - start) * (60 / secondsPerMinute));
}
