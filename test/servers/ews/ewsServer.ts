import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { KeyPair } from "../pki";
import { NtlmAcceptor, type TokenChecking } from "./ntlmAcceptor";
import { answer, type Caller } from "./operations";
import { fault, readRequest } from "./soap";
import type { ExchangeStore } from "./store";

export type Scheme = "Negotiate" | "NTLM" | "Basic" | "Bearer";
/** What happens instead of an answer: by the number of the request, starting at 1, or to the operation of that name. */
export type Interference = (
  request: { number: number; operation: string; requestedVersion: string },
  response: ServerResponse,
  socket: Socket,
) => boolean;

export interface EwsServerOptions {
  store: ExchangeStore;
  /** None: HTTP without TLS. */
  certificate?: KeyPair;
  /** Password by user name: an address, or `DOMAIN\user`. */
  users: Readonly<Record<string, string>>;
  /** User by access token. */
  tokens?: Readonly<Record<string, string>>;
  /** Accounts with the role ApplicationImpersonation. */
  impersonators?: readonly string[];
  /** Address of the mailbox of an account that is named otherwise. */
  addresses?: Readonly<Record<string, string>>;
  schemes?: readonly Scheme[];
  tokenChecking?: TokenChecking;
  tls?: Pick<ServerOptions, "maxVersion" | "minVersion">;
  gzip?: boolean;
  interfere?: Interference;
}
export interface EwsServer {
  port: number;
  url: string;
  /** Each request: method and, where it got that far, operation. */
  requests: string[];
  connections: number;
  /** Authorization headers, and X-AnchorMailbox of each request that had one. */
  authorizations: string[];
  anchors: string[];
  /** Why NTLM was refused last. */
  refusal: string;
  stop(): Promise<void>;
}

const largestRequest = 1024 * 1024;

/** An Exchange Server as far as server-side synchronization sees it: EWS over HTTP with its ways to sign in. */
export async function startEwsServer(options: EwsServerOptions): Promise<EwsServer> {
  const sockets = new Set<Socket>();
  const acceptors = new WeakMap<Socket, NtlmAcceptor>();
  const signedIn = new WeakMap<Socket, string>();
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
  const result: EwsServer = {
    port: 0,
    url: "",
    requests: [],
    connections: 0,
    authorizations: [],
    anchors: [],
    refusal: "",
    stop,
  };
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
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > largestRequest) return void request.destroy();
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks).toString("utf8");
    const operation = /<(?:\w+:)?Body[^>]*>\s*<(?:\w+:)?(\w+)/.exec(body)?.[1] ?? "";
    const requestedVersion = /RequestServerVersion[^>]*Version="(\w+)"/.exec(body)?.[1] ?? "";
    result.requests.push(`${request.method ?? ""} ${operation}`.trim());
    if (request.headers.authorization !== undefined) result.authorizations.push(request.headers.authorization);
    result.anchors.push(...[request.headers["x-anchormailbox"] ?? []].flat());
    const user = authenticated(request);
    const seen = { number: result.requests.length, operation, requestedVersion };
    if (options.interfere?.(seen, response, request.socket) === true) return;
    if (!/^\/ews\/exchange\.asmx$/i.test((request.url ?? "").split("?")[0] ?? ""))
      return void response.writeHead(404).end();
    if (typeof user !== "string") {
      for (const header of user.headers) response.appendHeader("WWW-Authenticate", header);
      response.writeHead(401, { "content-length": "0", ...user.diagnostics }).end();
      return;
    }
    if (request.method !== "POST")
      return void response.writeHead(200, { "content-type": "text/html" }).end("<html>EWS</html>");
    reply(response, handled(body, user));
  }

  function handled(body: string, user: string): { status: number; body: string } {
    const caller: Caller = {
      user: options.addresses?.[user] ?? user,
      mayImpersonate: options.impersonators?.includes(user) ?? false,
    };
    try {
      return answer(readRequest(body), caller, options.store);
    } catch (error) {
      return {
        status: 500,
        body: fault("ErrorSchemaValidation", `The request failed schema validation: ${String(error)}`),
      };
    }
  }

  function reply(response: ServerResponse, { status, body }: { status: number; body: string }): void {
    const packed = options.gzip === true ? gzipSync(body) : Buffer.from(body);
    const encoding = options.gzip === true ? { "content-encoding": "gzip" } : {};
    response
      .writeHead(status, { "content-type": "text/xml; charset=utf-8", "content-length": packed.length, ...encoding })
      .end(packed);
  }

  function authenticated(
    request: IncomingMessage,
  ): string | { headers: string[]; diagnostics?: Record<string, string> } {
    const { socket, headers } = request;
    const schemes = options.schemes ?? ["Negotiate", "NTLM", "Basic"];
    const [scheme = "", value = ""] = (headers.authorization ?? "").split(" ");
    const known = signedIn.get(socket);
    if (known !== undefined && scheme === "") return known;
    const offer = { headers: schemes.map((name) => (name === "Basic" ? 'Basic realm="127.0.0.1"' : name)) };
    if (!schemes.some((name) => name.toLowerCase() === scheme.toLowerCase())) return offer;
    if (scheme === "Basic") {
      const [, user = "", password = ""] = /^([^:]*):(.*)$/.exec(Buffer.from(value, "base64").toString("utf8")) ?? [];
      return options.users[user] === password ? user : offer;
    }
    if (scheme === "Bearer") {
      const user = options.tokens?.[value];
      if (user !== undefined) return user;
      return {
        headers: ['Bearer client_id="00000002-0000-0ff1-ce00-000000000000", error="invalid_token"'],
        diagnostics: {
          "x-ms-diagnostics": '2000003;reason="The audience claim value is invalid.";error_category="invalid_resource"',
        },
      };
    }
    return ntlm(socket, scheme, Buffer.from(value, "base64")) ?? offer;
  }

  function ntlm(socket: Socket, scheme: string, message: Buffer): string | { headers: string[] } | undefined {
    const passwordOf = (user: string, domain: string) => options.users[domain === "" ? user : `${domain}\\${user}`];
    const acceptor =
      acceptors.get(socket) ??
      new NtlmAcceptor(passwordOf, options.certificate?.certificate, options.tokenChecking ?? "allow");
    acceptors.set(socket, acceptor);
    const outcome = acceptor.accept(message);
    if ("challenge" in outcome) return { headers: [`${scheme} ${outcome.challenge.toString("base64")}`] };
    if ("refused" in outcome) {
      result.refusal = outcome.refused;
      acceptors.delete(socket);
      return undefined;
    }
    signedIn.set(socket, outcome.user);
    return outcome.user;
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
