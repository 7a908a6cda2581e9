/** The three forms of a date in HTTP (RFC 9110, section 5.6.7) begin with a day of the week; the last names no zone. */
const date = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;
/** Longer ones are no wait of anybody. */
const seconds = /^\d{1,10}$/;

/**
 * Milliseconds that a `Retry-After` asks to wait: seconds, or a date (RFC 9110, section 10.2.3). One that is past asks
 * for none, one that cannot be read says nothing.
 */
export function retryAfterMs(header: string | undefined, now: number = Date.now()): number | undefined {
  const text = header?.trim() ?? "";
  if (seconds.test(text)) return Number(text) * 1000;
  if (!date.test(text)) return undefined;
  const time = Date.parse(text.endsWith(" GMT") ? text : `${text} GMT`);
  return Number.isNaN(time) ? undefined : Math.max(0, time - now);
}

/** The same in words, for a message. */
export function tryAgain(waitMs: number | undefined): string {
  return waitMs === undefined ? "" : ` (try again in ${Math.ceil(waitMs / 1000)} s)`;
}
