import type { z } from "zod";
import { ServerSideSyncError } from "../errors";
import { at, containsUnknown, isPlainObject, withoutAbsent } from "./plain";
import { suggestion } from "./suggest";
import { isUnknown } from "./unknown";

/** One thing that is wrong with a declaration: where and what, never the value. */
export interface Problem {
  path: string;
  message: string;
}

/** Validates a declaration; null means absent, as everywhere in Pulumi. */
export function validate<T>(schema: z.ZodType<T>, value: unknown): { value: T } | { problems: Problem[] } {
  const input = withoutAbsent(value);
  const result = schema.safeParse(input);
  if (result.success) return { value: result.data };
  const problems = result.error.issues.flatMap((issue) => problemsOf(issue, schema, input));
  // What is not known yet is one problem, however many properties are missed in it.
  const distinct = new Map(problems.map((problem) => [describeProblem(problem), problem]));
  return { problems: [...distinct.values()] };
}

/** @throws ServerSideSyncError `invalid-arguments` that names every problem */
export function parse<T>(what: string, schema: z.ZodType<T>, value: unknown): T {
  const result = validate(schema, value);
  if ("value" in result) return result.value;
  throw invalidArguments(what, result.problems);
}

export function invalidArguments(what: string, problems: readonly Problem[]): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "invalid-arguments",
    summary: `${what}: ${problems.map(describeProblem).join("; ").replace(/[.?]$/, "")}.`,
    remedy: "Correct the declaration; the documentation of the argument shows what it takes.",
  });
}

export function describeProblem({ path, message }: Problem): string {
  return path === "" ? message : `${path}: ${message}`;
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.ZodType, input: unknown): Problem[] {
  const path = issue.path.map(String).join(".");
  const unknown = unknownPath(issue, input);
  if (unknown !== undefined) return [{ path: unknown, message: notKnownYet }];
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => ({
      path: path === "" ? key : `${path}.${key}`,
      message: `there is no such property.${suggestion(key, known)}`,
    }));
  }
  if (issue.code === "invalid_value")
    return [{ path, message: invalidChoice(issue.values, valueAt(input, issue.path)) }];
  if (issue.code === "invalid_union") return [{ path, message: unionMessage(issue, valueAt(input, issue.path)) }];
  if (issue.code === "invalid_type") {
    const missing = valueAt(input, issue.path) === undefined;
    return [{ path, message: missing ? "is required" : messageWithoutInput(issue.message) }];
  }
  if (issue.code === "custom" && valueAt(input, issue.path) === undefined) return [{ path, message: "is required" }];
  return [{ path, message: messageWithoutInput(issue.message) }];
}

const notKnownYet = "is not known before the update; what stands here has to be a plain value, not an Output";

/** Where on the way to an issue a value is not known yet, in a place that takes none such. */
function unknownPath(issue: z.core.$ZodIssue, input: unknown): string | undefined {
  const keys = issue.path.map(String);
  for (let length = 0; length <= keys.length; length += 1)
    if (isUnknown(valueAt(input, issue.path.slice(0, length)))) return keys.slice(0, length).join(".");
  return issue.code === "custom" && containsUnknown(valueAt(input, issue.path)) ? keys.join(".") : undefined;
}

/** Choices are plain literals by design (never secrets), so the given one may be quoted. */
function invalidChoice(values: readonly unknown[], given: unknown): string {
  const choices = values.filter((value): value is string => typeof value === "string");
  const list = choices.map((choice) => `"${choice}"`).join(", ");
  if (given === undefined) return `is required: one of ${list}`;
  return `expected one of ${list}.${typeof given === "string" ? suggestion(given, choices) : ""}`;
}

function unionMessage(issue: z.core.$ZodIssueInvalidUnion, given: unknown): string {
  if (issue.discriminator !== undefined) return "is not one of the kinds that there are; see the documentation";
  return isPlainObject(given) ? `has the wrong properties: ${Object.keys(given).join(", ")}` : "has the wrong form";
}

function messageWithoutInput(message: string): string {
  return message.replace(/^Invalid input: /, "");
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.length === 0 ? input : at(input, path.map(String).join("."));
}

/** Property names of the schema at a path, for the suggestion. */
function knownKeys(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let current: unknown = schema;
  for (const key of path) {
    current = unwrap(current);
    const shape = shapeOf(current);
    current = shape?.[String(key)];
  }
  return Object.keys(shapeOf(unwrap(current)) ?? {});
}

interface Definition {
  def?: { innerType?: unknown; options?: unknown[]; element?: unknown };
  shape?: Record<string, unknown>;
}

function unwrap(schema: unknown): unknown {
  let current = schema;
  while ((current as Definition | undefined)?.def?.innerType !== undefined)
    current = (current as Definition).def?.innerType;
  return current;
}

function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  const { shape, def } = (schema ?? {}) as Definition;
  if (shape !== undefined) return shape;
  const options = def?.options;
  if (options === undefined) return undefined;
  return Object.assign({}, ...options.map((option) => shapeOf(unwrap(option)) ?? {})) as Record<string, unknown>;
}
