/** Marks the error of a message that the server may have accepted although we never heard so: sending again could send twice. */
export function inDoubt<T extends Error>(error: T): T {
  return Object.assign(error, { messageInDoubt: true });
}

export function isInDoubt(error: unknown): boolean {
  return typeof error === "object" && error !== null && "messageInDoubt" in error;
}
