import { oneLine, ServerSideSyncError } from "../errors";
import { createRedactor, type Redactor } from "../transport/redaction";
import type { Fault, FaultContext, FaultProtocol, FaultRow } from "./fault";
import { ewsFaults } from "./faults/ews";
import { imapFaults } from "./faults/imap";
import { oauthFaults } from "./faults/oauth";
import { pop3Faults } from "./faults/pop3";
import { smtpFaults } from "./faults/smtp";
import { transportFaults } from "./faults/transport";
import type { Endpoint, SignIn } from "./types";

/** The fault catalogue: every code that a fault of a mail server or a token endpoint can become, with its remedy. The first row that matches decides. */
export const faultCatalogue: Readonly<Record<Exclude<FaultProtocol, "dynamics">, readonly FaultRow[]>> = {
  ews: [...transportFaults, ...ewsFaults],
  imap: [...transportFaults, ...imapFaults],
  oauth: oauthFaults,
  pop3: [...transportFaults, ...pop3Faults],
  smtp: [...transportFaults, ...smtpFaults],
};

const longestQuote = 300;

/** Turns a fault into the error that the user reads: where, what was tried as whom, the server's words, what to do. */
export function diagnose(fault: Fault, context: FaultContext): ServerSideSyncError {
  const rows = context.rows ?? (fault.protocol === "dynamics" ? [] : faultCatalogue[fault.protocol]);
  const row = rows.find((candidate) => candidate.matches(fault)) ?? unknownFault(fault);
  const redact = context.app?.redact ?? redactorFor(context.signIn);
  const name = context.app?.name ?? (context.signIn === undefined ? undefined : describeUser(context.signIn, context));
  const who = needsUser(fault, row) && name !== undefined ? ` ${name}` : "";
  const told = fault.detail ?? context.doing;
  const detail = told === undefined ? "" : ` (${redact(oneLine(told))})`;
  const error = new ServerSideSyncError({
    code: row.code,
    summary: `${describeEndpoint(context.endpoint)} ${row.verdict}${who}${detail}: "${quote(fault.text, redact)}".`,
    remedy: row.remedy,
    transient: row.transient,
  });
  // The whole text counts, not what is quoted of it.
  const wait = fault.waitMs ?? namedWait(fault.text);
  return wait === undefined ? error : Object.assign(error, { waitMs: wait });
}

/** Milliseconds that the server asked to wait before the next attempt, where it did. */
export function waitOf(error: ServerSideSyncError): number | undefined {
  return "waitMs" in error && typeof error.waitMs === "number" ? error.waitMs : namedWait(error.summary);
}

/** `HOST:PORT (TLS)`, as every message names a mail server. */
export function describeEndpoint({ host, port, security }: Omit<Endpoint, "protocol">): string {
  const label = { tls: "TLS", starttls: "STARTTLS", none: "no TLS" }[security];
  return `${host.includes(":") ? `[${host}]` : host}:${port} (${label})`;
}

/** Milliseconds that the server asks to wait, where it names a time. */
export function namedWait(text: string): number | undefined {
  const backoff = /backoff time:?\s*(\d+)\s*milliseconds/i.exec(text);
  if (backoff?.[1] !== undefined) return Number(backoff[1]);
  const wait = /(?:again|retry|wait|come back)\D{0,24}?(\d+)\s*(s\b|sec|min)/i.exec(text);
  return wait === null ? undefined : Number(wait[1]) * (wait[2]?.toLowerCase() === "min" ? 60_000 : 1000);
}

export function redactorFor(signIn: SignIn | undefined): Redactor {
  if (signIn === undefined || signIn.type === "anonymous") return (text) => text;
  const secret = signIn.type === "password" ? signIn.password : signIn.accessToken;
  return createRedactor([secret], [signIn.username]);
}

function describeUser(signIn: SignIn, { mailbox }: Pick<FaultContext, "mailbox">): string {
  if (signIn.type === "anonymous") return "an anonymous sender";
  const user = `user ${signIn.username} (${signIn.type === "password" ? "password" : "access token"})`;
  const same = mailbox === undefined || mailbox.toLowerCase() === signIn.username.toLowerCase();
  return same ? user : `${user}, mailbox ${mailbox}`;
}

/** Transport faults stand before any user; only rows of the mail protocols end in one. */
function needsUser(fault: Fault, row: FaultRow): boolean {
  return row.code.startsWith(`${fault.protocol}-`) && fault.phase !== "connect";
}

function quote(text: string, redact: Redactor): string {
  const line = redact(oneLine(text)).replaceAll('"', "'");
  return line.length <= longestQuote ? line : `${line.slice(0, longestQuote)}...`;
}

function unknownFault(fault: Fault): FaultRow {
  return {
    code: `${fault.protocol}-failed`,
    transient: false,
    verdict: "failed for",
    remedy: "Look into the mail server's log; SERVER_SIDE_SYNC_LOG=debug prints what was exchanged, without secrets.",
    matches: () => true,
  };
}
