import { permanent, textIs, transient, type Fault, type FaultRow } from "../fault";

const codeIs =
  (...codes: readonly string[]) =>
  (fault: Fault) =>
    fault.responseCode !== undefined && codes.includes(fault.responseCode);
const saidAt = (phase: Fault["phase"]) => (fault: Fault) => fault.phase === phase && fault.fromServer;

/**
 * Faults that IMAP servers report: response codes of RFC 3501 and RFC 5530, texts of the providers. A temporary
 * failure of the server arrives as a refused sign-in, so codes and texts come before the phases.
 */
export const imapFaults: readonly FaultRow[] = [
  permanent(
    "imap-auth-not-offered",
    "offers no way to sign in with the credentials of",
    "Nothing was sent. Turn on XOAUTH2 or OAUTHBEARER on the server, or sign in with a password.",
    ({ systemCode }) => systemCode === "AUTH_NOT_OFFERED",
  ),
  permanent(
    "imap-app-password-required",
    "wants an application-specific password for",
    "Create an app password for this account and use it instead of the account's own.",
    textIs(/application-specific password/i),
  ),
  permanent(
    "imap-web-login-required",
    "wants a sign-in in the web browser first from",
    "Sign in to the account in a browser, confirm the sign-in, and test again.",
    textIs(/web login required|log in via your web browser|account is blocked/i),
  ),
  permanent(
    "imap-basic-authentication-disabled",
    "takes no passwords and refused",
    "Sign in with OAuth: an access token instead of a password.",
    textIs(/basic authentication is disabled|BasicAuthBlocked/i),
  ),
  transient(
    "imap-throttled",
    "throttles",
    "Wait as long as the server says, and lower maxConcurrentTests.",
    textIs(/throttled|bandwidth limits|suggested backoff/i),
  ),
  transient(
    "imap-too-many-connections",
    "has too many connections open for",
    "Lower maxConcurrentTests, or close other mail programs of this mailbox.",
    (fault) =>
      codeIs("LIMIT")(fault) || textIs(/too many (simultaneous )?connections|maximum number of connections/i)(fault),
  ),
  permanent(
    "imap-access-without-mailbox",
    "accepts the token but has no mailbox for",
    "Grant FullAccess on this mailbox to the app's service principal, and check the user name.",
    textIs(/authenticated but not connected/i),
  ),
  transient(
    "imap-temporarily-unavailable",
    "is temporarily unable to serve",
    "Try again later; the server says that it is not the credentials.",
    codeIs("UNAVAILABLE", "INUSE", "SERVERBUG"),
  ),
  permanent(
    "imap-sign-in-needs-tls",
    "lets nobody sign in without TLS, among them",
    'Use security: "tls" or "starttls".',
    (fault) => codeIs("PRIVACYREQUIRED")(fault) || textIs(/login is disabled|LOGINDISABLED/i)(fault),
  ),
  permanent(
    "imap-credentials-expired",
    "says that the credentials have expired for",
    "Set a new password, or get a new access token.",
    codeIs("EXPIRED"),
  ),
  permanent(
    "imap-authorization-failed",
    "knows the credentials but gives no access to",
    "Grant the account access to this mailbox.",
    codeIs("AUTHORIZATIONFAILED", "CONTACTADMIN", "NOPERM"),
  ),
  permanent(
    "imap-token-refused",
    "refused the access token of",
    "Get a new access token; check that it was made for this user and for this mail server, with the right to IMAP.",
    (fault) => fault.phase === "sign-in" && fault.oauth === true,
  ),
  permanent(
    "imap-authentication-failed",
    "refused",
    "Check user name and password, and that IMAP is turned on for the mailbox; Gmail and Yahoo! Mail need an app password, Exchange Online and Outlook.com an access token.",
    saidAt("sign-in"),
  ),
  permanent(
    "imap-mailbox-not-available",
    "refused to open or to search the inbox of",
    "Check that the account has a mailbox here and may open it.",
    saidAt("mailbox"),
  ),
  transient(
    "imap-server-refused",
    "refuses connections",
    "The server is shutting down, overloaded, or blocks this address; try again and look into its log.",
    saidAt("connect"),
  ),
];
