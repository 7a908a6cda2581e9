import { smtpScript, type Script, type Twist } from "../../servers/faultServer";
import { speaking, token, type Failure, type Situation } from "./situation";

const temporary = (code: string, remedy: string): Failure => ({ code, transient: true, remedy });
const lasting = (code: string, remedy: string): Failure => ({ code, transient: false, remedy });

const answering =
  (lines: readonly string[]): Twist["does"] =>
  (peer) => {
    peer.send(...lines);
  };

/** A reply to a command; several lines are one reply. */
function answer(at: string, reply: string | readonly string[], comesOut: Failure): Situation {
  const lines = typeof reply === "string" ? [reply] : reply;
  return {
    name: `${at}: ${lines.join(" ")}`,
    protocol: "smtp",
    start: speaking(() => smtpScript({ at, does: answering(lines) })),
    comesOut: { says: lines.join(" ").replace(/ +/g, " ").slice(0, 200), ...comesOut },
  };
}

/** An access token that is refused: the reason comes as a challenge, the reply after the empty answer to it. */
function tokenScript(challenge: object | undefined, reply: string): Script {
  const script = smtpScript(undefined, ["AUTH XOAUTH2"]);
  let challenged = false;
  return (line, peer) => {
    if (challenged) {
      challenged = false;
      peer.send(reply);
    } else if (line.startsWith("AUTH ")) {
      challenged = challenge !== undefined;
      peer.send(challenge === undefined ? reply : `334 ${Buffer.from(JSON.stringify(challenge)).toString("base64")}`);
    } else script(line, peer);
  };
}
function tokenRefused(reply: string, challenge: object | undefined, comesOut: Failure): Situation {
  return {
    name: `token, ${challenge === undefined ? "no challenge" : JSON.stringify(challenge)}: ${reply}`,
    protocol: "smtp",
    signIn: token,
    start: speaking(() => tokenScript(challenge, reply)),
    comesOut: { says: reply, ...comesOut },
  };
}

const unsuccessful = "535 5.7.139 Authentication unsuccessful,";
const disabled = "SmtpClientAuthentication is disabled for the";

/** Rows of the fault catalogue, with the providers' own texts. */
const signIns: readonly Situation[] = [
  answer(
    "AUTH",
    [
      "535-5.7.8 Username and Password not accepted. For more information, go to",
      "535 5.7.8  https://support.google.com/mail/?p=BadCredentials - gsmtp",
    ],
    lasting("smtp-authentication-failed", "app password"),
  ),
  answer(
    "AUTH",
    [
      "534-5.7.9 Application-specific password required. For more information, go to",
      "534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor - gsmtp",
    ],
    lasting("smtp-app-password-required", "app password"),
  ),
  ...["Tenant", "Mailbox"].map((where) =>
    answer(
      "AUTH",
      `${unsuccessful} ${disabled} ${where}. Visit https://aka.ms/smtp_auth_disabled for more information.`,
      lasting("smtp-auth-disabled", "SmtpClientAuthenticationDisabled"),
    ),
  ),
  answer(
    "AUTH",
    `${unsuccessful} user is locked by your organization's security defaults policy. Contact your administrator.`,
    lasting("smtp-sign-in-policy", "security defaults"),
  ),
  answer(
    "AUTH",
    `${unsuccessful} the request did not meet the criteria to be authenticated successfully. Contact your administrator.`,
    lasting("smtp-sign-in-policy", "conditional access"),
  ),
  answer(
    "AUTH",
    `${unsuccessful} basic authentication is disabled.`,
    lasting("smtp-basic-authentication-disabled", "OAuth"),
  ),
  answer(
    "AUTH",
    "535 5.7.3 Authentication unsuccessful [AM0PR01CA0001.eurprd01.prod.exchangelabs.com]",
    lasting("smtp-authentication-failed", "user name and password"),
  ),
  answer(
    "AUTH",
    "550 5.7.30 Basic authentication is not supported for Client Submission.",
    lasting("smtp-basic-authentication-disabled", "OAuth"),
  ),
  answer("AUTH", "454 4.7.0 Temporary authentication failure", {
    ...temporary("smtp-temporary-authentication-failure", "temporary"),
  }),
  answer(
    "AUTH",
    "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information.",
    temporary("smtp-too-many-connections", "maxConcurrentTests"),
  ),
  {
    name: "no AUTH among the extensions",
    protocol: "smtp",
    start: speaking(() => smtpScript(undefined, ["SIZE 1000"])),
    comesOut: lasting("smtp-auth-not-offered", "587"),
    beforeSignIn: true,
  },
];

const tokens: readonly Situation[] = [
  tokenRefused(
    "535 5.7.3 Authentication unsuccessful [AM0PR01CA0001.eurprd01.prod.exchangelabs.com]",
    undefined,
    lasting("smtp-token-refused", "right to send"),
  ),
  tokenRefused(
    "535 5.7.8 https://support.google.com/mail/?p=BadCredentials - gsmtp",
    { status: "400", schemes: "Bearer", scope: "https://mail.google.com/" },
    lasting("smtp-token-refused", "new access token"),
  ),
  tokenRefused(
    `${unsuccessful} ${disabled} Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.`,
    undefined,
    lasting("smtp-auth-disabled", "SMTP AUTH"),
  ),
];

const envelopes: readonly Situation[] = [
  answer(
    "MAIL",
    "530 5.7.57 Client not authenticated to send mail. [AM0PR01CA0001.eurprd01.prod.exchangelabs.com]",
    lasting("smtp-not-authenticated", "Sign in"),
  ),
  answer("MAIL", "553 5.7.1 That is not your address.", lasting("smtp-send-as-denied", "right to send as")),
  answer("MAIL", "501 5.1.7 That is no address.", lasting("smtp-sender-refused", "emailAddress")),
  answer(
    "MAIL",
    "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending for more information.",
    temporary("smtp-too-many-connections", "maxConcurrentTests"),
  ),
  answer(
    "MAIL",
    "452 4.4.5 Insufficient disk space; try again later",
    temporary("smtp-temporary-failure", "Try again"),
  ),
  answer("RCPT", "550 5.7.1 Unable to relay", lasting("smtp-relay-denied", "relay")),
  answer(
    "RCPT",
    "550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
    lasting("smtp-relay-denied", "the server's own domains"),
  ),
  answer("RCPT", "550 5.1.1 User unknown", lasting("smtp-unknown-recipient", "emailAddress")),
  answer("RCPT", "552 5.2.2 Quota exceeded", lasting("smtp-mailbox-full", "Free space")),
  answer("RCPT", "450 4.2.1 The mailbox gets too much mail.", temporary("smtp-temporary-failure", "Try again")),
  answer("RCPT", "452 4.5.3 Too many recipients", temporary("smtp-temporary-failure", "Try again")),
  answer("RCPT", "550 5.7.0 Not here.", lasting("smtp-recipient-refused", "rules")),
  answer("DATA", "554 5.5.1 No valid recipients", lasting("smtp-message-refused", "log")),
];

const submission = "STOREDRV.Submission.Exception:";
const messages: readonly Situation[] = [
  answer(
    "message",
    "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
    lasting("smtp-send-as-denied", "right to send as"),
  ),
  answer(
    "message",
    `554 5.2.252 SendAsDenied; app@contoso.com not allowed to send as sales@contoso.com; ${submission}SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception`,
    lasting("smtp-send-as-denied", "right to send as"),
  ),
  answer(
    "message",
    `554 5.2.0 ${submission}SendAsDeniedException.MapiExceptionSendAsDenied; Failed to process message due to a permanent exception with message Cannot submit message.`,
    lasting("smtp-send-as-denied", "right to send as"),
  ),
  answer(
    "message",
    `554 5.2.0 ${submission}SubmissionQuotaExceededException; Failed to process message due to a permanent exception`,
    temporary("smtp-submission-quota", "a day"),
  ),
  answer(
    "message",
    `430 4.2.0 STOREDRV; mailbox logon failure; ${submission}ConnectionFailedTransientException.MapiExceptionLogonFailed; Failed to process message due to a transient exception`,
    lasting("smtp-app-not-authorized", "service principal"),
  ),
  answer("message", "452 4.3.1 Out of memory", temporary("smtp-temporary-failure", "Try again")),
  answer("message", "554 5.7.1 Looks like spam.", lasting("smtp-message-refused", "filter")),
];

const greetings: readonly Situation[] = [
  answer("greeting", "421 4.7.0 come back tomorrow", temporary("smtp-temporary-failure", "Try again")),
  answer(
    "greeting",
    "421 Too many concurrent SMTP connections; please try again later.",
    temporary("smtp-too-many-connections", "maxConcurrentTests"),
  ),
  answer("greeting", "354 not what a greeting says", temporary("smtp-server-refused", "log")),
  answer("greeting", "554 5.7.1 No service for your network.", lasting("smtp-client-refused", "address")),
  {
    name: "EHLO and HELO: 554 5.7.1 No service for your network.",
    protocol: "smtp",
    start: speaking(() => {
      const script = smtpScript();
      return (line, peer) => {
        if (/^(EHLO|HELO) /.test(line)) peer.send("554 5.7.1 No service for your network.");
        else script(line, peer);
      };
    }),
    comesOut: { ...lasting("smtp-client-refused", "address"), says: "554 5.7.1 No service for your network." },
  },
];

export const smtpSituations: readonly Situation[] = [...signIns, ...tokens, ...envelopes, ...messages, ...greetings];
