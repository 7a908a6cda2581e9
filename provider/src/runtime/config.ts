import { ServerSideSyncError } from "../errors";
import type { SecretReference } from "../model/fields";

interface StackConfig {
  get(key: string): string | undefined;
}

let stackConfig: StackConfig | undefined;

/**
 * Keeps the stack's config for later. It is synchronous on purpose: the host calls other methods while an asynchronous
 * `configure` is still running, and they would run unconfigured.
 */
export function stashConfig(config: StackConfig): void {
  stackConfig = config;
}

/**
 * The secret itself, or what its reference leads to.
 *
 * @throws ServerSideSyncError `secret-reference-unresolved`, before anything is changed
 */
export function resolveSecret(secret: string | SecretReference, path: string): string {
  if (typeof secret === "string") return secret;
  if ("env" in secret) {
    const value = process.env[secret.env];
    if (value !== undefined && value !== "") return value;
    throw unresolved(
      `${path} refers to the environment variable ${secret.env}, which is not set.`,
      "Set it for this pulumi run.",
    );
  }
  const value = fromStackConfig(secret.config);
  if (value !== undefined && value !== "") return value;
  const why = value === undefined ? "no stack config reached the provider" : "the stack config has no such key";
  throw unresolved(
    `${path} refers to the stack config key "${secret.config}", but ${why}.`,
    `Set it with: pulumi config set --secret ${secret.config}. Refresh and destroy use the config of the last up unless --run-program is given.`,
  );
}

/** The value of a config key, `namespace:name`; undefined where it is missing or empty. */
export function readConfig(key: string): string | undefined {
  const value = fromStackConfig(key);
  return value === "" ? undefined : value;
}

/** An empty text for a missing key; undefined without any config, on which the host's config object throws. */
function fromStackConfig(key: string): string | undefined {
  try {
    return stackConfig === undefined ? undefined : (stackConfig.get(key) ?? "");
  } catch {
    return undefined;
  }
}

function unresolved(summary: string, remedy: string): ServerSideSyncError {
  return new ServerSideSyncError({ code: "secret-reference-unresolved", summary, remedy });
}
