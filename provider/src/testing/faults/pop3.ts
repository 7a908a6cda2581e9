import { permanent, textIs, transient, type Fault, type FaultRow } from "../fault";

const codeIs =
  (...codes: readonly string[]) =>
  (fault: Fault) =>
    fault.responseCode !== undefined && codes.includes(fault.responseCode);
const saidAt = (phase: Fault["phase"]) => (fault: Fault) => fault.phase === phase && fault.fromServer;

/** Faults that POP3 servers report: response codes of RFC 2449 and RFC 3206, texts of the providers. */
export const pop3Faults: readonly FaultRow[] = [
  permanent(
    "pop3-auth-not-offered",
    "offers no way to sign in with the credentials of",
    "Nothing was sent. Turn on XOAUTH2 or OAUTHBEARER for access tokens, USER or SASL PLAIN for passwords on the server, or sign in with the other kind.",
    ({ systemCode }) => systemCode === "AUTH_NOT_OFFERED",
  ),
  permanent(
    "pop3-top-not-offered",
    "cannot show only the head of a message (TOP) to",
    "Set test.roundTrip: false, or turn on TOP on the server: without it messages would have to be read whole, which marks them as seen.",
    ({ systemCode }) => systemCode === "TOP_NOT_OFFERED",
  ),
  permanent(
    "pop3-app-password-required",
    "wants an application-specific password for",
    "Create an app password for this account and use it instead of the account's own.",
    textIs(/application-specific password/i),
  ),
  permanent(
    "pop3-web-login-required",
    "wants a sign-in in the web browser first from",
    "Sign in to the account in a browser, confirm the sign-in, and test again.",
    textIs(/web login required|log in via your web browser|account is blocked/i),
  ),
  permanent(
    "pop3-basic-authentication-disabled",
    "takes no passwords and refused",
    "Sign in with OAuth: an access token instead of a password.",
    textIs(/basic authentication is disabled|BasicAuthBlocked/i),
  ),
  permanent(
    "pop3-sign-in-needs-tls",
    "lets nobody sign in without TLS, among them",
    'Use security: "tls" or "starttls".',
    textIs(/plaintext authentication disallowed|must issue a STLS/i),
  ),
  transient(
    "pop3-mailbox-in-use",
    "has the mailbox locked by another session of",
    "Close other mail programs that read this mailbox over POP3, and test again.",
    codeIs("IN-USE"),
  ),
  transient(
    "pop3-login-delay",
    "wants more time between two sign-ins of",
    "Try again later; the server limits how often a mailbox may be read.",
    codeIs("LOGIN-DELAY"),
  ),
  transient(
    "pop3-temporary-failure",
    "has a temporary failure for",
    "Try again later; the server says that it is not the credentials.",
    codeIs("SYS/TEMP"),
  ),
  permanent(
    "pop3-not-enabled",
    "gives no access over POP3 to",
    "Turn on POP3 for this mailbox; with Gmail in its settings under Forwarding and POP/IMAP.",
    codeIs("SYS/PERM"),
  ),
  transient(
    "pop3-too-many-connections",
    "has too many connections open for",
    "Lower maxConcurrentTests, or close other mail programs of this mailbox.",
    textIs(/too many (simultaneous )?connections|maximum number of connections/i),
  ),
  permanent(
    "pop3-token-refused",
    "refused the access token of",
    "Get a new access token; check that it was made for this user and for this mail server, with the right to POP3.",
    (fault) => fault.phase === "sign-in" && fault.oauth === true,
  ),
  permanent(
    "pop3-authentication-failed",
    "refused",
    "Check user name and password, and that POP3 is turned on for the mailbox; Gmail and Yahoo! Mail need an app password, Exchange Online and Outlook.com an access token.",
    saidAt("sign-in"),
  ),
  permanent(
    "message-not-removed",
    "did not delete the test message",
    "Give the account the right to delete messages in the mailbox; the message may be deleted by hand.",
    saidAt("removal"),
  ),
  permanent(
    "pop3-mailbox-not-available",
    "did not open the mailbox of",
    "Check that the account has a mailbox here and may open it over POP3.",
    saidAt("mailbox"),
  ),
  transient(
    "pop3-server-refused",
    "refuses connections",
    "The server is shutting down, overloaded, or blocks this address; try again and look into its log.",
    saidAt("connect"),
  ),
];
