import { secretProperties } from "../model/credentials";
import { at, isPlainObject, type PlainObject } from "../model/plain";
import { isUnknown } from "../model/unknown";

/**
 * Every secret text that stands in a property bag: whatever leaves the process is redacted by them. Beside credentials
 * these are the leaves that the program keeps secret, and the host of a URL among them. Texts of one or two characters
 * are left alone by the redactor, and so are numbers: in the words of a mail server they may mean anything.
 */
export function secretsIn(bag: PlainObject): string[] {
  const found: string[] = [];
  collect(bag, false, found);
  return [...found, ...secretPathsIn(bag).flatMap((path) => namesIn(at(bag, path), path))];
}

/** What the program said of its inputs. */
export function secretPathsIn({ secretPaths }: PlainObject): string[] {
  return Array.isArray(secretPaths) ? secretPaths.map(String) : [];
}

/** Dotted paths of all that is secret: by what the program said, and by its name. */
export function secretPlacesIn(bag: PlainObject): string[] {
  return [...secretPathsIn(bag), ...passwordsIn(bag, "")];
}

function passwordsIn(value: unknown, path: string): string[] {
  if (!isPlainObject(value)) return [];
  return Object.entries(value).flatMap(([key, entry]) => {
    const own = path === "" ? key : `${path}.${key}`;
    if (secretProperties.includes(key) && typeof entry === "string") return [own];
    return passwordsIn(entry, own);
  });
}

/** Leaves that tests name. Where a whole profile is secret its literals are not masked: "imap" and "tls" are words of every message. */
const named: readonly string[] = [
  "emailAddress",
  "serverLocation",
  "username",
  "clientId",
  "tenantId",
  "resourceId",
  "exchangeOnlineTenantId",
];

function namesIn(value: unknown, path: string): string[] {
  if (isPlainObject(value)) return Object.entries(value).flatMap(([key, entry]) => namesIn(entry, `${path}.${key}`));
  if (typeof value !== "string" || !named.includes(path.split(".").at(-1) ?? "")) return [];
  return URL.canParse(value) ? [value, new URL(value).hostname] : [value];
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
