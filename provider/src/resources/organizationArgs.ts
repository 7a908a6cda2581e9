import type { AcceptedRisk } from "../model/acceptedRisk";
import type { BackendName, CertificateSource, Deployment } from "../model/organization";

/** Arguments of an {@link Organization}: plain values, never secrets. */
export interface OrganizationArgs {
  /** Namespace of this organization's stack config. @default "server-side-sync" */
  configNamespace?: string;
  /**
   * Where the declarations become real: `direct` signs in to the mail servers itself, `dynamics365` configures the
   * organization through its Web API.
   * @default "direct"
   */
  backend?: BackendName;
  /** URL of the organization, for `dynamics365`. */
  url?: string;
  /** @default "on-premises" */
  deployment?: Deployment;
  /** The on-premises deployment is configured for FIPS 140-2. */
  fips?: boolean;
  /** Some mailboxes live in Exchange Online and some on Exchange Server: then each binding must say `hostedOn`. */
  hybridExchange?: boolean;
  /** People track messages from Outlook on the web. */
  trackInOutlookOnTheWeb?: boolean;
  /** Mass e-mail marketing campaigns are sent through server-side synchronization. */
  bulkEmailCampaigns?: boolean;
  /** EWS, POP3 or SMTP is extended, or a custom e-mail provider is in use. */
  customEmailProviders?: boolean;
  /** People track messages manually in Dynamics 365 for Outlook. */
  manualTrackingInOutlook?: boolean;
  /** Switches of the deployment (`ServerSideSyncEmailSettings`), as an administrator has set them with PowerShell. */
  deploymentSettings?: {
    /** AllowNonSSLEmail. */
    allowNonSslEmail?: boolean;
    /** AllowADBasedAuthenticationProtocols. */
    allowAdBasedAuthentication?: boolean;
    /** AllowBasicAuthenticationOnNonSecureChannel. */
    allowBasicOnNonSecureChannel?: boolean;
    /** ProcessEmailSinceMaximumDaysAllowed, in days. */
    processEmailSinceMaximumDays?: number;
  };
  /** Domains that mailboxes may have: guards copies of production. */
  allowedEmailDomains?: string[];
  /** PEM of a private authority of the organization's own servers, or the file that holds it. */
  caCertificates?: CertificateSource;
  /** Tests at once for each mail host. This is ours, not Dynamics' maximum of concurrent connections. @default 4 */
  maxConcurrentTests?: number;
  /** Findings that are accepted in the whole organization. */
  acceptRisks?: AcceptedRisk[];
}
