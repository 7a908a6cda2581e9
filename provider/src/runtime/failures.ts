import { oneLine, ServerSideSyncError } from "../errors";
import type { PlainObject } from "../model/plain";

export const providerKey = "__provider";

/**
 * A resource that exists but is not as it should be. The dynamic provider host recognizes it by its `id`, the engine
 * stores `properties` as the new state and prints the `reasons`.
 */
export class InitializationFailure extends Error {
  constructor(
    readonly id: string,
    readonly properties: PlainObject,
    readonly reasons: string[],
  ) {
    super(reasons.join(" "));
    this.name = "InitializationFailure";
    this.stack = "";
  }
}

/**
 * What may leave a provider method: an Error, without a foreign `id` (taken for a partial failure), without an integer
 * `code` (taken for a gRPC status), without a stack (printed to the user), without secrets.
 */
export function tame(thrown: unknown, redact: (text: string) => string): Error {
  if (thrown instanceof InitializationFailure) return thrown;
  const error = new Error(redact(messageOf(thrown)));
  error.name = "ServerSideSyncError";
  // The host prints `${error}: ${error.stack}` for check, diff, read and delete; an empty stack keeps it to one line.
  error.stack = "";
  return error;
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof ServerSideSyncError) return thrown.message;
  const text = thrown instanceof Error ? thrown.message : describe(thrown);
  return new ServerSideSyncError({
    code: "internal-error",
    summary: `Something unforeseen happened: ${oneLine(text)}.`,
    remedy: "Please report it together with what SERVER_SIDE_SYNC_LOG=debug prints.",
  }).message;
}

function describe(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (typeof thrown === "object" && thrown !== null && "message" in thrown) return String(thrown.message);
  return thrown === undefined ? "undefined was thrown" : "a value that is no error was thrown";
}
