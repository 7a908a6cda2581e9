import { batchRequests } from "./batch";

/** A request that signed in. */
export interface Recorded {
  /** From 1. */
  number: number;
  method: string;
  /** Below the service root, decoded, with its query. */
  path: string;
  body: string;
  user: string;
  /** By the clock of this machine. */
  at: Date;
  kind: "read" | "write";
  /** What a batch consists of. */
  operations: { method: string; url: string; body: string }[];
  /** What it was answered; undefined until then, and where a fault ate the answer. */
  status?: number;
}

/** Everything that was asked, in its order. */
export class Requests {
  readonly all: Recorded[] = [];

  add(request: Pick<Recorded, "method" | "path" | "body" | "user">, contentType: string): Recorded {
    const operations = request.path === "$batch" ? batchRequests(contentType, request.body) : [];
    const methods = request.path === "$batch" ? operations.map(({ method }) => method) : [request.method];
    const recorded: Recorded = {
      ...request,
      number: this.all.length + 1,
      at: new Date(),
      kind: methods.every((method) => method === "GET") ? "read" : "write",
      operations: operations.map(({ method, url, body }) => ({ method, url, body })),
    };
    this.all.push(recorded);
    return recorded;
  }

  get reads(): Recorded[] {
    return this.all.filter(({ kind }) => kind === "read");
  }

  get writes(): Recorded[] {
    return this.all.filter(({ kind }) => kind === "write");
  }

  /** Forgets what was asked, so that numbers begin at 1 again. */
  clear(): void {
    this.all.length = 0;
  }
}
