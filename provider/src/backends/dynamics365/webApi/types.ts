import type { Deployment } from "../../../model/organization";
import type { Budget } from "../../../transport/budget";

/** How the provider signs in to the organization. */
export type OrganizationCredentials =
  | { auth: "windows"; username: string; password: string }
  /** `authority` is the URL of AD FS, `https://adfs.contoso.com/adfs`. With a user the app asks in its name. */
  | {
      auth: "adfs";
      authority: string;
      clientId: string;
      clientSecret?: string | undefined;
      account?: { username: string; password: string } | undefined;
    }
  | { auth: "entra-secret"; tenantId: string; clientId: string; clientSecret: string; authority?: string | undefined }
  /** Certificate and private key in one PEM text. */
  | {
      auth: "entra-certificate";
      tenantId: string;
      clientId: string;
      certificate: string;
      authority?: string | undefined;
    }
  | { auth: "access-token"; accessToken: string };

/** What an organization is reached with. */
export interface WebApiOptions {
  /** `https://crm.contoso.com/Contoso` on-premises, `https://contoso.crm.dynamics.com` online. */
  organizationUrl: string;
  deployment: Deployment;
  credentials: OrganizationCredentials;
  /** PEM of a private authority. */
  caCertificates?: string | undefined;
  /** `v9.2`; by default the latest that every supported server of the deployment has. */
  apiVersion?: string | undefined;
}

/** How long a call may take with everything in it, and what ends it early. */
export interface Call {
  budget: Budget;
  signal?: AbortSignal | undefined;
}

/** Values of JSON as the Web API has them; dates are texts. */
export type Columns = Readonly<Record<string, unknown>>;
/** A record with the columns that were asked for, lookups as `_name_value`. */
export type WebApiRecord = Readonly<Record<string, unknown>>;
