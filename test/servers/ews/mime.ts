/** A header field of a message, unfolded and decoded. */
export interface HeaderField {
  name: string;
  value: string;
}

/** The header and the body of a message, as far as the simulator reads them. */
export function readMime(mime: string): { fields: HeaderField[]; head: string; body: string } {
  const [head = "", ...rest] = mime.split(/\r?\n\r?\n/);
  const unfolded = head.replace(/\r?\n[ \t]+/g, " ").split(/\r?\n/);
  const fields = unfolded.flatMap((line) => {
    const [, name = "", value = ""] = /^([!-9;-~]+):[ \t]*(.*)$/.exec(line) ?? [];
    return name === "" ? [] : [{ name, value: decodeWords(value.trim()) }];
  });
  return { fields, head, body: rest.join("\r\n\r\n") };
}

export function headerOf(mime: string, name: string): string {
  const wanted = name.toLowerCase();
  return readMime(mime).fields.find((field) => field.name.toLowerCase() === wanted)?.value ?? "";
}

/** The addresses in header fields. */
export function addressesIn(mime: string, ...names: readonly string[]): string[] {
  return names
    .flatMap((name) => headerOf(mime, name).match(/[^<>,;:\s"]+@[^<>,;\s"]+/g) ?? [])
    .map((address) => address.toLowerCase());
}

/** RFC 2047. */
function decodeWords(value: string): string {
  return value
    .replace(/(=\?[^?]+\?[bq]\?[^?]*\?=)\s+(?==\?)/gi, "$1")
    .replace(/=\?([^?]+)\?([bq])\?([^?]*)\?=/gi, (_, charset: string, kind: string, text: string) => {
      const bytes =
        kind.toLowerCase() === "b"
          ? Buffer.from(text, "base64")
          : Buffer.from(
              text
                .replace(/_/g, " ")
                .replace(/=([0-9a-f]{2})/gi, (_match, code: string) => String.fromCharCode(parseInt(code, 16))),
              "latin1",
            );
      return bytes.toString(/^iso-8859-1|us-ascii$/i.test(charset) ? "latin1" : "utf8");
    });
}

export function encodeWord(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text, "utf8").toString("base64")}?=`;
}

/** A simple message of the parts that a client gave as properties. */
export function composeMime(fields: readonly HeaderField[], body: { html: boolean; text: string }): string {
  const lines = fields.filter(({ value }) => value !== "").map(({ name, value }) => `${name}: ${encodeWord(value)}`);
  return [
    ...lines,
    "MIME-Version: 1.0",
    `Content-Type: text/${body.html ? "html" : "plain"}; charset=utf-8`,
    "Content-Transfer-Encoding: 8bit",
    "",
    body.text.replace(/\r?\n/g, "\r\n"),
  ].join("\r\n");
}
