import type { Deployment } from "./columns";
import type { Store } from "./store";

/** Switches of the deployment that rules depend on (dynamics.md 1.5); their defaults are in `deploymentSettings`. */
export interface DeploymentSettings {
  allowAdBasedAuthentication: boolean;
  allowBasicOnNonSecureChannel: boolean;
  allowNonSslEmail: boolean;
  processEmailSinceMaximumDays?: number | undefined;
}
/**
 * What becomes of an approval: it works; it is answered as if it worked and nothing changes (dynamics.md 4.6, reported
 * of service principals); or it is refused because the caller is no administrator of Exchange or Microsoft 365.
 */
export type ApprovalBehaviour = "granted" | "silent" | "refused";

/** One organization as its Web API works on it. */
export interface Organization {
  deployment: Deployment;
  store: Store;
  settings: DeploymentSettings;
  /** Of the one record in the table of organizations. */
  id: string;
  businessUnitId: string;
  name: string;
  version: string;
  /** With the slash at the end; without the version. */
  url: string;
  readOnlyColumns: "ignore" | "refuse";
  approval: ApprovalBehaviour;
  /** No document says whether statuses stay when profile, methods or address change: both can be had. */
  statusAfterChange: "kept" | "reset";
  /** The systemuser of a name that signed in. */
  userIdOf(user: string): string;
  /** Which organization Exchange says synchronizes the appointments of an address, by the address in lower case. */
  exchangeClaims: Map<string, string>;
  /** Mailboxes whose test a request scheduled, to be started when it is done. */
  scheduled: Set<string>;
}

export function deploymentSettings(deployment: Deployment, changes: Partial<DeploymentSettings>): DeploymentSettings {
  return {
    // [DEP-AD]: true on-premises, false online.
    allowAdBasedAuthentication: deployment === "on-premises",
    // The defaults of these two are not documented (inferred: nothing is forbidden until somebody forbids it).
    allowBasicOnNonSecureChannel: true,
    allowNonSslEmail: true,
    ...changes,
  };
}
