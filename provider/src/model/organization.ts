import { z } from "zod";
import { acceptedRisks } from "./acceptedRisk";
import { webUrl } from "./fields";
import { asciiDomain } from "./names";
import { isUnknown } from "./unknown";

export const backends = ["direct", "dynamics365"] as const;
export type BackendName = (typeof backends)[number];
export const deployments = ["on-premises", "online"] as const;
export type Deployment = (typeof deployments)[number];

/** PEM certificates, or the file that holds them. */
export type CertificateSource = string | { file: string };
export const certificateSource = z.custom<CertificateSource>().superRefine((value, context) => {
  if (isUnknown(value)) return;
  const pem = typeof value === "string" && value.includes("-----BEGIN CERTIFICATE-----");
  const file = z.strictObject({ file: z.string().min(1) }).safeParse(value).success;
  if (!pem && !file) {
    context.addIssue({ code: "custom", message: 'expected certificates in PEM, or { file: "path" }' });
  }
});

const flag = z.boolean({ error: "expected true or false" }).optional();

/** What stands after the @ of an address. */
function isDomain(value: string): boolean {
  return !/[\s@*/:,;]|^\.|\.\.|\.$/.test(value) && asciiDomain(value) !== "";
}

/** Everything here is plain: an organization has no Inputs. */
export const organizationSchema = z.strictObject({
  configNamespace: z.string().min(1).optional(),
  backend: z.enum(backends).optional(),
  url: webUrl("expected a URL, like https://crm.contoso.com/Contoso").optional(),
  deployment: z.enum(deployments).optional(),
  fips: flag,
  hybridExchange: flag,
  trackInOutlookOnTheWeb: flag,
  bulkEmailCampaigns: flag,
  customEmailProviders: flag,
  manualTrackingInOutlook: flag,
  deploymentSettings: z
    .strictObject({
      allowNonSslEmail: flag,
      allowAdBasedAuthentication: flag,
      allowBasicOnNonSecureChannel: flag,
      processEmailSinceMaximumDays: z.int().min(0).optional(),
    })
    .optional(),
  allowedEmailDomains: z.array(z.string().refine(isDomain, "expected a domain alone, like contoso.com")).optional(),
  caCertificates: certificateSource.optional(),
  maxConcurrentTests: z.int().min(1, "must be at least 1").max(100, "must be at most 100").optional(),
  acceptRisks: acceptedRisks.optional(),
});
export type DeclaredOrganization = z.output<typeof organizationSchema>;

/** An organization with its defaults; what was never declared stays absent, so that no rule takes silence for an answer. */
export interface CheckedOrganization extends DeclaredOrganization {
  configNamespace: string;
  backend: BackendName;
  deployment: Deployment;
  maxConcurrentTests: number;
}

export const defaultConfigNamespace = "server-side-sync";
const defaultMaxConcurrentTests = 4;

/** Two organizations are one where their back end and URL are the same, however the URL is written. */
export function organizationKey({ backend, url = "" }: CheckedOrganization): string {
  return `${backend} ${url.toLowerCase().replace(/\/+$/, "")}`;
}

export function normalizeOrganization(declared: DeclaredOrganization = {}): CheckedOrganization {
  return {
    ...declared,
    configNamespace: declared.configNamespace ?? defaultConfigNamespace,
    backend: declared.backend ?? "direct",
    deployment: declared.deployment ?? "on-premises",
    maxConcurrentTests: declared.maxConcurrentTests ?? defaultMaxConcurrentTests,
  };
}
