import { imapScript, type Script, type Twist } from "../../servers/faultServer";
import { password, speaking, token, user, type Failure, type Situation } from "./situation";

const temporary = (code: string, remedy: string, says?: string): Failure => ({
  code,
  transient: true,
  remedy,
  ...(says === undefined ? {} : { says }),
});
const lasting = (code: string, remedy: string, says?: string): Failure => ({
  ...temporary(code, remedy, says),
  transient: false,
});

/** Untagged lines start with an asterisk; the others get the tag of the command. */
const answering =
  (lines: readonly string[], ends = false): Twist["does"] =>
  (peer, tag) => {
    peer.send(...lines.map((line) => (line.startsWith("* ") ? line : `${tag} ${line}`)));
    if (ends) peer.end();
  };
const words = (line: string) => line.replace(/^(NO|BAD|\*) /, "");

/** One line of a server in answer to a command, with a password. */
function answer(at: string, line: string, comesOut: Failure, before: readonly string[] = []): Situation {
  return {
    name: `${at}: ${[...before, line].join(" + ")}`,
    protocol: "imap",
    start: speaking(() => imapScript({ at, does: answering([...before, line]) })),
    comesOut: { says: words(line), ...comesOut },
  };
}

/** An access token that is refused: a challenge with the reason first, then the answer. */
function tokenScript(challenge: object | undefined, line: string): Script {
  const script = imapScript(undefined, "IMAP4rev1 AUTH=XOAUTH2 SASL-IR");
  let pending: string | undefined;
  return (said, peer) => {
    if (pending !== undefined) {
      peer.send(`${pending} ${line}`);
      pending = undefined;
    } else if (said.includes(" AUTHENTICATE ")) {
      const tag = said.split(" ")[0] ?? "";
      if (challenge === undefined) peer.send(`${tag} ${line}`);
      else {
        pending = tag;
        peer.send(`+ ${Buffer.from(JSON.stringify(challenge)).toString("base64")}`);
      }
    } else script(said, peer);
  };
}
function tokenRefused(line: string, challenge: object | undefined, comesOut: Failure): Situation {
  return {
    name: `token, ${challenge === undefined ? "no challenge" : JSON.stringify(challenge)}: ${line}`,
    protocol: "imap",
    signIn: token,
    start: speaking(() => tokenScript(challenge, line)),
    comesOut: { says: words(line), ...comesOut },
  };
}

const greeted = (line: string, comesOut: Failure): Situation => ({
  name: `greeting: ${line}`,
  protocol: "imap",
  start: speaking(() => imapScript({ at: "greeting", does: answering([line], true) })),
  comesOut,
});
const capable = (name: string, capabilities: string, comesOut: Situation["comesOut"]): Situation => ({
  name,
  protocol: "imap",
  start: speaking(() => imapScript(undefined, capabilities)),
  comesOut,
});

const gmail = "https://support.google.com/accounts/answer/185833 (Failure)";
const google401 = { status: "401", schemes: "Bearer", scope: "https://mail.google.com/" };

/** Rows of the fault catalogue, with the providers' own texts. */
const signIns: readonly Situation[] = [
  answer(
    "LOGIN",
    `NO [ALERT] Application-specific password required: ${gmail}`,
    lasting("imap-app-password-required", "app password"),
  ),
  answer(
    "LOGIN",
    "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)",
    lasting("imap-authentication-failed", "IMAP is turned on"),
  ),
  answer(
    "LOGIN",
    "NO [ALERT] Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 (Failure)",
    lasting("imap-web-login-required", "browser"),
    ["* NO [WEBALERT https://accounts.google.com/signin/continue] Web login required."],
  ),
  answer(
    "LOGIN",
    "NO [ALERT] Too many simultaneous connections. (Failure)",
    temporary("imap-too-many-connections", "maxConcurrentTests"),
  ),
  answer(
    "LOGIN",
    "NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)",
    temporary("imap-throttled", "Wait"),
  ),
  ...["AUTHENTICATE", "LOGIN"].map((command) =>
    answer(
      "LOGIN",
      `NO [AUTHENTICATIONFAILED] ${command} Invalid credentials`,
      lasting("imap-authentication-failed", "app password"),
    ),
  ),
  answer(
    "LOGIN",
    "NO [AUTHENTICATIONFAILED] LOGIN Invalid credentials or IMAP is disabled",
    lasting("imap-authentication-failed", "IMAP is turned on"),
  ),
  answer("LOGIN", "NO LOGIN failed.", lasting("imap-authentication-failed", "access token")),
  {
    ...answer("LOGIN", "NO Basic authentication is disabled.", lasting("imap-basic-authentication-disabled", "OAuth")),
    name: "LOGIN: NO Basic authentication is disabled. + BYE",
    start: speaking(() =>
      imapScript({
        at: "LOGIN",
        does: answering(["NO Basic authentication is disabled.", "* BYE Connection is closed. 13"], true),
      }),
    ),
  },
  answer(
    "LOGIN",
    'NO [Error="AuthFailed:LogonDenied-BasicAuthBlocked-" AuthResultFromPopImapEnd=0 Proxy=AM0P000.EURP000.PROD.OUTLOOK.COM:1993:SSL <AS:BasicAuthBlocked>] LOGIN failed.',
    { ...lasting("imap-basic-authentication-disabled", "OAuth"), says: "LOGIN failed." },
  ),
  answer(
    "LOGIN",
    "NO LOGIN failed. Account is blocked. Login to your account via a web browser to verify your identity.",
    lasting("imap-web-login-required", "browser"),
  ),
  {
    ...answer(
      "LOGIN",
      "NO Request is throttled. Suggested Backoff Time: 299910 milliseconds",
      temporary("imap-throttled", "Try again in 300 s"),
    ),
    connections: 1,
  },
  ...["UNAVAILABLE", "LIMIT"].map((code) =>
    answer(
      "LOGIN",
      `NO [${code}] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)`,
      temporary("imap-too-many-connections", "maxConcurrentTests"),
    ),
  ),
  answer(
    "LOGIN",
    "NO [UNAVAILABLE] Temporary authentication failure.",
    temporary("imap-temporarily-unavailable", "not the credentials"),
  ),
  answer("LOGIN", "NO [EXPIRED] The password has run out.", lasting("imap-credentials-expired", "new password")),
  answer("LOGIN", "NO [CONTACTADMIN] Ask the administrator.", lasting("imap-authorization-failed", "access")),
  answer("LOGIN", "NO [AUTHORIZATIONFAILED] Not this mailbox.", lasting("imap-authorization-failed", "access")),
  answer("LOGIN", "NO [PRIVACYREQUIRED] Not in the open.", lasting("imap-sign-in-needs-tls", 'security: "tls"')),
  answer("LOGIN", "NO [SERVERBUG] We are sorry.", temporary("imap-temporarily-unavailable", "Try again")),
  answer("LOGIN", "BAD what do you mean?", lasting("imap-authentication-failed", "user name and password")),
  capable("LOGINDISABLED", "IMAP4rev1 LOGINDISABLED", {
    ...lasting("imap-sign-in-needs-tls", 'security: "tls"'),
    says: "Login is disabled",
  }),
  {
    ...answer(
      "LOGIN",
      "NO [AUTHENTICATIONFAILED] no such password: x",
      lasting("imap-authentication-failed", "password"),
    ),
    name: "LOGIN: a server that repeats the secret",
    start: speaking(() => {
      const secret = password.type === "password" ? password.password : "";
      const plain = Buffer.from(`\0${user}\0${secret}`).toString("base64");
      return imapScript({
        at: "LOGIN",
        does: answering([`NO [AUTHENTICATIONFAILED] no such password: ${secret} (${plain})`]),
      });
    }),
    comesOut: { ...lasting("imap-authentication-failed", "password"), says: "no such password: [secret]" },
  },
  {
    ...answer(
      "LOGIN",
      "NO [UNAVAILABLE] busy, try again in 90 seconds",
      temporary("imap-temporarily-unavailable", "Try again in 90 s"),
    ),
    connections: 1,
  },
];

const tokens: readonly Situation[] = [
  tokenRefused("NO AUTHENTICATE failed.", undefined, lasting("imap-token-refused", "right to IMAP")),
  tokenRefused(
    "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)",
    google401,
    lasting("imap-token-refused", "new access token"),
  ),
  tokenRefused(
    "NO [AUTHENTICATIONFAILED] Authentication failed.",
    { status: "invalid_token" },
    lasting("imap-token-refused", "new access token"),
  ),
  tokenRefused(
    "NO [ALERT] Too many simultaneous connections. (Failure)",
    { ...google401, status: "400" },
    temporary("imap-too-many-connections", "maxConcurrentTests"),
  ),
  {
    name: "SELECT: BAD User is authenticated but not connected., after OK AUTHENTICATE completed.",
    protocol: "imap",
    signIn: token,
    start: speaking(() =>
      imapScript(
        { at: "SELECT", does: answering(["BAD User is authenticated but not connected."]) },
        "IMAP4rev1 AUTH=XOAUTH2 SASL-IR",
      ),
    ),
    comesOut: {
      ...lasting("imap-access-without-mailbox", "FullAccess"),
      says: "User is authenticated but not connected.",
    },
  },
];

const mailboxes: readonly Situation[] = [
  answer("SELECT", "NO [INUSE] Another session has it.", temporary("imap-temporarily-unavailable", "Try again")),
  answer("SELECT", "NO [NOPERM] Not yours.", lasting("imap-authorization-failed", "access")),
  answer("SELECT", "NO [NONEXISTENT] No such mailbox.", lasting("imap-mailbox-not-available", "has a mailbox here")),
  {
    name: "SELECT: * BYE in the middle",
    protocol: "imap",
    start: speaking(() => imapScript({ at: "SELECT", does: answering(["* BYE Server shutting down."], true) })),
    comesOut: temporary("connection-reset", "log", "Server shutting down."),
  },
  answer("SEARCH", "NO [UNAVAILABLE] The index is away.", temporary("imap-temporarily-unavailable", "Try again")),
  answer("SEARCH", "BAD what do you mean?", lasting("imap-mailbox-not-available", "mailbox here")),
  {
    name: "SEARCH: OK [THROTTLED]",
    protocol: "imap",
    start: speaking(() => imapScript({ at: "SEARCH", does: answering(["* SEARCH", "OK [THROTTLED] done"]) })),
    comesOut: "Success",
  },
];

const greetings: readonly Situation[] = [
  greeted("* BYE Closed for today.", temporary("imap-server-refused", "log", "Closed for today.")),
  greeted(
    "* BYE too many connections from your address",
    temporary("imap-too-many-connections", "maxConcurrentTests", "too many connections"),
  ),
  greeted(
    "* BYE [UNAVAILABLE] Down for a moment.",
    temporary("imap-server-refused", "try again", "Down for a moment."),
  ),
];

export const imapSituations: readonly Situation[] = [...signIns, ...tokens, ...mailboxes, ...greetings];
