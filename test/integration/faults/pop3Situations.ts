import { pop3Script, type Twist } from "../../servers/faultServer";
import { speaking, type Failure, type Situation } from "./situation";

const temporary = (code: string, remedy: string): Failure => ({ code, transient: true, remedy });
const lasting = (code: string, remedy: string): Failure => ({ code, transient: false, remedy });

function answer(at: string, line: string, comesOut: Failure): Situation {
  const does: Twist["does"] = (peer) => {
    peer.send(line);
  };
  return {
    name: `${at}: ${line}`,
    protocol: "pop3",
    start: speaking(() => pop3Script({ at, does })),
    comesOut: { says: line, ...comesOut },
  };
}

const check = "Check user name and password";

export const pop3Situations: readonly Situation[] = [
  answer("AUTH", "-ERR [AUTH] Authentication failed.", lasting("pop3-authentication-failed", check)),
  answer(
    "AUTH",
    "-ERR Logon failure: unknown user name or bad password.",
    lasting("pop3-authentication-failed", "access token"),
  ),
  answer(
    "AUTH",
    "-ERR Authentication failure: unknown user name or bad password.",
    lasting("pop3-authentication-failed", "access token"),
  ),
  answer("AUTH", "-ERR [SYS/TEMP] Temporary authentication failure", temporary("pop3-temporary-failure", "Try again")),
  answer("AUTH", "-ERR [SYS/PERM] POP is not enabled", lasting("pop3-not-enabled", "Turn on POP3")),
  answer(
    "AUTH",
    "-ERR [LOGIN-DELAY] minimum time between mail checks violated",
    temporary("pop3-login-delay", "Try again"),
  ),
  answer(
    "AUTH",
    "-ERR [IN-USE] Mailbox is locked by another POP3 session.",
    temporary("pop3-mailbox-in-use", "other mail programs"),
  ),
  answer("AUTH", "-ERR Basic authentication is disabled.", lasting("pop3-basic-authentication-disabled", "OAuth")),
  answer(
    "AUTH",
    "-ERR [AUTH] Application-specific password required",
    lasting("pop3-app-password-required", "app password"),
  ),
  {
    name: "passwords in no form",
    protocol: "pop3",
    start: speaking(() => pop3Script(undefined, ["UIDL", "SASL XOAUTH2"])),
    comesOut: lasting("pop3-auth-not-offered", "XOAUTH2"),
    beforeSignIn: true,
  },
  answer("AUTH", "-ERR Web login required.", lasting("pop3-web-login-required", "browser")),
  answer(
    "AUTH",
    "-ERR Plaintext authentication disallowed on non-secure connections.",
    lasting("pop3-sign-in-needs-tls", "starttls"),
  ),
  answer(
    "AUTH",
    "-ERR Too many simultaneous connections.",
    temporary("pop3-too-many-connections", "maxConcurrentTests"),
  ),
  answer("STAT", "-ERR no such maildrop", lasting("pop3-mailbox-not-available", "has a mailbox here")),
  answer("greeting", "-ERR come back tomorrow", temporary("pop3-server-refused", "log")),
];
