import { ServerSideSyncError } from "../errors";
import type { Budget } from "../transport/budget";
import { peerCertificate, DialogError } from "../transport/dialog";
import { proxyFor } from "../transport/proxy";
import { describeCertificate } from "../transport/tls";
import { diagnose } from "./diagnosis";
import type { Fault, FaultContext, Phase } from "./fault";
import { namedBanner, ServerSaid } from "./greeting";
import { concernsEverybody, serverName, withVerdict, type ServerVerdict } from "./serverFault";

/** What imapflow, nodemailer and Node put on their errors. Nothing here is promised to be there. */
interface LibraryError {
  message?: unknown;
  code?: unknown;
  originalCode?: unknown;
  reason?: unknown;
  responseCode?: unknown;
  response?: unknown;
  command?: unknown;
  responseText?: unknown;
  serverResponseCode?: unknown;
  authenticationFailed?: unknown;
  tlsFailed?: unknown;
}

const certificateQuestionMs = 3000;
const certificateCodes = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(VERIFY|GET_ISSUER)|ERR_TLS_CERT_ALTNAME_INVALID)/;

/** Turns whatever was thrown while talking to a mail server into a diagnosed error, with what it tells of the server. */
export async function diagnosed(
  thrown: unknown,
  phase: Phase,
  context: FaultContext,
  budget: Budget,
): Promise<ServerSideSyncError> {
  const diagnosis = await diagnosisOf(thrown, phase, context, budget);
  return withVerdict(diagnosis, verdictOn(diagnosis, phase, context));
}

/** What happens before anybody was named cannot be the fault of one mailbox. */
function verdictOn(error: ServerSideSyncError, phase: Phase, context: FaultContext): ServerVerdict | undefined {
  const server = serverName(context.endpoint);
  if (context.answered ?? phase !== "connect") return { server, says: "heard" };
  return concernsEverybody(error) ? { server, says: "down" } : undefined;
}

async function diagnosisOf(
  thrown: unknown,
  phase: Phase,
  context: FaultContext,
  budget: Budget,
): Promise<ServerSideSyncError> {
  if (thrown instanceof ServerSideSyncError) return located(thrown, context);
  const fault = faultOf(thrown, phase, context);
  if (
    fault.systemCode !== undefined &&
    certificateCodes.test(fault.systemCode) &&
    context.endpoint.security === "tls" &&
    !isBehindProxy(context)
  ) {
    const certificate = await peerCertificate(context.endpoint, budget.slice(certificateQuestionMs));
    fault.detail = describeCertificate(certificate) || undefined;
  }
  return diagnose(fault, context);
}

/** Nothing connects to it past the proxy, not even to ask for a certificate. */
function isBehindProxy({ endpoint: { protocol, host, port } }: FaultContext): boolean {
  if (protocol !== "ews" && protocol !== "oauth" && protocol !== "dynamics") return false;
  return proxyFor(new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`)) !== undefined;
}

/** A budget's timeout says what was waited for; the user also needs to know where. */
function located(error: ServerSideSyncError, context: FaultContext): ServerSideSyncError {
  const { host, port } = context.endpoint;
  if (error.code !== "test-timeout" || error.summary.includes(`${host}:${port}`)) return error;
  const { code, remedy, transient } = error;
  return new ServerSideSyncError({ code, remedy, transient, summary: `${host}:${port}: ${error.summary}` });
}

export function faultOf(thrown: unknown, phase: Phase, { endpoint, signIn }: FaultContext): Fault {
  const error = (typeof thrown === "object" && thrown !== null ? thrown : { message: String(thrown) }) as LibraryError;
  const { protocol, host } = endpoint;
  if (thrown instanceof ServerSaid) {
    const oauth = signIn?.type === "access-token";
    return { protocol, host, phase, ...thrown.code, text: thrown.message, fromServer: true, oauth };
  }
  const base = {
    protocol,
    host,
    phase: phaseOf(error, phase),
    systemCode: systemCodeOf(error),
    replyCode: number(error.responseCode),
  };
  const words = serverWords(error);
  return {
    ...base,
    responseCode: text(error.serverResponseCode)?.toUpperCase(),
    text: words ?? withoutOpenSslFrame(text(error.message) ?? "no reason given"),
    fromServer: words !== undefined,
    oauth: signIn?.type === "access-token",
  };
}

/** nodemailer wraps the code of the operating system; imapflow names a missing STARTTLS only by a flag. */
function systemCodeOf(error: LibraryError): string | undefined {
  if (error instanceof DialogError) return error.code;
  if (error.tlsFailed === true && text(error.code) === undefined) return "STARTTLS_MISSING";
  const code = text(error.originalCode) ?? text(error.code);
  // A greeting that is a refusal in the right protocol: its words decide, not that the library expected others.
  if (code === "EPROTOCOL" && number(error.responseCode) !== undefined) return undefined;
  if (code?.startsWith("ClosedAfterConnect") === true && text(error.reason) !== undefined) return undefined;
  // nodemailer has one code for all that did not come.
  if (code === "ETIMEDOUT" && text(error.message) === "Greeting never received") return "GREETING_TIMEOUT";
  if (code === "ETLS") return isUnknownCommand(error) ? "STARTTLS_MISSING" : "STARTTLS_FAILED";
  return code === "EAUTH" || code === "EENVELOPE" || code === "EMESSAGE" || code === "ESOCKET" ? undefined : code;
}

/** What SMTP servers answer to a STARTTLS that they do not have: nodemailer sends it unasked (RFC 5321, section 4.2.4). */
function isUnknownCommand({ responseCode }: LibraryError): boolean {
  return responseCode === 500 || responseCode === 502;
}

function phaseOf(error: LibraryError, phase: Phase): Phase {
  if (error.authenticationFailed === true || error.code === "AUTH_NOT_OFFERED") return "sign-in";
  const command = text(error.command);
  if (command === undefined) return phase;
  if (command.startsWith("AUTH")) return "sign-in";
  if (command.startsWith("MAIL FROM")) return "sender";
  if (command.startsWith("RCPT TO")) return "recipient";
  return command === "DATA" ? "message" : phase;
}

function serverWords(error: LibraryError): string | undefined {
  const response = text(error.response);
  if (error.code === "EPROTOCOL" && response !== undefined) return namedBanner(response);
  const responseText = text(error.responseText);
  const code = text(error.serverResponseCode);
  if (responseText !== undefined) return code === undefined ? responseText : `[${code}] ${responseText}`;
  if (response !== undefined) return response;
  // A BYE, in the place of a greeting or later.
  return /^(ClosedAfterConnect|NoConnection$)/.test(text(error.code) ?? "") ? text(error.reason) : undefined;
}

/** OpenSSL wraps its reason in a thread id, an error number and a place in its sources. */
function withoutOpenSslFrame(message: string): string {
  return /[0-9A-F]+:error:[0-9A-F]+:([^:]*):[^:]*:([^:]*):/.exec(message)?.slice(1, 3).join(": ") ?? message;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
