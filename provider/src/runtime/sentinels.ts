import { isPlainObject } from "../model/plain";
import { isUnknown, Unknown } from "../model/unknown";

/**
 * What the engine sends in previews in the place of a value that it does not know yet: one string for each kind of
 * property, whatever the property's declared type (pulumi/pulumi, sdk/go/common/resource/plugin/rpc.go).
 */
export const sentinels = {
  bool: "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
  number: "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
  string: "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
  array: "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
  asset: "030794c1-ac77-496b-92df-f27374a8bd58",
  archive: "e48ece36-62e2-4504-bad9-02848725956a",
  object: "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
} as const;

const unknowns = new Map<string, Unknown>(Object.values(sentinels).map((text) => [text, new Unknown(text)]));

/** Puts {@link Unknown} in the place of every sentinel, at any depth. */
export function decodeUnknowns(value: unknown): unknown {
  if (typeof value === "string") return unknowns.get(value) ?? value;
  if (Array.isArray(value)) return value.map(decodeUnknowns);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, decodeUnknowns(entry)]));
}

/** Hands every sentinel back as it came. */
export function encodeUnknowns(value: unknown): unknown {
  if (isUnknown(value)) return value.sentinel;
  if (Array.isArray(value)) return value.map(encodeUnknowns);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, encodeUnknowns(entry)]));
}
