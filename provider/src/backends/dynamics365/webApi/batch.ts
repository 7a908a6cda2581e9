import { randomUUID } from "node:crypto";
import type { HttpResponse } from "../../../transport/http";
import { notOData } from "./answers";

/** Dynamics takes a thousand, and does them one after the other: beyond some dozens requests of their own are faster. */
const mostParts = 100;

export interface BatchPart {
  status: number;
  body: string;
}

/** Reads only, as one request in several parts (OData 4.0, section 11.7). */
export function batchOf(urls: readonly URL[], prefer: string): { body: string; contentType: string } {
  if (urls.length > mostParts) throw new RangeError(`a batch of ${urls.length} requests`);
  const boundary = `batch_${randomUUID()}`;
  const parts = urls.map((url) =>
    [
      `--${boundary}`,
      "Content-Type: application/http",
      "Content-Transfer-Encoding: binary",
      "",
      `GET ${url.href} HTTP/1.1`,
      "Accept: application/json",
      "OData-Version: 4.0",
      "OData-MaxVersion: 4.0",
      `Prefer: ${prefer}`,
      "",
      "",
    ].join("\r\n"),
  );
  return { body: `${parts.join("")}--${boundary}--\r\n`, contentType: `multipart/mixed; boundary=${boundary}` };
}

/** @throws DialogError `NOT_ODATA` where the answer has not a part for each request */
export function readBatch({ headers, body }: HttpResponse, expected: number): BatchPart[] {
  const boundary = /^multipart\/mixed;.*\bboundary="?([^";]+)"?/i.exec(headers["content-type"]?.[0] ?? "")?.[1];
  if (boundary === undefined) throw notOData("an answer to a batch that is in no parts");
  const [, ...pieces] = `\r\n${body}`.split(`\r\n--${boundary}`);
  if (pieces.at(-1)?.startsWith("--") !== true) throw notOData("an answer to a batch that breaks off");
  const parts = pieces.slice(0, -1).map(readPart);
  if (parts.length !== expected) throw notOData(`${parts.length} answers to ${expected} requests`);
  return parts;
}

/** Headers of the part, then a whole answer of HTTP. */
function readPart(piece: string): BatchPart {
  const answer = piece.slice(piece.indexOf("\r\n\r\n") + 4);
  const status = /^HTTP\/1\.\d (\d{3})/.exec(answer)?.[1];
  const end = answer.indexOf("\r\n\r\n");
  if (status === undefined || end < 0) throw notOData("a part of a batch that is no answer");
  return { status: Number(status), body: answer.slice(end + 4).trim() };
}
