import type { CheckedBinding, DeclaredBinding } from "../model/binding";
import { invalidArguments, type Problem } from "../model/parse";
import { isPlainObject } from "../model/plain";
import type { CheckedProfile, DeclaredProfile } from "../model/profile";
import { suggestion } from "../model/suggest";

/** A profile and, where one is bound, a mailbox: plain declarations or checked inputs alike. */
export interface Configuration {
  profile: DeclaredProfile | CheckedProfile;
  mailbox?: DeclaredBinding | CheckedBinding | null | undefined;
  /** Name of the binding, for messages about several of them. */
  name?: string | undefined;
}

const known = ["profile", "mailbox", "name"];

/**
 * Refuses what is no configuration. What stands in it is validated by the schemas.
 *
 * @param what name of the value, for the message
 * @throws ServerSideSyncError `invalid-arguments`
 */
export function requireConfiguration(value: unknown, what: string): asserts value is Configuration {
  if (!isPlainObject(value)) throw invalidArguments(what, [{ path: "", message: "expected { profile, mailbox }" }]);
  const problems = Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key): Problem => ({ path: key, message: `there is no such property.${suggestion(key, known)}` }));
  const { profile, mailbox, name } = value;
  if ((profile ?? null) === null) problems.push({ path: "profile", message: "is required" });
  else if (!isPlainObject(profile)) problems.push({ path: "profile", message: "expected an object" });
  if ((mailbox ?? null) !== null && !isPlainObject(mailbox))
    problems.push({ path: "mailbox", message: "expected an object" });
  if ((name ?? null) !== null && typeof name !== "string") problems.push({ path: "name", message: "expected a text" });
  if (problems.length > 0) throw invalidArguments(what, problems);
}

/** @throws ServerSideSyncError `invalid-arguments` */
export function requireConfigurations(value: unknown, what: string): void {
  if (!Array.isArray(value))
    throw invalidArguments(what, [{ path: "", message: "expected a list of { profile, mailbox }" }]);
  value.forEach((entry, index) => {
    requireConfiguration(entry, `${what}[${index}]`);
  });
}

/** @throws ServerSideSyncError `invalid-arguments` where it is no date: no rule could be judged by it */
export function requireDate(today: unknown): void {
  if ((today ?? null) === null) return;
  if (typeof today === "string" && !Number.isNaN(Date.parse(today))) return;
  throw invalidArguments("context", [{ path: "today", message: "expected a date, like 2026-11-24" }]);
}
