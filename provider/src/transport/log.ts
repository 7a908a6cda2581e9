import { format } from "node:util";
import { createRedactor, type Redactor } from "./redaction";

const levels = ["info", "debug", "trace"] as const;
/** `info`: one line an operation. `debug`: what was exchanged with the mail servers, too. `trace`: with bodies of HTTP. */
export type LogLevel = (typeof levels)[number];

/**
 * Writes one prefixed line to stderr where the environment variable `SERVER_SIDE_SYNC_LOG` asks for that level. The CLI
 * shows such lines as diagnostics of the stack; stdout belongs to the host's port line.
 */
export function log(level: LogLevel, subject: string, text: string): void {
  if (isLogged(level)) process.stderr.write(`[server-side-sync] ${maskLine(`${subject}: ${text}`)}\n`);
}

/** Says something on stderr that nobody has asked for and somebody should know: an operation has no other way to say it. */
export function tell(subject: string, text: string): void {
  process.stderr.write(`[server-side-sync] ${maskLine(`${subject}: ${text}`)}\n`);
}

const masked = new Set<string>();
let maskLine: Redactor = (text) => text;

/** From now on no line names these texts. Lines of several resources mix, so that what one keeps secret is masked in all. */
export function maskInLog(secrets: readonly string[]): void {
  const before = masked.size;
  for (const secret of secrets) masked.add(secret);
  if (masked.size > before) maskLine = createRedactor([...masked]);
}

function isLogged(level: LogLevel): boolean {
  const wanted = levels.indexOf((process.env.SERVER_SIDE_SYNC_LOG ?? "").toLowerCase() as LogLevel);
  return levels.indexOf(level) <= wanted;
}

type Write = (entry: unknown, ...rest: unknown[]) => void;

/** What imapflow and nodemailer log to; `false`, their word for silence, where nobody wants to read it. */
export function exchangeLogger(
  subject: string,
  redact: Redactor,
): false | Record<"trace" | "debug" | "info" | "warn" | "error" | "fatal", Write> {
  if (!isLogged("debug")) return false;
  const write: Write = (entry, ...rest) => {
    const text = rest.length > 0 ? format(...rest) : textOf(entry);
    for (const line of redact(text).split(/\r?\n/)) if (line !== "") log("debug", subject, line);
  };
  return { trace: write, debug: write, info: write, warn: write, error: write, fatal: write };
}

function textOf(entry: unknown): string {
  if (typeof entry !== "object" || entry === null) return String(entry);
  const { src, msg } = entry as { src?: unknown; msg?: unknown };
  const arrow = src === "s" ? "< " : src === "c" ? "> " : "";
  return typeof msg === "string" ? `${arrow}${msg}` : "";
}
