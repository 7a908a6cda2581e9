import * as pulumi from "@pulumi/pulumi";
import { secretProperties } from "../model/credentials";
import { isPlainObject } from "../model/plain";

/**
 * Dotted paths of the leaves that the program keeps secret. The engine hands values to the provider without saying
 * which of them are secret, so the program says it; messages then name none of them. Passwords and their like are left
 * out: they are secrets by their name.
 */
export async function secretPathsOf(inputs: unknown): Promise<string[]> {
  return (await Promise.all(outputLeaves(inputs, "").map(([path, leaf]) => pathIfSecret(path, leaf)))).flat();
}

/** Every leaf that the program computes, with its path. Plain values are no secrets. */
export function outputLeaves(value: unknown, path: string): [string, pulumi.Output<unknown>][] {
  if (pulumi.Output.isInstance(value)) return [[path, value]];
  if (value instanceof Promise) return [[path, pulumi.output(value as Promise<unknown>)]];
  if (!isPlainObject(value)) return [];
  return Object.entries(value)
    .filter(([key]) => !secretProperties.includes(key))
    .flatMap(([key, entry]) => outputLeaves(entry, path === "" ? key : `${path}.${key}`));
}

async function pathIfSecret(path: string, leaf: pulumi.Output<unknown>): Promise<string[]> {
  try {
    return (await pulumi.isSecret(leaf)) ? [path] : [];
  } catch {
    // A leaf that fails fails the resource; nothing is left to be told of it.
    return [];
  }
}

/** An input that says which others are secret, or nothing where none is. */
export function secretPathsInput(paths: Promise<string[]>): pulumi.Output<string[] | undefined> {
  return pulumi.output(paths.then((all) => (all.length === 0 ? undefined : all)));
}
