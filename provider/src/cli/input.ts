import { LineCounter, parseDocument, type Document } from "yaml";
import { oneLine } from "../errors";
import { isPlainObject } from "../model/plain";
import type { Declarations } from "./declarations";
import { declarationsOfList } from "./listInput";
import { notUnderstood } from "./notUnderstood";
import { declarationsOfPreview, isPreview } from "./previewInput";

/**
 * Reads what `pulumi preview --json` printed, or a list of profiles and mailboxes in JSON or YAML.
 *
 * @throws ServerSideSyncError `input-not-understood`, or `invalid-arguments` for a declaration that is malformed
 */
export function readDeclarations(text: string): Declarations {
  const preview = parsedAsPreview(text);
  if (preview !== undefined) return declarationsOfPreview(preview);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, merge: true });
  const [problem] = document.errors;
  if (problem !== undefined)
    throw notUnderstood(`it is neither JSON nor YAML: ${problem.message.split("\n")[0] ?? ""}`);
  const value = valuesOf(document);
  if (!isPlainObject(value) && !Array.isArray(value)) throw notUnderstood("it holds no list of declarations");
  return { resources: declarationsOfList(value, (path) => lineOf(document, lines, path)), notShown: 0 };
}

/**
 * Anchors may be used any number of times, but not to grow a small file without bound: what they unfold to is limited.
 */
function valuesOf(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: mostAliases }) as unknown;
  } catch (error) {
    throw notUnderstood(`its YAML cannot be read: ${error instanceof Error ? oneLine(error.message) : "no reason"}`);
  }
}
/** Of the yaml library: uses of one anchor, times the anchors inside it. */
const mostAliases = 100_000;

/** A preview may be many megabytes: it is not read as YAML. */
function parsedAsPreview(text: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return isPreview(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function lineOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): number | undefined {
  const node = document.getIn(path, true) as { range?: [number, number, number] | null } | undefined;
  return node?.range ? lines.linePos(node.range[0]).line : undefined;
}
