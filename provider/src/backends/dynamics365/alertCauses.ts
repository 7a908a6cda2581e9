import type { TestedName } from "./results";

/** What an alert means: one row of the documented errors of Test & Enable and of synchronization. */
export interface AlertCause {
  code: string;
  /** What Dynamics says, in its text, its type of error or its details. */
  says: RegExp;
  /** One sentence. */
  cause: string;
  remedy: string;
  transient: boolean;
  /** The only direction that it concerns. */
  direction?: TestedName;
}

const lasting = (code: string, says: RegExp, cause: string, remedy: string, direction?: TestedName): AlertCause => ({
  code,
  says,
  cause,
  remedy,
  transient: false,
  ...(direction === undefined ? {} : { direction }),
});
const passing = (...parts: Parameters<typeof lasting>): AlertCause => ({ ...lasting(...parts), transient: true });

/** An error code as Dynamics prints it: signed, or in hexadecimal digits with or without their prefix. */
const number = (hexadecimal: string, ...others: string[]): RegExp => {
  const signed = Number.parseInt(hexadecimal, 16) - 0x1_0000_0000;
  return new RegExp([`\\b(?:0x)?${hexadecimal}\\b`, `${signed}\\b`, ...others].join("|"), "i");
};

const thenAgain = "then run pulumi up again";

/** The first row that matches decides: numbers and names before words that occur in many texts. */
export const alertCauses: readonly AlertCause[] = [
  lasting(
    "dynamics-user-or-team-privileges",
    number("8005E259"),
    "The user or team of the mailbox lacks privileges.",
    "Assign a security role to the user or team in Dynamics.",
  ),
  lasting(
    "dynamics-profile-account-unauthorized",
    number("8005E272"),
    "Exchange refused the account of the email server profile (401).",
    "Check the credentials of the profile and the account behind them.",
  ),
  lasting(
    "dynamics-graph-user-disabled",
    number("8005E273"),
    "The user may not sign in to Microsoft 365.",
    "Enable sign-in for the user in Microsoft Entra.",
  ),
  lasting(
    "dynamics-mailbox-not-in-exchange-online",
    number("8005E274", "MailboxNotEnabledForRESTAPI"),
    "Exchange Online has no usable mailbox of this address: no licence, a disabled mailbox, or one on-premises.",
    "Give the user an Exchange Online licence; a mailbox on Exchange Server needs a profile of that kind.",
  ),
  lasting(
    "dynamics-license-or-access-mode",
    number("8005E276"),
    "The user has no valid Exchange licence, or no Read-Write access mode in Dynamics.",
    "Assign the licence, and set the user's access mode to Read-Write.",
  ),
  lasting(
    "dynamics-mailbox-owner-privileges",
    number("80048306"),
    "The user lacks privileges, or the mailbox belongs to another owner.",
    "Make the user the owner of the mailbox record, and give the user a role with privileges on mailboxes.",
  ),
  lasting(
    "dynamics-plugin-aborted",
    number("80040265"),
    "A plug-in or workflow of the organization aborted the operation.",
    "Find the synchronous plug-in or workflow on emails or activities, and correct it.",
  ),
  lasting(
    "dynamics-plugin-failed",
    number("80040224"),
    "A plug-in or workflow of the organization failed unexpectedly.",
    "Find the synchronous plug-in or workflow on emails or activities, and correct it.",
  ),
  passing(
    "dynamics-transient-error",
    number("80040216"),
    "Dynamics met a passing fault.",
    "Nothing, unless it persists.",
  ),
  lasting(
    "dynamics-invalid-recipient",
    number("80040B0B"),
    "An email has an invalid address in To or Cc.",
    "Correct the email in Dynamics.",
  ),
  lasting(
    "dynamics-queue-owner-privileges",
    number("80040520"),
    "The owner of the queue may not read queues.",
    "Give the owner of the queue a role with Read on Queue.",
  ),
  lasting(
    "dynamics-mailbox-owner-without-license",
    number("8004D24B"),
    "The owner of the mailbox has no Dynamics licence, or another mailbox has the same address.",
    "Assign a licence, or give the other mailbox another address.",
  ),
  lasting(
    "dynamics-queue-team-without-role",
    number("80042F0A"),
    "The queue belongs to a team without a security role.",
    "Assign a security role to the team.",
  ),
  lasting(
    "dynamics-mail-server-timed-out",
    /Socket[^.]*TimedOut|general mailbox access error/i,
    "The mail server did not answer on the port of the profile.",
    "Check the ports (Gmail: 995 for POP3, 587 for SMTP), and a firewall between Dynamics and the mail server.",
  ),
  lasting(
    "dynamics-mail-host-not-found",
    /HostNotFound|no such host|InvalidIncomingEmailServerProfileConfiguration/i,
    "The host of the mail server was not found, or its port is wrong.",
    `Check serverLocation and port of the profile, ${thenAgain}.`,
  ),
  lasting(
    "dynamics-test-connection-failed",
    /test connection/i,
    'Dynamics\' "Test Connection" failed, which Microsoft itself does not rely on.',
    "Check the password, and that a firewall lets Dynamics through; what counts is Test & Enable.",
  ),
  lasting(
    "dynamics-outgoing-authentication-failed",
    /OutgoingEmailAuthenticationError|\b535\b/i,
    "The SMTP server refused the user name or password.",
    "Check them; Gmail and Yahoo! Mail need an app password or OAuth.",
    "outgoingEmail",
  ),
  lasting(
    "dynamics-address-without-mailbox",
    /ErrorNonExistentMailbox|SMTP address has no mailbox/i,
    "Exchange has no mailbox of this address for the account that signs in.",
    "Write the user name as a user principal name (user@domain), not as DOMAIN\\user.",
  ),
  lasting(
    "dynamics-address-unknown-in-tenant",
    /no user was found with the e-?mail address/i,
    "The tenant of the profile knows nobody with this address.",
    "Correct the address of the user; for a mailbox in another tenant use a profile of that tenant.",
  ),
  lasting(
    "dynamics-impersonation-not-permitted",
    /permission to impersonate|ErrorImpersonat/i,
    "The account of the profile may not impersonate the mailbox.",
    "Grant it the role ApplicationImpersonation in Exchange.",
  ),
  lasting(
    "dynamics-claimed-by-another-organization",
    /another organi[sz]ation/i,
    "Another Dynamics organization synchronizes appointments, contacts, and tasks of this mailbox.",
    "Declare primaryForExchangeSync: true here, or set appointments, contacts, and tasks to None in the other organization.",
    "appointmentsContactsTasks",
  ),
  lasting(
    "dynamics-exchange-quota-exceeded",
    /ErrorQuotaExceeded/i,
    "The mailbox is full.",
    "Make room in the mailbox, or raise its quota in Exchange.",
  ),
  lasting(
    "dynamics-exchange-submission-quota-exceeded",
    /ErrorSubmissionQuotaExceeded/i,
    "The mailbox has sent as much as Exchange allows it.",
    "Wait for the limit to reset, or raise it in Exchange.",
    "outgoingEmail",
  ),
  lasting(
    "dynamics-no-recipient-match",
    /NoRecipientMatch/i,
    "No recipient of an email is known to Dynamics.",
    "Nothing for the set-up: the email was not taken over.",
    "incomingEmail",
  ),
  lasting(
    "dynamics-no-correlation-match",
    /NoCorrelationMatch/i,
    "An email belongs to no conversation of Dynamics.",
    "Nothing for the set-up: the email was not taken over.",
    "incomingEmail",
  ),
  lasting(
    "dynamics-incoming-email-rejected",
    /IncomingEmailRejected/i,
    "Dynamics rejected an email by the settings of user or queue.",
    "Nothing for the set-up: see which emails the user or queue tracks.",
    "incomingEmail",
  ),
  lasting(
    "dynamics-license-invalid",
    /licen[cs]e[^.]*(?:invalid|expired|not valid)|invalid licen[cs]e/i,
    "The licence of the user or of the organization is not valid.",
    "Check the licences.",
  ),
  lasting(
    "dynamics-exchange-forbidden",
    /Forbidden|\(403\)/i,
    "Exchange forbids EWS for the mailbox or for Dynamics (403).",
    "Allow EWS for the mailbox (Set-CASMailbox) and for CRM/* in the organization (Set-OrganizationConfig, EwsApplicationAccessPolicy); it takes up to 120 minutes.",
  ),
  lasting(
    "dynamics-exchange-unauthorized",
    /\b401\b|Unauthorized|NoUserFoundWithGivenClaims/i,
    "Exchange refused the sign-in for the mailbox (401).",
    "Check in this order: the address is the one of Exchange; the profile is of the kind where the mailbox lives, and of its tenant; the user has an Exchange licence; Basic is enabled for EWS on Exchange Server (Exchange Online has none); a user that was created anew needs up to 72 hours.",
  ),
  lasting(
    "dynamics-approval-by-administrator-missing",
    /approv\w* by an? (?:Microsoft|Office) ?365 administrator/i,
    "The address has to be approved by a Microsoft 365 administrator.",
    `Approve the address in Dynamics (Approve Email), ${thenAgain}.`,
  ),
  lasting(
    "dynamics-address-not-approved",
    /(?:not|n't)(?: yet)?(?: been)? approved|unapproved|requires? (?:an )?approval/i,
    "The address is not approved, and the organization processes email of approved addresses only.",
    `Approve the address (approval: "approve", or Approve Email in Dynamics), ${thenAgain}.`,
  ),
  lasting(
    "dynamics-mailbox-location-unknown",
    /location[^.]*(?:could not|couldn't|cannot|can't) be determined|autodiscover/i,
    "Dynamics could not find out where the mailbox is: autodiscover failed.",
    "Repair autodiscover, or set autodiscover: false and the EWS URL in incoming.serverLocation and outgoing.serverLocation.",
  ),
  lasting(
    "dynamics-profile-missing-or-inactive",
    /InvalidIncomingEmailServerProfile(?!Configuration)|(?:no|not have an) email server profile/i,
    "The mailbox has no email server profile, or its profile is inactive.",
    `Activate the profile in Dynamics, ${thenAgain}.`,
  ),
  lasting(
    "dynamics-credentials-refused",
    /credentials[^.]*(?:incorrect|invalid|wrong)|(?:incorrect|invalid|wrong) credentials|insufficient permission/i,
    "The mail server refused the credentials, or they do not suffice for the mailbox.",
    "Check user name and password; an account of the profile needs ApplicationImpersonation or access to the mailbox.",
  ),
];
