import { ServerSideSyncError } from "../errors";
import { Dialog, DialogError } from "../transport/dialog";
import type { Budget } from "../transport/budget";
import type { Endpoint } from "./types";

/** A server that has not greeted by then is not going to, or waits for TLS. */
const greetingMs = 10_000;

/**
 * How long a server may take to greet. Half of a short budget stays: silence on a port that waits for TLS has a remedy
 * of its own, which the end of the budget could not name.
 */
export function greetingTimeout(budget: Budget): number {
  return Math.max(1, Math.min(greetingMs, Math.ceil(budget.remaining() / 2)));
}

/** A reply of an SMTP server: all its lines. */
export interface SmtpReply {
  code: number;
  text: string;
}

/** Opens a dialog up to the greeting of the right protocol, with TLS as declared. */
export async function greet(endpoint: Endpoint, budget: Budget): Promise<Dialog> {
  const dialog = await Dialog.open(endpoint, endpoint.security === "tls", budget);
  try {
    if (endpoint.protocol === "ews") return dialog;
    await firstWords(dialog, budget);
    await greetings[endpoint.protocol](dialog, endpoint);
    return dialog;
  } catch (error) {
    dialog.close();
    throw error;
  }
}

async function firstWords(dialog: Dialog, budget: Budget): Promise<void> {
  try {
    await dialog.heard(budget.slice(greetingTimeout(budget)));
  } catch (error) {
    if (!(error instanceof ServerSideSyncError)) throw error;
    throw new DialogError("GREETING_TIMEOUT", "the server did not greet");
  }
}

/** EWS has no greeting: see reach.ts. */
const greetings: Record<Exclude<Endpoint["protocol"], "ews">, (dialog: Dialog, endpoint: Endpoint) => Promise<void>> = {
  imap: greetImap,
  pop3: greetPop3,
  smtp: greetSmtp,
};

async function greetImap(dialog: Dialog, endpoint: Endpoint): Promise<void> {
  const greeting = await dialog.line();
  if (/^\* BYE\b/i.test(greeting)) throw serverSaid(greeting);
  if (!/^\* (OK|PREAUTH)\b/i.test(greeting)) throw wrongProtocol(greeting);
  if (endpoint.security !== "starttls") return;
  if (!/\bSTARTTLS\b/i.test((await imapCommand(dialog, "a1", "CAPABILITY")).text)) throw missingStartTls();
  const answer = await imapCommand(dialog, "a2", "STARTTLS");
  if (!/^a2 OK\b/i.test(answer.status)) throw new DialogError("STARTTLS_FAILED", answer.status);
  await dialog.startTls();
}

async function greetPop3(dialog: Dialog, endpoint: Endpoint): Promise<void> {
  const greeting = await pop3Answer(dialog);
  if (!greeting.startsWith("+OK")) throw serverSaid(greeting);
  if (endpoint.security !== "starttls") return;
  const offered = await pop3Capabilities(dialog);
  if (offered !== undefined && !offered.has("STLS")) throw missingStartTls();
  dialog.write("STLS");
  const answer = await pop3Answer(dialog);
  if (!answer.startsWith("+OK"))
    throw offered === undefined ? missingStartTls() : new DialogError("STARTTLS_FAILED", answer);
  await dialog.startTls();
}

/** The first line of an answer: `+OK ...`, `-ERR ...`, or `+ ...` within a sign-in (RFC 1939, RFC 5034). */
export async function pop3Answer(dialog: Dialog): Promise<string> {
  const line = await dialog.line();
  if (!/^(\+|-ERR)/.test(line)) throw wrongProtocol(line);
  return line;
}

/** What the server can do, each with its arguments; undefined where it does not know CAPA (RFC 2449). */
export async function pop3Capabilities(dialog: Dialog): Promise<ReadonlyMap<string, readonly string[]> | undefined> {
  dialog.write("CAPA");
  if (!(await pop3Answer(dialog)).startsWith("+OK")) return undefined;
  const capabilities = new Map<string, readonly string[]>();
  for (let line = await dialog.line(); line !== "."; line = await dialog.line()) {
    const [name = "", ...values] = line.toUpperCase().split(/\s+/);
    if (capabilities.size >= mostCapabilities) throw wrongProtocol("a list of capabilities without end");
    capabilities.set(name, values);
  }
  return capabilities;
}
const mostCapabilities = 100;

async function greetSmtp(dialog: Dialog, endpoint: Endpoint): Promise<void> {
  const greeting = await smtpReply(dialog);
  if (greeting.code !== 220) throw serverSaid(greeting.text, greeting.code);
  const extensions = await ehlo(dialog);
  if (endpoint.security !== "starttls") return;
  if (!/^250[ -]STARTTLS\b/im.test(extensions)) throw missingStartTls();
  dialog.write("STARTTLS");
  const answer = await smtpReply(dialog);
  if (answer.code !== 220) throw new DialogError("STARTTLS_FAILED", answer.text);
  await dialog.startTls();
}

/** Introduces us; what the server offered before TLS does not count after it (RFC 3207, section 4.2). */
export async function ehlo(dialog: Dialog): Promise<string> {
  dialog.write("EHLO [127.0.0.1]");
  const reply = await smtpReply(dialog);
  if (reply.code !== 250) throw serverSaid(reply.text, reply.code);
  return reply.text;
}

export async function smtpReply(dialog: Dialog): Promise<SmtpReply> {
  const lines = await linesUntil(dialog, (line) => {
    if (!/^\d{3}([ -]|$)/.test(line)) throw wrongProtocol(line);
    return line[3] !== "-";
  });
  return { code: Number(lines.at(-1)?.slice(0, 3)), text: lines.join("\n") };
}

async function imapCommand(dialog: Dialog, tag: string, command: string): Promise<{ status: string; text: string }> {
  dialog.write(`${tag} ${command}`);
  const lines = await linesUntil(dialog, (line) => line.startsWith(`${tag} `));
  return { status: lines.at(-1) ?? "", text: lines.join("\n") };
}

/** A reply with its last line. */
async function linesUntil(dialog: Dialog, isLast: (line: string) => boolean): Promise<string[]> {
  const lines: string[] = [];
  while (lines.length < mostLines) {
    const line = await dialog.line();
    lines.push(line);
    if (isLast(line)) return lines;
  }
  throw new DialogError("ANSWER_TOO_LARGE", `a reply of more than ${mostLines} lines`);
}
/** Of a reply to a greeting or a sign-in. */
const mostLines = 1000;

/** A refusal in the server's own words. */
export class ServerSaid extends Error {
  constructor(
    message: string,
    /** The status or reply code, the response code, and the wait that the server asks for, where it says so apart from its words. */
    readonly code: {
      replyCode?: number | undefined;
      responseCode?: string | undefined;
      waitMs?: number | undefined;
    } = {},
  ) {
    super(message);
  }
}

function serverSaid(text: string, replyCode?: number): ServerSaid {
  return new ServerSaid(text, { replyCode });
}

function missingStartTls(): DialogError {
  return new DialogError("STARTTLS_MISSING", "STARTTLS is not among what the server offers");
}

function wrongProtocol(line: string): DialogError {
  return new DialogError("WRONG_PROTOCOL", namedBanner(line));
}

/** A banner with the name of its protocol in front, where it is a well-known one. */
export function namedBanner(line: string): string {
  const names: [RegExp, string][] = [
    [/^\+OK|^-ERR/, "POP3"],
    [/^\* (OK|BYE|PREAUTH)/i, "IMAP"],
    [/^220[ -]/, "SMTP"],
    [/^HTTP\//, "HTTP"],
    [/^SSH-/, "SSH"],
  ];
  const name = names.find(([pattern]) => pattern.test(line))?.[1];
  return name === undefined ? line : `${name}: ${line}`;
}
