import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { KeyPair } from "../pki";
import { Authentication, type AuthenticationOptions } from "./authentication";
import { answer, orFault, type Answer, type Caller } from "./operations";
import { readRequest } from "./soap";
import type { ExchangeStore } from "./store";
import type { ExchangeRelease } from "./versions";

export type { Scheme } from "./authentication";

/** What happens instead of an answer: by the number of the request, starting at 1, or to the operation of that name. */
export type Interference = (
  request: { number: number; operation: string; body: string },
  response: ServerResponse,
  socket: Socket,
) => boolean;
/** How an answer travels. */
export type Transfer = "plain" | "gzip" | "chunked" | "truncated";
/** A request that was answered, and how. */
export interface Exchanged {
  operation: string;
  status: number;
  request: string;
  reply: string;
}

export interface EwsServerOptions extends AuthenticationOptions {
  store: ExchangeStore;
  /** None: HTTP without TLS. */
  certificate?: KeyPair;
  /** Accounts with the role ApplicationImpersonation. */
  impersonators?: readonly string[];
  /** Address of the mailbox of an account that is named otherwise. */
  addresses?: Readonly<Record<string, string>>;
  tls?: Pick<ServerOptions, "maxVersion" | "minVersion">;
  /** Which Exchange it is; default 2016. */
  version?: ExchangeRelease;
  transfer?: Transfer;
  /** The same as `transfer: "gzip"`. */
  gzip?: boolean;
  /** Before anybody signs in, as a proxy in front of Exchange would. */
  interfere?: Interference;
  /** After the sign-in, as Exchange itself does. */
  script?: Interference;
}
export interface EwsServer {
  port: number;
  url: string;
  /** Each request: method and, where it got that far, operation. */
  requests: string[];
  /** Each request that Exchange itself answered. */
  exchanged: Exchanged[];
  connections: number;
  /** Authorization of each request that had one. */
  authorizations: string[];
  /** X-AnchorMailbox of each request that had one. */
  anchors: string[];
  /** Why NTLM was refused last. */
  refusal: string;
  stop(): Promise<void>;
}

const largestRequest = 1024 * 1024;

/** An Exchange Server as far as server-side synchronization sees it: EWS over HTTP with its ways to sign in. */
export async function startEwsServer(options: EwsServerOptions): Promise<EwsServer> {
  const sockets = new Set<Socket>();
  const authentication = new Authentication(options, options.certificate?.certificate);
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    void serve(request, response);
  };
  const server =
    options.certificate === undefined
      ? createServer(handle)
      : createTlsServer(
          { cert: options.certificate.certificate, key: options.certificate.key, ...options.tls },
          handle,
        );
  const lists = { requests: [], exchanged: [], authorizations: [], anchors: [] };
  const result: EwsServer = { port: 0, url: "", ...lists, connections: 0, refusal: "", stop };
  server.on(options.certificate === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    result.connections += 1;
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  result.port = (server.address() as AddressInfo).port;
  result.url = `${options.certificate === undefined ? "http" : "https"}://127.0.0.1:${result.port}/EWS/Exchange.asmx`;
  return result;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    if (body === undefined) return void request.destroy();
    const operation = /<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)/.exec(body)?.[1] ?? "";
    result.requests.push(`${request.method ?? ""} ${operation}`.trim());
    if (request.headers.authorization !== undefined) result.authorizations.push(request.headers.authorization);
    result.anchors.push(...[request.headers["x-anchormailbox"] ?? []].flat());
    const seen = { number: result.requests.length, operation, body };
    if (options.interfere?.(seen, response, request.socket) === true) return;
    if (!/^\/ews\/exchange\.asmx$/i.test((request.url ?? "").split("?")[0] ?? ""))
      return void response.writeHead(404).end();
    const user = authentication.userOf(request);
    result.refusal = authentication.refusal;
    if (typeof user !== "string") {
      for (const header of user.headers) response.appendHeader("WWW-Authenticate", header);
      response.writeHead(401, { "content-length": "0", ...user.diagnostics }).end();
      return;
    }
    if (options.script?.(seen, response, request.socket) === true) return;
    if (request.method !== "POST")
      return void response.writeHead(200, { "content-type": "text/html" }).end("<html>EWS</html>");
    const replied = handled(body, user);
    result.exchanged.push({ operation, status: replied.status, request: body, reply: replied.body });
    send(response, replied, options.transfer ?? (options.gzip === true ? "gzip" : "plain"));
  }

  function handled(body: string, user: string): Answer {
    const caller: Caller = {
      user: options.addresses?.[user] ?? user,
      mayImpersonate: options.impersonators?.includes(user) ?? false,
    };
    return orFault(() => answer(readRequest(body), caller, options.store, options.version));
  }

  function stop(): Promise<void> {
    return new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => {
        resolve();
      });
    });
  }
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestRequest) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, { status, body }: Answer, transfer: Transfer): void {
  const headers = { "content-type": "text/xml; charset=utf-8" };
  if (transfer === "chunked") {
    response.writeHead(status, headers);
    for (let at = 0; at < body.length; at += 7) response.write(body.slice(at, at + 7));
    response.end();
    return;
  }
  if (transfer === "truncated") {
    const half = Buffer.from(body).subarray(0, Math.floor(body.length / 2));
    response.writeHead(status, { ...headers, "content-length": half.length }).end(half);
    return;
  }
  const packed = transfer === "gzip" ? gzipSync(body) : Buffer.from(body);
  const encoding = transfer === "gzip" ? { "content-encoding": "gzip" } : {};
  response.writeHead(status, { ...headers, "content-length": packed.length, ...encoding }).end(packed);
}
