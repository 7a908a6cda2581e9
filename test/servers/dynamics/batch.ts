import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import { boundaryOf, readBatch, type BatchItem, type BatchRequest } from "./batchBody";
import { badQuery, WebApiError } from "./errors";
import type { Organization } from "./organization";
import { answer, refusal, type ApiAnswer, type ApiRequest } from "./webApi";

const mostRequests = 1000;

/** The requests of a batch, for the log of a test; empty where it cannot be read. */
export function batchRequests(contentType: string, body: string): BatchRequest[] {
  try {
    return readBatch(body, boundaryOf(contentType)).flatMap((item) => ("changeSet" in item ? item.changeSet : [item]));
  } catch {
    return [];
  }
}

/**
 * Answers a batch: one request after the other. Without `Prefer: odata.continue-on-error` the first that fails is the
 * last one answered, and its status that of the whole.
 */
export function answerBatch(organization: Organization, request: ApiRequest): ApiAnswer {
  try {
    return answered(organization, request);
  } catch (error) {
    if (error instanceof WebApiError) return refusal(error);
    throw error;
  }
}

function answered(organization: Organization, request: ApiRequest): ApiAnswer {
  const items = readBatch(request.body, boundaryOf(request.headers["content-type"] ?? ""));
  const count = items.flatMap((item) => ("changeSet" in item ? item.changeSet : [item])).length;
  if (count > mostRequests) throw badQuery(`A batch has at most ${mostRequests} requests.`);
  const goesOn = /odata\.continue-on-error(?!\s*=\s*false)/.test(request.headers.prefer ?? "");
  const parts: string[] = [];
  let status = 200;
  for (const item of items) {
    const { part, failed } = answerItem(organization, request, item);
    parts.push(part);
    if (failed === undefined || goesOn) continue;
    status = failed;
    break;
  }
  const boundary = `batchresponse_${randomUUID()}`;
  return {
    status,
    headers: { "content-type": `multipart/mixed; boundary=${boundary}`, "odata-version": "4.0" },
    body: joined(boundary, parts),
  };
}

interface AnsweredItem {
  part: string;
  failed?: number;
}

function answerItem(organization: Organization, outer: ApiRequest, item: BatchItem): AnsweredItem {
  if (!("changeSet" in item)) {
    const single = answer(organization, inner(outer, item, new Map()));
    return { part: httpPart(single, undefined), ...(single.status >= 400 ? { failed: single.status } : {}) };
  }
  const before = organization.store.checkpoint();
  const scheduled = new Set(organization.scheduled);
  const made = new Map<string, string>();
  const parts: string[] = [];
  for (const each of item.changeSet) {
    const one = answer(organization, inner(outer, each, made));
    if (one.status >= 400) {
      // Everything or nothing; the answer is the failure alone.
      organization.store.restore(before);
      organization.scheduled = scheduled;
      return { part: httpPart(one, each.contentId), failed: one.status };
    }
    const url = one.headers["odata-entityid"];
    if (url !== undefined && each.contentId !== undefined) made.set(each.contentId, url);
    parts.push(httpPart(one, each.contentId));
  }
  const boundary = `changesetresponse_${randomUUID()}`;
  return { part: `Content-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${joined(boundary, parts)}` };
}

/** A part as a request of its own: its URL is absolute, or relative to the host or to the service. */
function inner(outer: ApiRequest, part: BatchRequest, made: ReadonlyMap<string, string>): ApiRequest {
  const reference = (id: string): string => {
    const url = made.get(id);
    if (url === undefined) throw badQuery(`Content-ID Reference: '$${id}' does not exist in the batch context.`);
    return url;
  };
  const named = part.url.replace(/^\/?\$(?!batch\b|metadata\b)(\w+)/, (_whole, id: string) => reference(id));
  const url = new URL(named, outer.root).href;
  if (!url.startsWith(outer.root)) throw badQuery(`'${part.url}' is not of this organization.`);
  const [path = "", search = ""] = url.slice(outer.root.length).split("?");
  // A later request may name a record that an earlier one of its change set made.
  const body = part.body.replace(
    /(@odata\.bind"\s*:\s*)"\/?\$(\w+)"/g,
    (_whole, name: string, id: string) => name + JSON.stringify(reference(id)),
  );
  if (path === "$batch") throw badQuery("A batch contains no batch.");
  return {
    method: part.method,
    path: decodeURIComponent(path),
    search,
    headers: { ...part.headers },
    body,
    user: outer.user,
    root: outer.root,
  };
}

function httpPart({ status, headers, body }: ApiAnswer, contentId: string | undefined): string {
  const lines = [
    "Content-Type: application/http",
    "Content-Transfer-Encoding: binary",
    ...(contentId === undefined ? [] : [`Content-ID: ${contentId}`]),
    "",
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
    ...Object.entries(headers).map(([name, value]) => `${canonical(name)}: ${value}`),
    "",
    body,
  ];
  return lines.join("\r\n");
}

/** Headers in the spelling of the Web API: not every client reads them without regard to case inside of a batch. */
function canonical(name: string): string {
  const known: Readonly<Record<string, string>> = {
    "odata-entityid": "OData-EntityId",
    "odata-version": "OData-Version",
  };
  return known[name] ?? name.replace(/(^|-)[a-z]/g, (letter) => letter.toUpperCase());
}

const joined = (boundary: string, parts: readonly string[]): string =>
  `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("")}--${boundary}--\r\n`;
