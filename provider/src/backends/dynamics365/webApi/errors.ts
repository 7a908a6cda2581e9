import { ServerSideSyncError } from "../../../errors";
import { either, permanent, systemIs, transient, type Fault, type FaultRow } from "../../../testing/fault";
import { diagnosed } from "../../../testing/faultOf";
import { transportFaults } from "../../../testing/faults/transport";
import { ServerSaid } from "../../../testing/greeting";
import type { Budget } from "../../../transport/budget";
import { challengesIn } from "../../../transport/challenges";
import { DialogError } from "../../../transport/dialog";
import type { HttpResponse } from "../../../transport/http";
import type { SignedResponse } from "../../../transport/httpSignIn";
import { inDoubt, isInDoubt } from "../../../transport/inDoubt";
import type { Redactor } from "../../../transport/redaction";
import { retryAfterMs, tryAgain } from "../../../transport/retryAfter";
import { hexadecimalOf, knownCodes } from "./errorCodes";

const statusIs =
  (from: number, to = from) =>
  (fault: Fault) =>
    fault.replyCode !== undefined && fault.replyCode >= from && fault.replyCode <= to;

const network = "Check the url of the Organization, and that this network lets the machine connect to it.";
const trust =
  "Add the authority's certificate with caCertificates of the Organization, or repair the chain that the server sends.";
/** An organization is not declared as a mail server is. */
const transportRemedies: Readonly<Record<string, string>> = {
  "connection-refused": network,
  "host-not-found": "Check the url of the Organization for a typing error.",
  "host-unreachable": network,
  "connection-timeout": network,
  "tls-wrong-host-name": "Set the url of the Organization to a name in the certificate.",
  "tls-self-signed": trust,
  "tls-untrusted-certificate": trust,
  "tls-version-too-old": "Turn on TLS 1.2 or 1.3 on the Dynamics server.",
  "tls-on-plain-port": "Check the port in the url of the Organization: it must be that of https.",
  "tls-handshake-failed": "Check the TLS versions and ciphers of the Dynamics server, and any middlebox in between.",
  "wrong-protocol": "Check the port in the url of the Organization.",
  "answer-too-large": "Look for a proxy or a sign-in page in between, and report it if there is none.",
  "connection-reset": "Try again; if it stays, look into the log of the Dynamics server and of a proxy in between.",
};

const isNot = "Check that url is the address of the organization, and look for a proxy or a sign-in page in between.";

/** Faults that have no code of the platform, most telling first. */
const answerFaults: readonly FaultRow[] = [
  permanent(
    "dynamics-channel-binding",
    "shows a certificate to which NTLM cannot be bound for",
    "Give the server a certificate with an RSA or ECDSA signature over SHA-256, SHA-384 or SHA-512.",
    systemIs("CHANNEL_BINDING_UNKNOWN"),
  ),
  permanent(
    "dynamics-ntlm-failed",
    "answered NTLM with something that cannot be read for",
    "Look for a proxy in between.",
    systemIs("NTLM_CHALLENGE_MALFORMED"),
  ),
  permanent(
    "dynamics-sign-in-not-offered",
    "offers no sign-in with Windows to",
    'An organization that offers only Bearer uses claims (IFD): set auth to "adfs". Otherwise turn on Windows authentication for it in IIS.',
    systemIs("SIGN_IN_NOT_OFFERED"),
  ),
  permanent(
    "dynamics-not-odata",
    "answered with something other than the Web API to",
    isNot,
    systemIs("NOT_ODATA", "BAD_ENCODING", "PROTOCOL_SWITCHED"),
  ),
  permanent(
    "dynamics-foreign-link",
    "sends to another address for the rest of a list",
    "Nothing was asked there. Set url to the address under which the organization knows itself.",
    systemIs("FOREIGN_LINK"),
  ),
  permanent(
    "dynamics-too-many-records",
    "has more records than are read for",
    "Narrow the question, for example by a profile.",
    systemIs("TOO_MANY_RECORDS"),
  ),
  permanent(
    "dynamics-token-refused",
    "refused the access token of",
    "Check that the token is for this organization (scope: its URL and /.default), of the right tenant, and has not expired.",
    (fault) => fault.oauth === true && statusIs(401)(fault),
  ),
  permanent(
    "dynamics-authentication-failed",
    "refused the sign-in of",
    "Check user name and password, and whether the account is locked. A server with Extended Protection answers the same where a proxy opens TLS in between.",
    statusIs(401),
  ),
  permanent(
    "dynamics-redirected",
    "sends elsewhere the request of",
    'Where it leads to a sign-in page, the organization uses claims (IFD): set auth to "adfs". Otherwise set url to the new address.',
    statusIs(300, 399),
  ),
  permanent(
    "dynamics-forbidden",
    "denies this to",
    "Check that the account is an enabled user of the organization with a security role; online, an app needs an application user.",
    statusIs(403),
  ),
  permanent(
    "dynamics-not-available",
    "has no such table, column or function for",
    "Its version does not have it yet, or not any more: update the organization, or leave out what the message names.",
    (fault) => fault.responseCode !== undefined && statusIs(404)(fault),
  ),
  permanent(
    "dynamics-not-found",
    "has no such resource for",
    "Check that url names the organization, on-premises with its path, https://SERVER/ORGANIZATION, and that its version is 9 or later.",
    statusIs(404),
  ),
  permanent(
    "dynamics-precondition-failed",
    "finds the record in another state than was expected by",
    "Run pulumi refresh, look at the difference, and run pulumi up again.",
    statusIs(412),
  ),
  transient(
    "dynamics-throttled",
    "asks for fewer requests from",
    "Wait as long as the answer says, and run the same again; other programs of this account count, too.",
    statusIs(429),
  ),
  transient(
    "dynamics-unavailable",
    "is temporarily unable to answer the request of",
    "Try again later: the organization may be in maintenance, or its server restarting.",
    statusIs(502, 504),
  ),
  transient(
    "dynamics-server-error",
    "met an error of its own for",
    "Try again; if it stays, look into the trace of the Dynamics server.",
    either(statusIs(500), statusIs(505, 599)),
  ),
  permanent(
    "dynamics-request-refused",
    "refused the request of",
    "The message says why; report it if the declaration looks right.",
    either(statusIs(400, 499), statusIs(501)),
  ),
];

let rows: readonly FaultRow[] | undefined;

/** Every fault of an organization. */
export function dynamicsFaults(): readonly FaultRow[] {
  rows ??= [
    ...transportFaults.map((row) => ({ ...row, remedy: transportRemedies[row.code] ?? row.remedy })),
    ...[...knownCodes()].map(([hexadecimal, { code, name, transient: passing, verdict, remedy }]) => {
      const row = {
        code,
        verdict: code.startsWith("dynamics-") || name === undefined ? verdict : `${verdict} (${name})`,
      };
      return { ...row, transient: passing, remedy, matches: ({ responseCode }: Fault) => responseCode === hexadecimal };
    }),
    ...answerFaults,
  ];
  return rows;
}

/** What an answer that is none says. */
export function refusalIn(response: Omit<SignedResponse, "socket">): ServerSaid | DialogError {
  const { status, headers } = response;
  const waitMs = retryAfterMs(headers["retry-after"]?.[0]);
  if (status === 401 && !response.presented)
    return new DialogError("SIGN_IN_NOT_OFFERED", `HTTP 401 (offered: ${offersIn(response)})`);
  const { code, message } = errorIn(response.body);
  const responseCode = code === undefined ? undefined : hexadecimalOf(code);
  const words = message === undefined ? "" : `: ${message}`;
  const text = `HTTP ${status}${targetOf(response)}${tryAgain(waitMs)}${code === undefined ? "" : `, ${code}`}${words}`;
  return new ServerSaid(text, { replyCode: status, responseCode, waitMs });
}

/** `{"error":{"code":"0x...","message":"..."}}`; a code may be empty, and older servers put the message alone. */
export function errorIn(body: string): { code: string | undefined; message: string | undefined } {
  let answer: unknown;
  try {
    answer = JSON.parse(body);
  } catch {
    return { code: undefined, message: undefined };
  }
  const { error, Message: old } = fieldsOf(answer);
  const { code, message } = fieldsOf(error);
  return { code: textIn(code), message: textIn(message) ?? textIn(old) };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function offersIn({ headers }: Pick<HttpResponse, "headers">): string {
  const schemes = challengesIn(headers["www-authenticate"]).map(({ scheme }) => scheme);
  return schemes.length === 0 ? "nothing" : schemes.join(", ");
}

/** Without its query, which may hold what nobody is to read. */
function targetOf({ status, headers }: Pick<HttpResponse, "status" | "headers">): string {
  const location = headers.location?.[0];
  if (status < 300 || status > 399 || location === undefined) return "";
  return ` to ${location.replace(/[?#].*$/s, "")}`;
}

export interface Asked {
  endpoint: { host: string; port: number; caCertificates: string | undefined };
  who: { name: string; redact: Redactor };
  usesToken: boolean;
  /** `PATCH mailboxes(...)`. */
  doing: string;
}

/** The error that the user reads. What may have been done although nobody said so stays marked. */
export async function explained(
  thrown: unknown,
  { endpoint, who, usesToken, doing }: Asked,
  budget: Budget,
): Promise<ServerSideSyncError> {
  const { host, port, caCertificates } = endpoint;
  const peer = { protocol: "dynamics", host, port, security: "tls" } as const;
  const context = {
    endpoint: caCertificates === undefined ? peer : { ...peer, caCertificates },
    app: who,
    doing,
    rows: usesToken ? tokenRows() : dynamicsFaults(),
    answered: thrown instanceof ServerSaid,
  };
  const error = await diagnosed(thrown, "mailbox", context, budget);
  const told = error.code === "test-timeout" ? outOfTime(error, doing) : error;
  return isInDoubt(thrown) ? inDoubt(told) : told;
}

/** An answer to a token: 401 means the token. */
function tokenRows(): readonly FaultRow[] {
  return dynamicsFaults().map((row) =>
    row.code === "dynamics-token-refused" ? { ...row, matches: statusIs(401) } : row,
  );
}

function outOfTime({ summary }: ServerSideSyncError, doing: string): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "dynamics-timeout",
    summary: `${summary.replace(/\.$/, "")} (${doing}).`,
    remedy: "Look at the Dynamics server and the network in between; a binding waits longer with test.timeoutSeconds.",
    transient: true,
  });
}
