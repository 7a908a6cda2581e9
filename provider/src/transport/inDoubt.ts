/**
 * Marks the error of something that the server may have done although it never said so: a message handed over, a request
 * sent. Doing it again could do it twice.
 */
export function inDoubt<T>(error: T): T {
  return typeof error === "object" && error !== null ? Object.assign(error, { isInDoubt: true }) : error;
}

export function isInDoubt(error: unknown): boolean {
  return typeof error === "object" && error !== null && "isInDoubt" in error;
}
