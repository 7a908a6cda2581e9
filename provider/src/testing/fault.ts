import type { Redactor } from "../transport/redaction";
import type { Endpoint, SignIn } from "./types";

/** Mail protocols, `oauth` for the token endpoints, and `dynamics` for the organization, which brings rows of its own. */
export type FaultProtocol = Endpoint["protocol"] | "oauth" | "dynamics";
export type Phase = "connect" | "sign-in" | "mailbox" | "removal" | "sender" | "recipient" | "message";

/** What is known of a fault, taken from whatever a library threw or a server said. */
export interface Fault {
  protocol: FaultProtocol;
  /** Host of the server. */
  host: string;
  phase: Phase;
  /** Code of the operating system, of TLS or of the library: ECONNREFUSED, CERT_HAS_EXPIRED, ETIMEDOUT, ... */
  systemCode?: string;
  /** SMTP reply code (RFC 5321). */
  replyCode?: number | undefined;
  /** Response code of IMAP (RFC 3501, RFC 5530) or POP3 (RFC 2449) without brackets, upper case. */
  responseCode?: string | undefined;
  /** The server's own words, or what the library says in their absence. */
  text: string;
  /** Whether `text` comes from the server. */
  fromServer: boolean;
  /** Milliseconds that the server asks to wait. */
  waitMs?: number | undefined;
  /** True where an access token was refused. */
  oauth?: boolean;
  /** Something to add, such as a description of the certificate. */
  detail?: string;
}

/** One row of the fault catalogue: the first row that matches decides. */
export interface FaultRow {
  code: string;
  transient: boolean;
  /** What it means, one clause after "HOST:PORT (security)": `refused user X`, `is not reachable`. */
  verdict: string;
  remedy: string;
  matches: (fault: Fault) => boolean;
}

/** Where the fault happened and as whom, for the message. */
export interface FaultContext {
  endpoint: Omit<Endpoint, "protocol"> & { protocol: FaultProtocol };
  signIn?: SignIn;
  /** The mailbox that was to be opened, where its address need not be the account's name. */
  mailbox?: string;
  /** Who it was, where there is no sign-in yet, and what hides its secrets. */
  app?: { name: string; redact: Redactor };
  /** What was asked of the server, where it is more than one thing. */
  doing?: string;
  /** Rows that stand for those of the protocol. */
  rows?: readonly FaultRow[];
  /** Whether the server had answered anything by then, where the phase does not tell. */
  answered?: boolean;
}

/** True where any of the matchers is. */
export const either =
  (...matchers: readonly ((fault: Fault) => boolean)[]) =>
  (fault: Fault) =>
    matchers.some((matches) => matches(fault));

export const textIs = (pattern: RegExp) => (fault: Fault) => pattern.test(fault.text);
export const systemIs =
  (...codes: readonly string[]) =>
  (fault: Fault) =>
    fault.systemCode !== undefined && codes.includes(fault.systemCode);

const row =
  (transient: boolean) =>
  (code: string, verdict: string, remedy: string, matches: FaultRow["matches"]): FaultRow => ({
    code,
    transient,
    verdict,
    remedy,
    matches,
  });
/** A row whose fault stays until somebody changes something. */
export const permanent = row(false);
/** A row whose fault may pass by itself. */
export const transient = row(true);
