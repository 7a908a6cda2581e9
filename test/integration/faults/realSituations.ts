import type { SignIn } from "../../../provider/src/testing/types";
import type { MailLab } from "../../servers/mailLab";
import type { Failure } from "./situation";

/** One row of the matrix that real servers play themselves. */
export interface RealSituation {
  name: string;
  protocol: "imap" | "smtp";
  security?: "tls" | "starttls" | "none";
  emailAddress: string;
  signIn: (lab: MailLab) => SignIn;
  /** False: the lab's authority is not given to the test. */
  trusted?: false;
  comesOut: Failure;
}

const alice = "alice@lab.test";
const bob = "bob@lab.test";
const nobody = "nobody@lab.test";
const stranger = "sales@contoso.com";

const lasting = (code: string, remedy: string, says: string): Failure => ({ code, transient: false, remedy, says });
const own = (username: string) => (lab: MailLab) =>
  ({ type: "password", username, password: lab.users[username] ?? "" }) as const;
const wrong = (username: string) => () => ({ type: "password", username, password: "wr0ng-Passw0rd" }) as const;
const tokenOf =
  (username: string, flaw: Parameters<MailLab["accessToken"]>[1], of = username) =>
  (lab: MailLab) =>
    ({ type: "access-token", username, accessToken: lab.accessToken(of, flaw) }) as const;

const refusedByDovecot = "[AUTHENTICATIONFAILED]";
const refusedByPostfix = "535 5.7.8 Error: authentication failed";
const check = "Check user name and password";
const noPassword = lasting("imap-authentication-failed", check, refusedByDovecot);
const noSubmission = lasting("smtp-authentication-failed", check, refusedByPostfix);
const noToken = lasting("imap-token-refused", "new access token", refusedByDovecot);
const noSubmissionToken = lasting("smtp-token-refused", "new access token", refusedByPostfix);

function both(
  name: string,
  emailAddress: string,
  signIn: RealSituation["signIn"],
  imap: Failure,
  smtp: Failure,
): RealSituation[] {
  return [
    { name, protocol: "imap", emailAddress, signIn, comesOut: imap },
    { name, protocol: "smtp", emailAddress, signIn, comesOut: smtp },
  ];
}
const untrusted = lasting("tls-untrusted-certificate", "caCertificates", 'issued by "Lab Authority"');

/** Of servers that are as usual. */
export const usualSituations: readonly RealSituation[] = [
  ...both("a wrong password", alice, wrong(alice), noPassword, noSubmission),
  ...both("an unknown user", nobody, wrong(nobody), noPassword, noSubmission),
  ...both("an expired token", bob, tokenOf(bob, { expired: true }), noToken, noSubmissionToken),
  ...both("a forged token", bob, tokenOf(bob, { wrongKey: true }), noToken, noSubmissionToken),
  ...both("a token of another user", alice, tokenOf(alice, {}, bob), noToken, noSubmissionToken),
  ...both("an authority that is not trusted", alice, own(alice), untrusted, untrusted).map(
    (situation): RealSituation => ({ ...situation, trusted: false }),
  ),
  {
    name: "no TLS where the server wants it",
    protocol: "smtp",
    security: "none",
    emailAddress: alice,
    signIn: own(alice),
    comesOut: lasting("smtp-auth-not-offered", "587 with STARTTLS", "AUTH is not among"),
  },
  {
    name: "greylisting",
    protocol: "smtp",
    emailAddress: "grey@lab.test",
    signIn: own("grey@lab.test"),
    comesOut: {
      ...lasting("smtp-greylisted", "greylisting", "Greylisting in action, please try again later"),
      transient: true,
    },
  },
  {
    name: "a full mailbox",
    protocol: "smtp",
    emailAddress: "full@lab.test",
    signIn: own("full@lab.test"),
    comesOut: lasting("smtp-mailbox-full", "Free space", "552 5.2.2"),
  },
  {
    name: "an unknown recipient",
    protocol: "smtp",
    emailAddress: nobody,
    signIn: own(alice),
    comesOut: lasting("smtp-unknown-recipient", "emailAddress", "550 5.1.1"),
  },
  {
    name: "relaying without sign-in",
    protocol: "smtp",
    emailAddress: stranger,
    signIn: () => ({ type: "anonymous" }),
    comesOut: lasting("smtp-relay-denied", "Sign in", `554 5.7.1 <${stranger}>: Relay access denied`),
  },
];

/** Of servers that let little pass: see {@link limits}. */
export const limitedSituations: readonly RealSituation[] = [
  {
    name: "a message that is too large",
    protocol: "smtp",
    emailAddress: alice,
    signIn: own(alice),
    comesOut: lasting("smtp-message-too-large", "message size limit", "552 5.3.4"),
  },
  {
    name: "the sender address of somebody else",
    protocol: "smtp",
    emailAddress: alice,
    signIn: own(bob),
    comesOut: lasting("smtp-send-as-denied", "right to send as", "not owned by user bob@lab.test"),
  },
];
/** Of the same servers, while all the connections that they allow are taken. */
export const crowdedSituations: readonly RealSituation[] = [
  {
    name: "all connections taken",
    protocol: "imap",
    emailAddress: alice,
    signIn: own(alice),
    comesOut: {
      code: "imap-too-many-connections",
      transient: true,
      remedy: "maxConcurrentTests",
      says: "[LIMIT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=1)",
    },
  },
  {
    name: "all connections taken",
    protocol: "smtp",
    emailAddress: alice,
    signIn: own(alice),
    comesOut: {
      code: "smtp-too-many-connections",
      transient: true,
      remedy: "maxConcurrentTests",
      says: "Error: too many connections from 127.0.0.1",
    },
  },
];
export const limits = { largestMessage: 300, smtpConnections: 1, imapSessions: 1, ownSenderOnly: true };
