import { z } from "zod";
import { acceptedRisks } from "./acceptedRisk";
import { credentialsSchema, type DeclaredCredentials } from "./credentials";
import { dateTime, emailAddress, flag, guid, integer, serverLocation, text } from "./fields";
import { emailSystems, type EmailSystem, type Protocol, type Security } from "./mailSystems";
import {
  certificateSource,
  organizationSchema,
  type CertificateSource,
  type CheckedOrganization,
} from "./organization";
import type { AcceptedRisk } from "./acceptedRisk";
import type { Maybe } from "./unknown";

export const serverTypes = [
  "exchange-server",
  "exchange-server-hybrid",
  "exchange-online-hybrid",
  "exchange-online",
  "pop3-smtp",
  "imap-smtp",
] as const;
export type ServerType = (typeof serverTypes)[number];

export const authenticationProtocols = ["auto-detect", "negotiate", "ntlm", "basic", "oauth"] as const;
export type AuthenticationProtocol = (typeof authenticationProtocols)[number];

export const serverAuthorities = ["public", "us-government", "china", "automatic"] as const;

export const connectionSchema = z.strictObject({
  protocol: z.enum(["ews", "imap", "pop3", "smtp"]).optional(),
  serverLocation: serverLocation.optional(),
  port: integer(1, 65535).optional(),
  security: z.enum(["tls", "starttls", "none"]).optional(),
  authenticationProtocol: z.enum(authenticationProtocols).optional(),
  credentials: credentialsSchema.optional(),
  useImpersonation: flag.optional(),
});
/** Mail comes in over IMAP or POP3 and goes out over SMTP; EWS does both. */
const carries = (protocols: readonly Protocol[]) =>
  connectionSchema.refine(({ protocol }) => protocol === undefined || protocols.includes(protocol), {
    path: ["protocol"],
    error: `expected ${protocols.map((protocol) => `"${protocol}"`).join(" or ")} in this direction`,
  });
export type DeclaredConnection = z.output<typeof connectionSchema>;

export const profileSchema = z.strictObject({
  organization: organizationSchema.optional(),
  name: text(100).optional(),
  description: text(2000).optional(),
  emailSystem: z.enum(emailSystems),
  serverType: z.enum(serverTypes).optional(),
  autodiscover: flag.optional(),
  incoming: carries(["ews", "imap", "pop3"]).optional(),
  outgoing: carries(["ews", "smtp"]).optional(),
  useSameSettingsForOutgoing: flag.optional(),
  exchangeOnlineTenantId: guid.optional(),
  serverAuthority: z.enum(serverAuthorities).optional(),
  maxConcurrentConnections: integer(1, 65536).optional(),
  minPollingIntervalMinutes: integer(0, 1440).optional(),
  connectionTimeoutMs: integer(0, 100000).optional(),
  processEmailsReceivedAfter: dateTime.optional(),
  moveUndeliveredEmails: flag.optional(),
  sendEmailAlert: flag.optional(),
  encodingCodePage: text(100).optional(),
  ownerEmailAddress: emailAddress.optional(),
  owner: z.union([z.strictObject({ user: text(200) }), z.strictObject({ team: text(200) })]).optional(),
  fipsCompliant: flag.optional(),
  multiFactorAuthentication: flag.optional(),
  caCertificates: certificateSource.optional(),
  testConnection: flag.optional(),
  adopt: z.union([z.strictObject({ name: text(100) }), z.strictObject({ id: guid })]).optional(),
  onDelete: z.enum(["delete", "deactivate", "retain"]).optional(),
  acceptRisks: acceptedRisks.optional(),
});
export type DeclaredProfile = z.output<typeof profileSchema>;

/** One direction of a profile, complete. `null` where nothing is known or nothing applies. */
export interface CheckedConnection {
  protocol: Protocol;
  serverLocation: Maybe<string> | null;
  port: Maybe<number>;
  security: Security;
  authenticationProtocol: AuthenticationProtocol;
  /** `null`: Exchange Server has no default, somebody has to say who signs in. */
  credentials: DeclaredCredentials | null;
  useImpersonation: boolean;
}

/** A profile as `check` returns it: every default filled in, `null` for what is absent. */
export interface CheckedProfile {
  organization: CheckedOrganization;
  name: Maybe<string> | null;
  description: Maybe<string> | null;
  emailSystem: EmailSystem;
  serverType: ServerType;
  autodiscover: boolean;
  incoming: CheckedConnection;
  outgoing: CheckedConnection;
  useSameSettingsForOutgoing: boolean;
  exchangeOnlineTenantId: Maybe<string> | null;
  serverAuthority: (typeof serverAuthorities)[number] | null;
  maxConcurrentConnections: Maybe<number> | null;
  minPollingIntervalMinutes: Maybe<number> | null;
  connectionTimeoutMs: Maybe<number> | null;
  processEmailsReceivedAfter: Maybe<string> | null;
  moveUndeliveredEmails: boolean | null;
  sendEmailAlert: boolean | null;
  encodingCodePage: Maybe<string> | null;
  ownerEmailAddress: Maybe<string> | null;
  owner: { user: Maybe<string> } | { team: Maybe<string> } | null;
  fipsCompliant: boolean | null;
  multiFactorAuthentication: boolean | null;
  caCertificates: CertificateSource | null;
  testConnection: boolean;
  adopt: { name: Maybe<string> } | { id: Maybe<string> } | null;
  onDelete: "delete" | "deactivate" | "retain";
  acceptRisks: AcceptedRisk[] | null;
}
