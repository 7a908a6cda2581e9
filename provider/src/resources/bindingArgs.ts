import type { Input } from "@pulumi/pulumi";
import type { AcceptedRisk } from "../model/acceptedRisk";
import type { Secret } from "./profileArgs";

/**
 * How a mailbox signs in where its profile says `user-or-queue`. `username` defaults to the email address.
 *
 * - `client-secret`, `client-certificate`: an app of Microsoft Entra ID. It needs the permissions IMAP.AccessAsApp,
 *   POP.AccessAsApp, SMTP.SendAsApp or full_access_as_app (EWS), and rights to the mailbox. Over EWS it always
 *   impersonates the mailbox: an app has none of its own. Both texts of a certificate are PEM.
 * - `refresh-token`: a user's, from Microsoft where there is a `tenantId` or the mail system is Microsoft's, otherwise from
 *   Google. A new refresh token that comes with an answer is not kept: the declared one is used again.
 * - `google-service-account`: `key` is the JSON file of the account's key; the account needs domain-wide delegation for
 *   the scope https://mail.google.com/.
 *
 * Tokens are fetched during the test, through the proxy of `HTTPS_PROXY` and `NO_PROXY`, and kept in memory only.
 */
export type MailboxCredentials =
  | { type: "password"; username?: Input<string>; password: Secret }
  | { type: "access-token"; username?: Input<string>; accessToken: Secret }
  | {
      type: "client-secret";
      username?: Input<string>;
      tenantId: Input<string>;
      clientId: Input<string>;
      clientSecret: Secret;
    }
  | {
      type: "client-certificate";
      username?: Input<string>;
      tenantId: Input<string>;
      clientId: Input<string>;
      certificate: Secret;
      privateKey: Secret;
    }
  | {
      type: "refresh-token";
      username?: Input<string>;
      clientId: Input<string>;
      clientSecret?: Secret;
      refreshToken: Secret;
      tenantId?: Input<string>;
    }
  | { type: "google-service-account"; username?: Input<string>; key: Secret };

/** Arguments of a {@link MailboxBinding}, beside its profile. */
export interface MailboxArgs {
  /** "Email Address" of the mailbox. */
  emailAddress: Input<string>;
  /** "Regarding": whose mailbox it is. Undeclared, it is judged as a user's. */
  regarding?: { user: Input<string> } | { queue: Input<string> } | { forwardMailbox: Input<string> };
  /** "Incoming Email". @default "server-side-sync" */
  incomingEmail?: "server-side-sync" | "outlook" | "forward-mailbox" | "none";
  /** "Outgoing Email". @default "server-side-sync", for a forward mailbox "none" */
  outgoingEmail?: "server-side-sync" | "outlook" | "none";
  /** "Appointments, Contacts, and Tasks". @default "leave": as it is, and not tested */
  appointmentsContactsTasks?: "server-side-sync" | "outlook" | "none" | "leave";
  /** Credentials of this mailbox, where the profile says `user-or-queue`. */
  credentials?: MailboxCredentials;
  /** Where this mailbox really lives. */
  hostedOn?: "exchange-online" | "exchange-server" | "external";
  /** People track messages of this mailbox manually in Dynamics 365 for Outlook. @default as the organization says */
  manualTrackingInOutlook?: boolean;
  /** "Approve Email". @default "require": fails only where the organization demands an approval that is missing */
  approval?: "leave" | "require" | "approve";
  /** "Sync items with Exchange from this Dynamics 365 organization only". @default false */
  primaryForExchangeSync?: boolean;
  /** "Process Email Received After", YYYY-MM-DD. */
  processEmailsReceivedAfter?: Input<string>;
  /** "Delete Emails after Processing". */
  deleteEmailsAfterProcessing?: boolean;
  /** Give a mailbox that has a stored password another one. It cannot be given back. */
  replaceStoredPassword?: boolean;
  /** @default "skip", reported */
  whenUserDisabled?: "fail" | "skip";
  /** How Test & Enable is done. */
  test?: {
    /** Wait for the message that the mailbox sends to itself, and remove it. @default direct: true, except for queues */
    roundTrip?: boolean;
    /** Create and remove an item in calendar, contacts and tasks. @default false */
    writeAccess?: boolean;
    /** Run the direct test before Dynamics' own. @default false */
    preflight?: boolean;
    /** Seconds for everything, from the moment the test starts, 5 to 7200. @default direct: 60, dynamics365: 1200 */
    timeoutSeconds?: number;
    /** `fail` the update, `warn` only, or `restore` the old profile and methods and fail. @default "fail" */
    onFailure?: "fail" | "warn" | "restore";
  };
  /** Any change in here runs the test again. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as in Pulumi's own triggers
  retestTriggers?: Input<any>[];
  /** What destroy does with the mailbox. @default "restore" */
  onDelete?: "restore" | "detach" | "retain";
  /** Findings that are accepted, each with its reason. */
  acceptRisks?: AcceptedRisk[];
}
