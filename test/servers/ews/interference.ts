import type { ServerResponse } from "node:http";
import type { Interference } from "./ewsServer";
import { envelope, failure, faultWith, response } from "./soap";

/** What a server does in place of an answer. */
export type Behaviour = (operation: string, response: ServerResponse) => void;

/** Misbehaves on the first `times` requests of an operation. */
export function on(operation: string, behaviour: Behaviour, times = Infinity): Interference {
  let left = times;
  return (request, reply) => {
    if (request.operation !== operation || left === 0) return false;
    left -= 1;
    behaviour(request.operation, reply);
    return true;
  };
}

/** The first of several that applies. */
export function first(...interferences: readonly Interference[]): Interference {
  return (...request) => interferences.some((interfere) => interfere(...request));
}

const answerWith =
  (status: number, type: string, bodyOf: (operation: string) => string, headers = {}): Behaviour =>
  (operation, reply) => {
    const body = Buffer.from(bodyOf(operation));
    reply.writeHead(status, { "content-type": type, "content-length": body.length, ...headers }).end(body);
  };

const xml = "text/xml; charset=utf-8";

/** A page that is no SOAP: of a proxy, a sign-in form, or IIS. */
export function html(status: number, title = "Server Error in '/EWS' Application", headers = {}): Behaviour {
  return answerWith(status, "text/html", () => `<html><head><title>${title}</title></head><body/></html>`, headers);
}
/** A bare status: 401, 403, 404, 456 (locked), 457 (password expired). */
export const status = (code: number, headers = {}) => answerWith(code, "text/plain", () => "", headers);
/** Too many requests (429), or a queue that is full (503). */
export const tryLater = (code: 429 | 503, seconds: number) => status(code, { "retry-after": String(seconds) });
export const redirect = (location: string) => status(302, { location });
export const emptyBody = answerWith(200, xml, () => "");

/** A SOAP fault, which ends the whole request. */
export function soapFault(code: string, text: string, values: Readonly<Record<string, string>> = {}): Behaviour {
  const details = Object.entries(values).map(([name, value]) => `<t:Value Name="${name}">${value}</t:Value>`);
  return answerWith(500, xml, () => faultWith(code, text, details.join("")));
}

/** The throttling of Exchange, with the time that it asks clients to wait. */
export const serverBusy = (milliseconds: number) =>
  soapFault("ErrorServerBusy", "The server cannot service this request right now. Try again later.", {
    BackOffMilliseconds: String(milliseconds),
  });
export const tooManyConnections = soapFault(
  "ErrorExceededConnectionCount",
  "You have exceeded the available concurrent connections for your account. Try again once your other requests have completed.",
  { Policy: "MaxConcurrency", MaxConcurrencyLimit: "27", ErrorMessage: "The client has exceeded its budget." },
);

/** What the schema requires in a message about an error. */
const required: Readonly<Record<string, string>> = {
  CreateItem: "<m:Items/>",
  GetFolder: "<m:Folders/>",
  GetItem: "<m:Items/>",
  UpdateItem: "<m:Items/>",
};

/** One message with an error of any code, within an answer of HTTP 200. */
export function responseError(code: string, text: string): Behaviour {
  return answerWith(200, xml, (operation) =>
    envelope(response(operation, [failure(operation, code, text, required[operation])])),
  );
}
