import type { ServerSideSyncError } from "../errors";
import type { Endpoint } from "./types";

/** What an error tells of the server behind it: nobody gets through to it, or it answered. */
export interface ServerVerdict {
  /** `HOST:PORT`, or the search that found nobody. */
  server: string;
  says: "down" | "heard";
}

const verdicts = new WeakMap<Error, ServerVerdict>();

/** `HOST:PORT`: what a breaker knows a server by. */
export function serverName({ host, port }: Pick<Endpoint, "host" | "port">): string {
  return `${host.includes(":") ? `[${host}]` : host.toLowerCase()}:${port}`;
}

/** Keeps beside an error what it tells of its server. The first who knows decides. */
export function withVerdict<T extends Error>(error: T, verdict: ServerVerdict | undefined): T {
  if (verdict !== undefined && !verdicts.has(error)) verdicts.set(error, verdict);
  return error;
}

export function verdictOf(error: Error): ServerVerdict | undefined {
  return verdicts.get(error);
}

/** Permanent by themselves, and yet the same for everybody who asks this server, however it was declared. */
const standing = ["connection-refused", "host-not-found", "proxy-unreachable"];

/** Whether a fault from before anybody was named is one that all mailboxes of the server would meet. */
export function concernsEverybody({ code, transient }: ServerSideSyncError): boolean {
  return transient || standing.includes(code);
}
