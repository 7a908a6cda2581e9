import { WebApiError } from "./errors";

/** [WA-LIMITS]: each is for one user. */
export interface ServiceProtection {
  requests?: number;
  /** All requests together. */
  executionMs?: number;
  concurrent?: number;
  windowMs?: number;
  /** What the refusal asks to wait; default what is left of the window. */
  retryAfterSeconds?: number;
}

interface Usage {
  at: number;
  ms: number;
}

/** Counts what each user asks, in a window that slides. */
export class ProtectedService {
  private readonly usage = new Map<string, Usage[]>();
  private readonly running = new Map<string, number>();

  constructor(private readonly limits: ServiceProtection) {}

  /** Takes a request in, or refuses it; gives back what to call when it is answered. */
  admit(user: string): () => void {
    const { requests = 6000, executionMs = 1_200_000, concurrent = 52, windowMs = 300_000 } = this.limits;
    const now = performance.now();
    const recent = (this.usage.get(user) ?? []).filter(({ at }) => at > now - windowMs);
    this.usage.set(user, recent);
    const running = this.running.get(user) ?? 0;
    const seconds = windowMs / 1000;
    if (running >= concurrent)
      throw this.refuse("0x80072326", `Number of concurrent requests exceeded the limit of ${concurrent}.`, 1);
    const left = Math.ceil(((recent[0]?.at ?? now) + windowMs - now) / 1000);
    if (recent.length >= requests)
      throw this.refuse(
        "0x80072322",
        `Number of requests exceeded the limit of ${requests} over time window of ${seconds} seconds.`,
        left,
      );
    if (recent.reduce((sum, { ms }) => sum + ms, 0) >= executionMs)
      throw this.refuse(
        "0x80072321",
        `Combined execution time of incoming requests exceeded limit of ${executionMs} milliseconds over time window of ${seconds} seconds.`,
        left,
      );
    const used: Usage = { at: now, ms: 0 };
    recent.push(used);
    this.running.set(user, running + 1);
    return () => {
      used.ms = performance.now() - now;
      this.running.set(user, (this.running.get(user) ?? 1) - 1);
    };
  }

  private refuse(code: string, message: string, left: number): WebApiError {
    const wait = this.limits.retryAfterSeconds ?? left;
    return new WebApiError(429, code, message, { "retry-after": String(wait) });
  }
}
