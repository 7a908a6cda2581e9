import type { Input } from "@pulumi/pulumi";
import type { AcceptedRisk } from "../model/acceptedRisk";
import type { EmailSystem, Protocol, Security } from "../model/mailSystems";
import type { CertificateSource } from "../model/organization";
import type { AuthenticationProtocol, ServerType } from "../model/profile";
import type { Organization } from "./organization";

/**
 * A secret: the value itself (always stored encrypted), or where the provider finds it when it runs. A reference keeps
 * the value out of the state; raise `version` when the value behind it was rotated.
 */
export type Secret =
  Input<string> | { env: string; version?: Input<string> } | { config: string; version?: Input<string> };

/**
 * "Authenticate Using" on the form of an email server profile.
 *
 * With `oauth` and `exchange-hybrid-modern-auth` the direct test signs in as the app itself, by `clientSecret` or by
 * `certificate`: a PEM text that holds the certificate and its private key. Over EWS such a token always impersonates
 * the mailbox, because an app has none of its own. What only `keyVault` proves, and `gmail-oauth`, is "Not Run".
 */
export type Credentials =
  | { source: "user-or-queue" }
  | { source: "server-to-server" }
  | { source: "windows-integrated" }
  | { source: "anonymous" }
  | { source: "email-server-profile"; username: Input<string>; password: Secret }
  | {
      source: "oauth" | "gmail-oauth" | "exchange-hybrid-modern-auth";
      clientId: Input<string>;
      clientSecret?: Secret;
      tenantId?: Input<string>;
      certificate?: Secret;
      resourceId?: Input<string>;
      keyVault?: { uri: Input<string>; keyName: Input<string>; clientId: Input<string>; clientSecret?: Secret };
    };

/** One direction of a profile. */
export interface Connection {
  /** @default from `serverType` */
  protocol?: Protocol;
  /** "Incoming/Outgoing Server Location": host name without port, or the EWS URL. @default from the mail system */
  serverLocation?: Input<string>;
  /** "Incoming/Outgoing Port". @default from the mail system, otherwise from protocol and security */
  port?: Input<number>;
  /** "Use SSL": `tls` from the first byte, `starttls` upgraded before sign-in. @default from the mail system or the port */
  security?: Security;
  /** "Authentication Protocol". @default "auto-detect" */
  authenticationProtocol?: AuthenticationProtocol;
  /** "Authenticate Using". @default POP3/IMAP: the mailbox's own; Exchange Online: server-to-server */
  credentials?: Credentials;
  /** "Use Impersonation". @default false */
  useImpersonation?: boolean;
}

/** Arguments of an {@link EmailServerProfile}. */
export interface EmailServerProfileArgs {
  /** @default Organization.fromConfig() */
  organization?: Organization;
  /** "Name" of the profile. @default the resource's name, without a suffix */
  name?: Input<string>;
  /** "Description". */
  description?: Input<string>;
  /** The mail system. Its preset fills in hosts, ports and security. */
  emailSystem: EmailSystem;
  /** "Email Server Type". @default from the mail system */
  serverType?: ServerType;
  /**
   * "Auto Discover Server Location": find the EWS URL of an Exchange Server from each mailbox's address. Credentials go
   * to hosts of the address's domain and to Microsoft's, and nowhere else.
   *
   * @default true for Exchange Online without a server location
   */
  autodiscover?: boolean;
  /** Incoming email. */
  incoming?: Connection;
  /** Outgoing email. */
  outgoing?: Connection;
  /** "Use same settings for Outgoing". @default Exchange true, POP3 and IMAP false */
  useSameSettingsForOutgoing?: boolean;
  /** "Tenant ID" of Exchange Online, a GUID. */
  exchangeOnlineTenantId?: Input<string>;
  /** Cloud of the OAuth authority. */
  serverAuthority?: "public" | "us-government" | "china" | "automatic";
  /** "Maximum Concurrent Connections" of Dynamics, 1 to 65536. */
  maxConcurrentConnections?: Input<number>;
  /** "Minimum Polling Intervals In Minutes", 0 to 1440. */
  minPollingIntervalMinutes?: Input<number>;
  /** "Timeout Mailbox Connection After", in milliseconds, 0 to 100000. */
  connectionTimeoutMs?: Input<number>;
  /** "Process Email From", RFC 3339. An earlier date pulls old mail again. */
  processEmailsReceivedAfter?: Input<string>;
  /** "Move Failed Emails to Undeliverable Folder". */
  moveUndeliveredEmails?: boolean;
  /** "Send an alert email to the owner of the email server profile reporting on major events". */
  sendEmailAlert?: boolean;
  /** "Encoding". */
  encodingCodePage?: Input<string>;
  /** "Email Server Profile Owner's Email Address". */
  ownerEmailAddress?: Input<string>;
  /** "Owner". */
  owner?: { user: Input<string> } | { team: Input<string> };
  /** The mail server is FIPS 140-2 compliant. */
  fipsCompliant?: boolean;
  /** The account that signs in is under multi-factor authentication. */
  multiFactorAuthentication?: boolean;
  /** PEM of the authority of mail servers with private certificates, or the file that holds it. */
  caCertificates?: Input<string> | { file: string };
  /** Reach both servers at create and update. @default direct: true, dynamics365: false */
  testConnection?: boolean;
  /** Take over an existing profile instead of creating one. */
  adopt?: { name: Input<string> } | { id: Input<string> };
  /** What destroy does with the record. @default "delete", "retain" when adopted */
  onDelete?: "delete" | "deactivate" | "retain";
  /** Findings that are accepted, each with its reason. */
  acceptRisks?: AcceptedRisk[];
}

export type { CertificateSource };
