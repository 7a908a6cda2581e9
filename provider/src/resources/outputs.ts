import * as pulumi from "@pulumi/pulumi";
import { isPlainObject } from "../model/plain";
import { Unknown } from "../model/unknown";

const unknownToProgram = new Unknown("");

/** `Output.apply` as it is: with the second argument it runs on values that hold unknowns, as Pulumi's own lifting does. */
interface ToleratingOutput<T> {
  apply<U>(callback: (value: T) => U, runWithUnknowns: true): pulumi.Output<U>;
}

/** Runs `callback` on the values, with {@link Unknown} for what the engine does not know yet. */
export function withPartlyKnown<T>(
  values: pulumi.Inputs,
  callback: (values: Record<string, unknown>) => T,
): pulumi.Output<T> {
  const all = pulumi.output(values) as unknown as ToleratingOutput<unknown>;
  return all.apply((value) => callback(markUnknowns(value) as Record<string, unknown>), true);
}

/**
 * The values of a resource's own properties, with {@link Unknown} for what the engine does not know yet. One promise for
 * all: every Output costs the engine's SDK a stack trace, and a stack of a thousand mailboxes has many.
 */
export async function valuesOf(resource: pulumi.Resource, keys: readonly string[]): Promise<Record<string, unknown>> {
  const properties = resource as unknown as Record<string, Property | undefined>;
  const values = await Promise.all(keys.map((key) => valueOf(properties[key])));
  return Object.fromEntries(keys.map((key, index) => [key, values[index]]));
}

interface Property {
  promise(withUnknowns: true): Promise<unknown>;
  isKnown: Promise<boolean>;
}

async function valueOf(property: Property | undefined): Promise<unknown> {
  if (property === undefined) return undefined;
  const [value, isKnown] = await Promise.all([property.promise(true), property.isKnown]);
  // What is unknown as a whole comes as nothing.
  return value === undefined && !isKnown ? unknownToProgram : markUnknowns(value);
}

function markUnknowns(value: unknown): unknown {
  if (pulumi.isUnknown(value)) return unknownToProgram;
  if (Array.isArray(value)) return value.map(markUnknowns);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, markUnknowns(entry)]));
}

/** The leaf at a dotted path below an Output, without waiting for its siblings and without their secrecy. */
export function leafOf(output: pulumi.Output<unknown>, keys: readonly string[]): pulumi.Output<unknown> {
  let current = pulumi.unsecret(output);
  for (const key of keys)
    current = (current as unknown as Record<string, pulumi.Output<unknown>>)[key] ?? pulumi.output(null);
  return current.apply((value) => value ?? null);
}
