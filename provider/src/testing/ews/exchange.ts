import type { IXHRApi, IXHROptions } from "ews-javascript-api";
import { challengesIn } from "../../transport/challenges";
import { DialogError } from "../../transport/dialog";
import type { HttpRequest, HttpResponse } from "../../transport/http";
import { isInDoubt } from "../../transport/inDoubt";
import { log } from "../../transport/log";
import type { Redactor } from "../../transport/redaction";
import { retryAfterMs, tryAgain } from "../../transport/retryAfter";
import { ServerSaid } from "../greeting";
import { readEnvelope, readEwsError, readServerVersion } from "./soap";
import type { XmlElement } from "./xml";

/** An error of EWS comes with one of them. */
const mayBeSoap = [200, 500];
/** Of front ends that may have lost the answer to a request which was carried out. */
const gatewayStatuses = [502, 504];

/** What the library takes for a response. */
type Answer = Awaited<ReturnType<IXHRApi["xhr"]>>;

/**
 * HTTP for ews-javascript-api. Its own ignores timeouts and certificates, and loses what a server said; this one keeps
 * the last fault as it was, and hands the library only answers without one.
 */
export class EwsExchange implements IXHRApi {
  readonly apiName = "server-side-sync";
  /** Why the last call failed; undefined after one that succeeded. */
  fault: unknown;
  /** Whether the last call may have been carried out although it failed: an error of EWS itself says that it was not. */
  mayHaveBeenDone = false;
  /** What the server last said of itself. */
  serverVersion: string | undefined;
  /** Headers to be sent with every request, beside the library's own. */
  readonly headers: Record<string, string> = {};

  constructor(
    private readonly send: (request: HttpRequest) => Promise<HttpResponse>,
    private readonly subject: string,
    private readonly redact: Redactor,
  ) {}

  async xhr(options: IXHROptions): Promise<Answer> {
    this.fault = undefined;
    this.mayHaveBeenDone = false;
    const body = typeof options.data === "string" ? options.data : "";
    log("debug", this.subject, `> POST ${options.url} ${operationIn(body)}`);
    log("trace", this.subject, `> ${this.redact(body)}`);
    let response: HttpResponse;
    try {
      const headers = { accept: "text/xml", "content-type": "text/xml; charset=utf-8", ...this.headers };
      response = await this.send({ method: "POST", url: new URL(options.url), headers, body });
    } catch (error) {
      this.fault = error;
      this.mayHaveBeenDone = isInDoubt(error);
      throw new Refusal();
    }
    log("debug", this.subject, `< ${response.status}`);
    log("trace", this.subject, `< ${this.redact(response.body)}`);
    const envelope = mayBeSoap.includes(response.status) ? readEnvelope(response.body) : undefined;
    this.serverVersion = (envelope && readServerVersion(envelope)) ?? this.serverVersion;
    this.fault = faultOf(response, envelope);
    this.mayHaveBeenDone =
      gatewayStatuses.includes(response.status) || (response.status === 200 && envelope === undefined);
    if (this.fault !== undefined) throw new Refusal();
    return readable(response);
  }

  xhrStream(): Promise<Answer> {
    return Promise.reject(new Error("streams are not used"));
  }

  disconnect(): void {
    // The connection belongs to the session.
  }
}

function operationIn(body: string): string {
  return /Body>\s*<(?:\w+:)?(\w+)/.exec(body)?.[1] ?? "";
}

function faultOf(response: HttpResponse, envelope: XmlElement | undefined): unknown {
  const { status, headers } = response;
  const waitMs = retryAfterMs(headers["retry-after"]?.[0]);
  const retry = tryAgain(waitMs);
  if (envelope !== undefined) {
    const error = readEwsError(envelope);
    if (error === undefined)
      return status === 200 ? undefined : new ServerSaid(`HTTP ${status}${retry}`, { replyCode: status, waitMs });
    const { code, text, backOffMilliseconds } = error;
    const backOff = backOffMilliseconds === undefined ? "" : ` (backoff time: ${backOffMilliseconds} milliseconds)`;
    return new ServerSaid(`${code}: ${text}${backOff}${retry}`, {
      responseCode: code,
      waitMs: backOffMilliseconds ?? waitMs,
    });
  }
  if (status === 200) return new DialogError("NOT_SOAP", describeBody(response));
  const told = headers["x-ms-diagnostics"]?.[0] ?? headers["x-caserrorcode"]?.[0] ?? "";
  const target = status >= 300 && status < 400 ? ` to ${headers.location?.[0] ?? "an unnamed place"}` : "";
  const offered =
    status === 401
      ? ` (offered: ${challengesIn(headers["www-authenticate"])
          .map(({ scheme }) => scheme)
          .join(", ")})`
      : "";
  // Which of several servers answered: where the administrator has to look.
  const frontEnd = headers["x-feserver"]?.[0];
  const from = frontEnd === undefined ? "" : ` (from ${frontEnd})`;
  return new ServerSaid(`HTTP ${status}${target}${offered}${from}${told === "" ? "" : `: ${told}`}${retry}`, {
    replyCode: status,
    waitMs,
  });
}

function describeBody({ headers, body }: HttpResponse): string {
  const type = headers["content-type"]?.[0] ?? "no content type";
  return body === "" ? "an empty answer" : `an answer of ${type} that is no whole SOAP envelope`;
}

function readable({ status, headers, body }: HttpResponse): Answer {
  return {
    status,
    statusText: "",
    responseText: body,
    response: body,
    getResponseHeader: (name: string) => headers[name.toLowerCase()]?.join(", ") ?? null,
    getAllResponseHeaders: () => "",
  } as unknown as Answer;
}

/**
 * What the library gets in place of any fault. It knows the status and fails cleanly; with others (456), with no SOAP
 * or with half of it, it fails on its own or not at all.
 */
class Refusal extends Error {
  readonly status = 503;
  readonly statusText = "";
  readonly responseText = "";
  readonly response = "";
  readonly getResponseHeader = () => null;
  readonly getAllResponseHeaders = () => "";
}
