/**
 * A value that the engine will know only in the update. The runtime adapter puts it in the place of the engine's
 * sentinel strings, so that no code here can take a sentinel for a host name.
 */
export class Unknown {
  /**
   * @param sentinel what the engine sent, to be handed back unchanged
   * @param reason why it is not known, for reports
   */
  constructor(
    readonly sentinel: string,
    readonly reason = "known only in the update",
  ) {}
}

/** A leaf that may not be known yet. */
export type Maybe<T> = T | Unknown;

export function isUnknown(value: unknown): value is Unknown {
  return value instanceof Unknown;
}

/** True where the value is known and present. */
export function isKnown<T>(value: T | Unknown | null | undefined): value is T {
  return value !== null && value !== undefined && !isUnknown(value);
}

/** The value where it is known and present, otherwise undefined. */
export function known<T>(value: T | Unknown | null | undefined): T | undefined {
  return isKnown(value) ? value : undefined;
}
