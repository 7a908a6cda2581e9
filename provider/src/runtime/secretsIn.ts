import { secretProperties } from "../model/credentials";
import { isPlainObject } from "../model/plain";
import { isUnknown } from "../model/unknown";

/** Every secret text that stands in a property bag: whatever leaves the process is redacted by them. */
export function secretsIn(value: unknown): string[] {
  const found: string[] = [];
  collect(value, false, found);
  return found;
}

function collect(value: unknown, secret: boolean, found: string[]): void {
  if (typeof value === "string") {
    if (secret) found.push(value);
  } else if (Array.isArray(value)) {
    for (const entry of value) collect(entry, secret, found);
  } else if (isPlainObject(value) && !isUnknown(value)) {
    for (const [key, entry] of Object.entries(value))
      collect(entry, secretProperties.includes(key) && typeof entry === "string", found);
  }
}
