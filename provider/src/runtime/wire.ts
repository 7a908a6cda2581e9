import { ServerSideSyncError } from "../errors";
import type { PlainObject } from "../model/plain";
import { isUnknown } from "../model/unknown";

/**
 * Makes a value fit for the wire: plain JSON, `null` for what is absent. Anything else is a mistake of ours and is
 * refused here, because the engine would report it only after the mail server was already changed.
 */
export function toWire(value: PlainObject): PlainObject {
  return convert(value, "") as PlainObject;
}

function convert(value: unknown, path: string): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map((entry, index) => convert(entry, `${path}[${index}]`));
  if (typeof value === "object" && !isUnknown(value) && isPlainPrototype(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, convert(entry, `${path}.${key}`)]));
  }
  throw new ServerSideSyncError({
    code: "internal-not-wire-pure",
    summary: `The value at ${path || "the top"} cannot be stored in a Pulumi state.`,
    remedy: "This is a defect of pulumi-server-side-sync; please report it.",
  });
}

function isPlainPrototype(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
