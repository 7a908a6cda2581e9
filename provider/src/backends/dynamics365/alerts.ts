import { oneLine } from "../../errors";
import { alertCauses, type AlertCause } from "./alertCauses";
import { alertLevels } from "./columns/optionSet";
import { isNever } from "./columns/sameValue";
import type { TestedName } from "./results";

/** A row of `tracelog` as it is read. */
export type TraceLog = Readonly<Record<string, unknown>>;

/** Columns of `tracelog` that an alert is read from. */
export const traceLogSelect: readonly string[] = [
  "text",
  "level",
  "tracestatus",
  "tracecode",
  "errortypedisplay",
  "errordetails",
  "createdon",
  "_regardingobjectid_value",
];

/** What an alert of Dynamics says, and what to do about it. Its message is not redacted yet. */
export interface Alert {
  code: string;
  message: string;
  remedy: string;
  transient: boolean;
  /** Undefined where it concerns the mailbox as a whole, or does not say. */
  direction?: TestedName;
}

/** Filter for the alerts of records since a moment of the server's clock. */
export function alertsFilter(ids: readonly string[], since: string): string {
  const regarding = ids.map((id) => `_regardingobjectid_value eq ${id}`).join(" or ");
  return `(${regarding}) and createdon ge ${since}`;
}

/** Errors and warnings since a moment, the newest first and each once. */
export function alertsSince(rows: readonly TraceLog[], since: string): Alert[] {
  const told = rows
    .filter((row) => isProblem(row) && instant(row) >= Date.parse(since))
    .sort((left, right) => instant(right) - instant(left))
    .map(alertOf);
  return told.filter(({ message }, index) => told.findIndex((other) => other.message === message) === index);
}

function isProblem({ level, tracestatus }: TraceLog): boolean {
  return alertLevels.nameOf(level) !== "information" && tracestatus !== 1;
}

/** A row without a date counts: it says less than it could, but it is there. */
function instant({ createdon }: TraceLog): number {
  return typeof createdon !== "string" || isNever(createdon) ? Number.POSITIVE_INFINITY : Date.parse(createdon);
}

/** One row as an alert. */
export function alertOf(row: TraceLog): Alert {
  const said = [row.text, row.errortypedisplay, row.errordetails, row.tracecode].map((part) =>
    typeof part === "string" || typeof part === "number" ? readable(String(part)) : "",
  );
  const [text = "", type = "", details = ""] = said;
  const whole = said.join(" ");
  const cause = alertCauses.find(({ says }) => says.test(whole));
  const quote = bounded(text === "" ? [type, details].filter((part) => part !== "").join(": ") : text, longestQuote);
  const direction = cause?.direction ?? directionOf(`${text} ${type}`);
  return {
    code: cause?.code ?? "dynamics-alert",
    message: `${(cause ?? unknownCause).cause}${quote === "" ? "" : ` Dynamics says: "${quote.replaceAll('"', "'")}".`}`,
    remedy: (cause ?? unknownCause).remedy,
    transient: cause?.transient ?? false,
    ...(direction === undefined ? {} : { direction }),
  };
}

const unknownCause: Pick<AlertCause, "cause" | "remedy"> = {
  cause: "Dynamics raised an alert.",
  remedy: "Look at the alerts of the mailbox and of its profile in Dynamics.",
};

/** Long enough for every documented text. */
const longestQuote = 400;
/** Nothing longer is looked at: a text has 2000 characters, its details 2048. */
const longestText = 4000;

/** Half a character is none that a state could hold. */
function wellFormed(text: string): string {
  return text.replace(/[\ud800-\udfff]/gu, "");
}

function bounded(text: string, maximum: number): string {
  return text.length <= maximum ? text : `${wellFormed(text.slice(0, maximum))}...`;
}

const incoming = /\bincoming\b|\breceiv|\bPOP3\b|\bIMAP\b/i;
const outgoing = /\boutgoing\b|\bsend|\bsent\b|\bSMTP server\b/i;
const appointments = /\bappointments?\b|\bcontacts\b|\btasks\b/i;

/** The direction that a text is about, where it is about one only. */
function directionOf(text: string): TestedName | undefined {
  const about: TestedName[] = [];
  if (incoming.test(text)) about.push("incomingEmail");
  if (outgoing.test(text)) about.push("outgoingEmail");
  if (appointments.test(text)) about.push("appointmentsContactsTasks");
  return about.length === 1 ? about[0] : undefined;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

/** What is replaced by what, until nothing is left to replace: every one makes the text shorter, so it ends. */
const steps: readonly [RegExp, (all: string, ...groups: (string | undefined)[]) => string][] = [
  [/&(amp|lt|gt|quot|apos|nbsp);/gi, (_all, name = "") => entities[name.toLowerCase()] ?? ""],
  [/&#(\d{1,7});/g, (_all, digits = "") => character(Number(digits))],
  [/<(style|script)\b[^>]*>[\s\S]*?<\/\1\s*>/gi, () => " "],
  [/<\/?[a-z][a-z0-9]*(?:\s[^<>]*)?\/?>|<!--[\s\S]*?-->/gi, () => " "],
  [
    /@\[\d+,\s*[{(]?[0-9a-f-]*[)}]?\s*(?:,\s*"([^"]*)"|,([^\]"]*))?\s*\]/gi,
    (_all, quoted, bare) => quoted ?? bare ?? "",
  ],
  // What is left of a token that the length of its column cut off.
  [/@\[\d[^\]]*\]?/g, () => ""],
];

/** Control characters are space, and half a character is nothing. */
function character(code: number): string {
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return "";
  return code <= 0x20 || (code >= 0x7f && code <= 0x9f) ? " " : String.fromCodePoint(code);
}

/** A text of Dynamics for people: tokens of records by their names, without HTML, on one line. */
export function readable(text: string): string {
  let before: string;
  let plain = oneLine(wellFormed(text.slice(0, longestText)));
  do {
    before = plain;
    for (const [pattern, replacement] of steps) plain = plain.replace(pattern, replacement);
  } while (plain.length < before.length);
  return oneLine(plain);
}
