import * as pulumi from "@pulumi/pulumi";
import { secretProperties } from "../model/credentials";

/** True for `{ env }` and `{ config }`: where a secret is to be found, which is no secret itself. */
export function isReference(value: unknown): value is { env: string } | { config: string } {
  return isStructure(value) && ("env" in value || "config" in value);
}

/** Marks every secret below credentials, so that a plain text is stored encrypted, too. */
export function withSecrets<T>(credentials: T): T {
  if (!isStructure(credentials)) return credentials;
  const marked = Object.entries(credentials).map(([key, value]: [string, unknown]) => {
    if (!secretProperties.includes(key)) return [key, withSecrets(value)];
    return [key, value === undefined || isReference(value) ? value : pulumi.secret(value)];
  });
  return Object.fromEntries(marked) as T;
}

function isStructure(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !pulumi.Output.isInstance(value) &&
    !(value instanceof Promise)
  );
}
