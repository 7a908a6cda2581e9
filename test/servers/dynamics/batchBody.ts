import { badQuery } from "./errors";

/** One request of a batch, or the requests of one change set. */
export interface BatchRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  contentId: string | undefined;
}
export type BatchItem = BatchRequest | { changeSet: BatchRequest[] };

export function boundaryOf(contentType: string): string {
  const [, quoted, bare] = /^multipart\/mixed\s*;.*?\bboundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) throw badQuery("A batch needs a content type of multipart/mixed with a boundary.");
  return boundary;
}

/** Reads a batch as OData 4.0 (11.7) describes it. */
export function readBatch(body: string, boundary: string): BatchItem[] {
  return partsOf(body, boundary).map(({ headers, body: content }) => {
    const type = headers["content-type"] ?? "";
    if (!/^multipart\/mixed/i.test(type)) return requestIn(headers, content);
    const changeSet = partsOf(content, boundaryOf(type)).map((part) => requestIn(part.headers, part.body));
    for (const { method, contentId } of changeSet) {
      if (method === "GET") throw badQuery("A change set contains no GET.");
      if (contentId === undefined) throw badQuery("Content-ID header not present in a change set's request.");
    }
    return { changeSet };
  });
}

interface Part {
  headers: Record<string, string>;
  body: string;
}

function partsOf(body: string, boundary: string): Part[] {
  const text = `\n${body.replaceAll("\r\n", "\n")}`;
  const marked = text.split(`\n--${boundary}`);
  const end = marked.findIndex((part) => part.startsWith("--"));
  if (end < 1) throw badQuery("The batch ends without its last boundary.");
  return marked.slice(1, end).map((part) => headAndBody(part.replace(/^[ \t]*\n/, "")));
}

function headAndBody(text: string): Part {
  const at = text.indexOf("\n\n");
  const head = at < 0 ? text : text.slice(0, at);
  const lines = head.split("\n").filter((line) => line.trim() !== "");
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  return { headers, body: at < 0 ? "" : text.slice(at + 2) };
}

function requestIn(partHeaders: Record<string, string>, content: string): BatchRequest {
  const start = content.replace(/^\n+/, "");
  const line = start.split("\n", 1)[0] ?? "";
  const [, method, url] = /^([A-Z]+) (\S+) HTTP\/1\.1\s*$/.exec(line) ?? [];
  if (method === undefined || url === undefined) throw badQuery(`'${line}' is no request line.`);
  const { headers, body } = headAndBody(start.slice(line.length + 1));
  return { method, url, headers, body: body.trimEnd(), contentId: partHeaders["content-id"] ?? headers["content-id"] };
}
