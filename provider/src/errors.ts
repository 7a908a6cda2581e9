/** What a {@link ServerSideSyncError} is made of. */
export interface ServerSideSyncErrorDetails {
  /** Stable code in kebab case, for example `imap-authentication-failed`. */
  code: string;
  /** What happened, where and why: one sentence with its full stop, without code and remedy, never with a secret. */
  summary: string;
  /** What to do about it: one or more sentences. */
  remedy: string;
  /** True where the same call may succeed later without any change. Default false. */
  transient?: boolean;
  /** The error underneath. It is kept for debugging and never shown. */
  cause?: unknown;
}

/**
 * The only error that leaves this package. Its message is one line: `code: what happened, where, why. What to do.`
 *
 * It has no `id` and no numeric `code` on purpose: the dynamic provider host takes an error with an `id` for a
 * partial failure, and an integer `code` for a gRPC status.
 */
export class ServerSideSyncError extends Error {
  readonly code: string;
  readonly summary: string;
  readonly remedy: string;
  readonly transient: boolean;

  constructor(details: ServerSideSyncErrorDetails) {
    super(oneLine(`${details.code}: ${details.summary} ${details.remedy}`), { cause: details.cause });
    this.name = "ServerSideSyncError";
    this.code = details.code;
    this.summary = oneLine(details.summary);
    this.remedy = oneLine(details.remedy);
    this.transient = details.transient ?? false;
  }
}

/** Folds every run of white space and control characters to one space: an error is one line in every terminal and log. */
export function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex -- server texts may carry terminal escapes
  return text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, " ").trim();
}
