import { Dialog, DialogError } from "../transport/dialog";
import type { Budget } from "../transport/budget";
import type { Endpoint } from "./types";

/** A reply of an SMTP server: all its lines. */
export interface SmtpReply {
  code: number;
  text: string;
}

/** Opens a dialog up to the greeting of the right protocol, with TLS as declared. */
export async function greet(endpoint: Endpoint, budget: Budget): Promise<Dialog> {
  const dialog = await Dialog.open(endpoint, endpoint.security === "tls", budget);
  try {
    await (endpoint.protocol === "imap" ? greetImap(dialog, endpoint) : greetSmtp(dialog, endpoint));
    return dialog;
  } catch (error) {
    dialog.close();
    throw error;
  }
}

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
  const lines: string[] = [];
  for (;;) {
    const line = await dialog.line();
    if (!/^\d{3}([ -]|$)/.test(line)) throw wrongProtocol(line);
    lines.push(line);
    if (line[3] !== "-") return { code: Number(line.slice(0, 3)), text: lines.join("\n") };
  }
}

async function imapCommand(dialog: Dialog, tag: string, command: string): Promise<{ status: string; text: string }> {
  dialog.write(`${tag} ${command}`);
  const lines: string[] = [];
  for (;;) {
    const line = await dialog.line();
    lines.push(line);
    if (line.startsWith(`${tag} `)) return { status: line, text: lines.join("\n") };
  }
}

/** A refusal in the server's own words. */
export class ServerSaid extends Error {
  constructor(
    message: string,
    readonly replyCode?: number,
  ) {
    super(message);
  }
}

function serverSaid(text: string, code?: number): ServerSaid {
  return new ServerSaid(text, code);
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
