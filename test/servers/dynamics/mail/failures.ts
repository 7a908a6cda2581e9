import type { TestOutcome } from "../tester";

/** A failure of which the cause is known. */
export class MailFailure extends Error {
  constructor(readonly outcome: TestOutcome) {
    super(outcome.details ?? outcome.text ?? "");
  }
}

const credentials =
  "The mailbox {mailbox} was not synchronized: its mail server's credentials are incorrect or have insufficient permissions.";

export const unauthorized = () =>
  new MailFailure({
    ok: false,
    permanent: true,
    code: "Http401",
    text: credentials,
    details: "Http server returned 401 Unauthorized exception.",
  });
export const forbidden = () =>
  new MailFailure({
    ok: false,
    permanent: true,
    code: "Http403",
    text: "The mailbox {mailbox} may not be reached by Exchange Web Services.",
    details: "Http server returned Forbidden exception.",
  });
export const refusedSignIn = (direction: "incoming" | "outgoing", words: string) =>
  new MailFailure({
    ok: false,
    permanent: true,
    code: direction === "outgoing" ? "OutgoingEmailAuthenticationError" : "IncomingEmailAuthenticationError",
    text: credentials,
    details: words,
  });
export const locationUnknown = () =>
  new MailFailure({
    ok: false,
    permanent: true,
    code: "8004503A",
    text: "The mailbox location could not be determined while {mailbox} was tested.",
  });
export const exchangeError = (code: string, words: string) =>
  new MailFailure({
    ok: false,
    permanent: true,
    code,
    text: exchangeTexts[code] ?? "The mailbox {mailbox} was not synchronized: Exchange refused the request.",
    details: words,
  });

const exchangeTexts: Readonly<Record<string, string>> = {
  ErrorImpersonateUserDenied: "The account does not have permission to impersonate the user of {mailbox}.",
  ErrorNonExistentMailbox: "The SMTP address of {mailbox} has no mailbox.",
};

/** What a connection came to that nobody explained: tried again, as dynamics.md 4.3 says of transient errors. */
export function outcomeOfError(error: unknown): TestOutcome {
  if (error instanceof MailFailure) return error.outcome;
  const { code = "", message = String(error) } = error as { code?: string; message?: string };
  // Libraries put codes of their own over the socket's.
  if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|EDNS/.test(`${code} ${message}`))
    return {
      ok: false,
      permanent: false,
      code: "InvalidIncomingEmailServerProfileConfiguration",
      text: "The mail server of {mailbox} could not be found. The system will try again later.",
      details: `Socket returned exception HostNotFound: ${message}`,
    };
  if (/ETIMEDOUT|ETIMEOUT|timed? ?out/i.test(`${code} ${message}`))
    return {
      ok: false,
      permanent: false,
      code: "MailboxAccessError",
      text: "A general mailbox access error occurred for {mailbox}. The system will try again later.",
      details: `Socket returned exception TimedOut: ${message}`,
    };
  return {
    ok: false,
    permanent: false,
    code: "MailboxAccessError",
    text: "A general mailbox access error occurred for {mailbox}. The system will try again later.",
    details: message.slice(0, 500),
  };
}
