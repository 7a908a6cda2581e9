import type { ServerResponse } from "node:http";
import type { Recorded } from "./requests";

/** What goes wrong with a request that signed in. Before the organization has done anything, unless it says `after`. */
export type FaultKind =
  | { status: number; body?: unknown; headers?: Readonly<Record<string, string>> }
  /** The connection is reset: the request was never seen, or it was done and its answer is lost. */
  | "drop-before"
  | "drop-after"
  /** Nothing comes back: nothing was done, or it was. */
  | "stall-before"
  | "stall-after"
  /** Done, and then an answer that cannot be read. */
  | "malformed"
  | "truncated";
export interface Fault {
  /** Number of the request, from 1, or which ones. */
  at: number | ((request: Recorded) => boolean);
  does: FaultKind;
  /** How often at most; default always. */
  times?: number;
}

/** The faults of a server; a test may add and take away while it runs. */
export class Faults {
  private planned: (Fault & { done: number })[] = [];

  add(...faults: readonly Fault[]): void {
    this.planned.push(...faults.map((fault) => ({ ...fault, done: 0 })));
  }

  clear(): void {
    this.planned = [];
  }

  /** How often a fault has happened. */
  get happened(): number {
    return this.planned.reduce((sum, { done }) => sum + done, 0);
  }

  next(request: Recorded): FaultKind | undefined {
    const found = this.planned.find(
      ({ at, done, times = Infinity }) =>
        done < times && (typeof at === "number" ? at === request.number : at(request)),
    );
    if (found === undefined) return undefined;
    found.done += 1;
    return found.does;
  }
}

/** Lets a fault happen that is one before anything is done; true when that was all. */
export function failBefore(fault: FaultKind | undefined, response: ServerResponse): boolean {
  if (fault === "stall-before") return true;
  if (fault === "drop-before") return reset(response);
  if (typeof fault !== "object") return false;
  const { status, body = { error: { code: "", message: `Simulated ${status}` } }, headers } = fault;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/html" : "application/json; odata.metadata=minimal";
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text), ...headers }).end(text);
  return true;
}

/** Lets a fault happen that spoils the answer to what was done; true when that was all. */
export function failAfter(fault: FaultKind | undefined, response: ServerResponse, text: string): boolean {
  if (fault === "stall-after") return true;
  if (fault === "drop-after") return reset(response);
  const headers = { "content-type": "application/json; odata.metadata=minimal" };
  if (fault === "malformed") {
    response.writeHead(200, headers).end('{"value":[{"@odata.etag":"W/');
    return true;
  }
  if (fault !== "truncated") return false;
  const whole = Buffer.from(text === "" ? '{"value":[]}' : text);
  response.writeHead(200, { ...headers, "content-length": whole.length });
  response.write(whole.subarray(0, Math.floor(whole.length / 2)), () => response.socket?.destroySoon());
  return true;
}

function reset(response: ServerResponse): true {
  response.socket?.destroy();
  return true;
}
