import { requireConfiguration } from "../compatibility/configuration";
import { bindingSchema, normalizeBinding } from "../model/binding";
import { normalizeProfile } from "../model/normalizeProfile";
import { invalidArguments, parse } from "../model/parse";
import { isPlainObject, type PlainObject } from "../model/plain";
import { profileSchema, type CheckedProfile } from "../model/profile";
import { suggestion } from "../model/suggest";
import type { DeclaredBindingResource, DeclaredProfileResource, DeclaredResource } from "./declarations";
import { notUnderstood } from "./notUnderstood";

type Path = (string | number)[];
type LineOf = (path: Path) => number | undefined;

const sections = ["organization", "profiles", "mailboxes"];

/**
 * `{ organization, profiles, mailboxes }`, where a mailbox names its profile; or a list of `{ profile, mailbox }`, as
 * assessStack takes it.
 *
 * @throws ServerSideSyncError `input-not-understood` or `invalid-arguments`
 */
export function declarationsOfList(value: PlainObject | unknown[], lineOf: LineOf): DeclaredResource[] {
  return Array.isArray(value) ? ofConfigurations(value, lineOf) : ofSections(value, lineOf);
}

function ofSections(value: PlainObject, lineOf: LineOf): DeclaredResource[] {
  for (const key of Object.keys(value))
    if (!sections.includes(key))
      throw notUnderstood(`there is no section "${key}".${suggestion(key, sections)}`.replace(/\.$/, ""));
  const entriesOf = (section: string) => entries(value[section], section);
  const profiles = entriesOf("profiles").map((entry, index): DeclaredProfileResource & { profile: CheckedProfile } => {
    const path = ["profiles", index];
    const declared = { organization: value.organization, ...entry };
    const profile = readProfile(declared, `profiles[${index}]`);
    return {
      kind: "EmailServerProfile",
      name: nameOf(entry, `profiles[${index}]`),
      ...at(path, lineOf),
      problems: [],
      profile,
    };
  });
  requireOneOfEachName(profiles.map(({ name }) => name));
  const byName = new Map(profiles.map((resource) => [resource.name, resource.profile]));
  const mailboxes = entriesOf("mailboxes").map((entry, index): DeclaredBindingResource => {
    const where = `mailboxes[${index}]`;
    const { profile: reference, name, ...declared } = entry;
    const profile = byName.get(String(reference));
    if (profile === undefined) throw noSuchProfile(where, reference, [...byName.keys()]);
    const mailbox = readMailbox(declared, profile, where);
    const label = typeof name === "string" ? name : nameOf(declared, where, "emailAddress");
    return {
      kind: "MailboxBinding",
      name: label,
      ...at(["mailboxes", index], lineOf),
      problems: [],
      bound: { profile, mailbox },
    };
  });
  if (profiles.length === 0) throw notUnderstood("it declares no profiles");
  return [...profiles, ...mailboxes];
}

function ofConfigurations(list: unknown[], lineOf: LineOf): DeclaredResource[] {
  if (list.length === 0) throw notUnderstood("the list is empty");
  return list.flatMap((entry, index): DeclaredResource[] => {
    const where = `[${index}]`;
    requireConfiguration(entry, where);
    const { name, profile: declared } = entry;
    const profile = readProfile(declared as unknown as PlainObject, `${where}.profile`);
    const resource: DeclaredResource = {
      kind: "EmailServerProfile",
      name: nameOf(declared as unknown as PlainObject, `${where}.profile`),
      ...at([index, "profile"], lineOf),
      problems: [],
      profile,
    };
    if (entry.mailbox === undefined || entry.mailbox === null) return [resource];
    const bound = entry.mailbox as unknown as PlainObject;
    const mailbox = readMailbox(bound, profile, `${where}.mailbox`);
    return [
      resource,
      {
        kind: "MailboxBinding",
        name: name ?? nameOf(bound, `${where}.mailbox`, "emailAddress"),
        ...at([index, "mailbox"], lineOf),
        problems: [],
        bound: { profile, mailbox },
      },
    ];
  });
}

function entries(value: unknown, section: string): PlainObject[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isPlainObject)) throw notUnderstood(`"${section}" is no list of objects`);
  return value;
}

function at(path: Path, lineOf: LineOf): { line?: number } {
  const line = lineOf(path);
  return line === undefined ? {} : { line };
}

function nameOf(entry: PlainObject, otherwise: string, key = "name"): string {
  const name = entry[key];
  return typeof name === "string" && name !== "" ? name : otherwise;
}

function readProfile(declared: PlainObject, where: string): CheckedProfile {
  return normalizeProfile(parse(where, profileSchema, declared));
}

function readMailbox(declared: PlainObject, profile: CheckedProfile, where: string) {
  return normalizeBinding(parse(where, bindingSchema, declared), profile.organization.backend);
}

/** Mailboxes name their profile. */
function requireOneOfEachName(names: readonly string[]): void {
  const index = names.findIndex((name, position) => names.indexOf(name) !== position);
  if (index === -1) return;
  const name = names[index] ?? "";
  throw invalidArguments(`profiles[${index}]`, [
    {
      path: "name",
      message: `profiles[${names.indexOf(name)}] is named "${name}", too: mailboxes could not tell them apart`,
    },
  ]);
}

function noSuchProfile(where: string, reference: unknown, names: readonly string[]) {
  const given = typeof reference === "string" ? reference : "";
  const message = `names no profile of this list.${suggestion(given, names)}`;
  return invalidArguments(where, [{ path: "profile", message: reference === undefined ? "is required" : message }]);
}
