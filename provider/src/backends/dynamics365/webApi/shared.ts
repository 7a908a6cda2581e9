import { createHash } from "node:crypto";
import { WebApi } from "./client";
import type { WebApiOptions } from "./types";

const known = new Map<string, WebApi>();

/** One client for each organization and caller in this process: they share sign-in, connections and metadata. */
export function sharedWebApi(options: WebApiOptions): WebApi {
  const entries = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  const key = createHash("sha256").update(JSON.stringify(entries)).digest("base64");
  const client = known.get(key) ?? new WebApi(options);
  known.set(key, client);
  return client;
}
