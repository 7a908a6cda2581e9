import { permanent, textIs, transient, type Fault, type FaultRow } from "../fault";

const said =
  (pattern: RegExp, ...codes: readonly number[]) =>
  ({ replyCode, text }: Fault) =>
    replyCode !== undefined && (codes.length === 0 || codes.includes(replyCode)) && pattern.test(text);
const saidAt = (phase: Fault["phase"]) => (fault: Fault) => fault.phase === phase && fault.fromServer;
const isTemporary = ({ replyCode }: Fault) => replyCode !== undefined && replyCode >= 400 && replyCode < 500;

/** Greylisting that does not call itself so: of the recipient, and not for want of the server's own resources (452). */
const isPutOff = ({ phase, replyCode, text }: Fault) =>
  phase === "recipient" && replyCode !== 452 && /try again later/i.test(text);
const isPermanent = ({ replyCode }: Fault) => replyCode !== undefined && replyCode >= 500;

/** Faults that SMTP servers report: reply codes of RFC 5321, enhanced codes of RFC 3463, texts of the providers. */
export const smtpFaults: readonly FaultRow[] = [
  permanent(
    "smtp-auth-not-offered",
    "offers on this port no way to sign in with the credentials of",
    "Nothing was sent. Use the submission port, 587 with STARTTLS or 465 with TLS; an access token needs XOAUTH2 or OAUTHBEARER on the server.",
    ({ systemCode }) => systemCode === "AUTH_NOT_OFFERED",
  ),
  permanent(
    "smtp-app-password-required",
    "wants an application-specific password for",
    "Create an app password for this account and use it instead of the account's own.",
    textIs(/application-specific password|InvalidSecondFactor/i),
  ),
  permanent(
    "smtp-auth-disabled",
    "has SMTP AUTH switched off for",
    "Turn on SMTP AUTH for the mailbox or the tenant (SmtpClientAuthenticationDisabled $false).",
    textIs(/SmtpClientAuthentication is disabled/i),
  ),
  permanent(
    "smtp-basic-authentication-disabled",
    "takes no passwords and refused",
    "Sign in with OAuth: an access token instead of a password.",
    textIs(/basic authentication is (disabled|not supported)|\b5\.7\.30\b/i),
  ),
  permanent(
    "smtp-sign-in-policy",
    "has a policy that keeps out",
    "Exempt the account from security defaults and conditional access for SMTP AUTH, or sign in with OAuth.",
    textIs(/security defaults policy|did not meet the criteria to be authenticated/i),
  ),
  permanent(
    "smtp-app-not-authorized",
    "gives the app no access to the mailbox of",
    "Register the app's service principal in Exchange Online and grant it access to this mailbox.",
    textIs(/MapiExceptionLogonFailed|mailbox logon failure/i),
  ),
  transient(
    "smtp-too-many-connections",
    "has too many connections open for",
    "Lower maxConcurrentTests.",
    textIs(/concurrent connections limit|too many concurrent|too many connections/i),
  ),
  transient(
    "smtp-submission-quota",
    "has a sending limit that is used up by",
    "Wait until the limit is renewed, usually within a day.",
    textIs(/SubmissionQuotaExceeded|sending (limit|quota)/i),
  ),
  transient(
    "smtp-temporary-authentication-failure",
    "could not check the credentials of",
    "Try again later; the server says that the failure is temporary.",
    (fault) => fault.phase === "sign-in" && isTemporary(fault),
  ),
  permanent(
    "smtp-token-refused",
    "refused the access token of",
    "Get a new access token; check that it was made for this user and for this mail server, with the right to send.",
    (fault) => fault.phase === "sign-in" && fault.oauth === true,
  ),
  permanent(
    "smtp-not-authenticated",
    "takes no mail without sign-in from",
    "Sign in with credentials, or allow this address to relay.",
    said(/(?:)/, 530),
  ),
  permanent(
    "smtp-authentication-failed",
    "refused",
    "Check user name and password; Gmail and Yahoo! Mail need an app password.",
    saidAt("sign-in"),
  ),
  permanent(
    "smtp-relay-denied",
    "does not relay mail for",
    "Sign in, send from an address of the server's own domains, or allow this address to relay.",
    said(/relay/i),
  ),
  permanent(
    "smtp-send-as-denied",
    "does not let this sender address be used by",
    "Sign in as the mailbox itself, or grant the account the right to send as it.",
    (fault) =>
      said(/send as|SendAsDenied|not allowed to send|not owned by user|sender address rejected/i)(fault) ||
      (fault.phase === "sender" && fault.replyCode === 553),
  ),
  permanent(
    "smtp-message-too-large",
    "finds a message of a few kilobytes too large from",
    "Raise the server's message size limit.",
    said(/5\.3\.4|too (big|large)/i),
  ),
  permanent(
    "smtp-mailbox-full",
    "says that the mailbox is full of",
    "Free space in the mailbox or raise its quota.",
    said(/5\.2\.2|mailbox (is )?full|quota/i),
  ),
  permanent(
    "smtp-unknown-recipient",
    "knows no mailbox for the address of",
    "Check emailAddress: it must be a mailbox of this server.",
    said(/5\.1\.[12]|user unknown|unknown user|no such user|does not exist/i, 550, 551, 553),
  ),
  transient(
    "smtp-greylisted",
    "asks to try again later for",
    "Try again after the wait that the server names, or exempt this address from greylisting.",
    (fault) => isTemporary(fault) && (/gr[ae]y-?list/i.test(fault.text) || isPutOff(fault)),
  ),
  transient("smtp-temporary-failure", "has a temporary failure for", "Try again later.", isTemporary),
  permanent(
    "smtp-sender-refused",
    "refused the sender address of",
    "Check emailAddress, and that the account may send from it.",
    saidAt("sender"),
  ),
  permanent(
    "smtp-recipient-refused",
    "refused to deliver to",
    "Check emailAddress and the server's rules for it.",
    saidAt("recipient"),
  ),
  permanent(
    "smtp-message-refused",
    "refused the test message of",
    "Look into the server's log for the filter or rule that refused it.",
    saidAt("message"),
  ),
  permanent(
    "smtp-client-refused",
    "takes no connections from this address",
    "Allow the address of this machine on the mail server, or look there which list of senders of spam has it.",
    (fault) => saidAt("connect")(fault) && isPermanent(fault),
  ),
  transient(
    "smtp-server-refused",
    "refuses connections",
    "The server is shutting down, overloaded, or blocks this address; try again and look into its log.",
    saidAt("connect"),
  ),
];
