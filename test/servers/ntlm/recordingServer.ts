import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { TLSSocket } from "node:tls";
import { NtlmAcceptor, type TokenChecking } from "../ews/ntlmAcceptor";
import type { KeyPair } from "../pki";

/** A request as it arrived. */
export interface RecordedRequest {
  /** Number of the connection, starting at 1. */
  connection: number;
  /** Scheme of the authorization, and the type of an NTLM message: `NTLM 3`; empty without. */
  authorization: string;
  body: string;
}
export interface RecordingServerOptions {
  /** None: HTTP without TLS. */
  certificate?: KeyPair;
  tls?: Pick<ServerOptions, "minVersion" | "maxVersion">;
  /** Challenges without a token, as they stand in the header. */
  offers: readonly string[];
  /** All offers in one header, as proxies join them. */
  merged?: boolean;
  account: { username: string; password: string };
  tokenChecking?: TokenChecking;
  /** Forget the sign-in after each request. */
  eachRequest?: boolean;
  /** Close the connection together with each challenge. */
  closesAfterChallenge?: boolean;
  /** Handles a request itself, or says false. */
  interfere?: (request: RecordedRequest, response: ServerResponse, socket: Socket) => boolean;
}
export interface RecordingServer {
  url: URL;
  requests: RecordedRequest[];
  /** Whether the TLS session of each connection was a resumed one. */
  resumed: boolean[];
  /** Closes every connection, as a server does with idle ones. */
  drop(): void;
  stop(): Promise<void>;
}

/** Signs in by NTLM or Basic and writes down who asked what on which connection. */
export async function startRecordingServer(options: RecordingServerOptions): Promise<RecordingServer> {
  const { certificate, account } = options;
  const connections = new Map<Socket, { number: number; acceptor?: NtlmAcceptor | undefined; signedIn: boolean }>();
  let count = 0;
  const handle = (request: IncomingMessage, response: ServerResponse) => void serve(request, response);
  const server =
    certificate === undefined
      ? createServer(handle)
      : createTlsServer({ cert: certificate.certificate, key: certificate.key, ...options.tls }, handle);
  const result: RecordingServer = {
    url: new URL("http://127.0.0.1"),
    requests: [],
    resumed: [],
    drop: () => {
      for (const socket of connections.keys()) socket.destroy();
    },
    stop: () => {
      result.drop();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
  server.on(certificate === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    connections.set(socket, { number: (count += 1), signedIn: false });
    if (socket instanceof TLSSocket) result.resumed.push(socket.isSessionReused());
    socket.on("error", () => socket.destroy());
    socket.once("close", () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  result.url = new URL(`${certificate === undefined ? "http" : "https"}://127.0.0.1:${port}/`);
  return result;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request as AsyncIterable<Buffer>) body += chunk.toString();
    const { socket } = request;
    const connection = connections.get(socket);
    if (connection === undefined) return;
    const [scheme = "", value = ""] = (request.headers.authorization ?? "").split(" ");
    const message = Buffer.from(value, "base64");
    const isNtlm = ["NTLM", "Negotiate"].includes(scheme);
    const recorded = {
      connection: connection.number,
      authorization: isNtlm ? `${scheme} ${message[8] ?? 0}` : scheme,
      body,
    };
    result.requests.push(recorded);
    if (options.interfere?.(recorded, response, socket) === true) return;
    let challenges = [...options.offers];
    if (scheme === "Basic" && challenges.some((offer) => offer.startsWith("Basic")))
      connection.signedIn = message.toString() === `${account.username}:${account.password}`;
    if (isNtlm && challenges.includes(scheme)) {
      connection.acceptor ??= newAcceptor();
      const outcome = connection.acceptor.accept(message);
      if ("challenge" in outcome) challenges = [`${scheme} ${outcome.challenge.toString("base64")}`];
      connection.signedIn = "user" in outcome;
      if ("refused" in outcome) connection.acceptor = undefined;
    }
    if (connection.signedIn) {
      response.end(`done: ${body}`);
      if (options.eachRequest === true) connection.signedIn = false;
      return;
    }
    const headers = options.merged === true ? [challenges.join(", ")] : challenges;
    for (const header of headers) response.appendHeader("WWW-Authenticate", header);
    const close = options.closesAfterChallenge === true ? { connection: "close" } : {};
    response.writeHead(401, { "content-length": "0", ...close }).end();
  }

  function newAcceptor(): NtlmAcceptor {
    const known = (user: string, domain: string) =>
      (domain === "" ? user : `${domain}\\${user}`) === account.username ? account.password : undefined;
    return new NtlmAcceptor(known, certificate?.certificate, options.tokenChecking ?? "require");
  }
}
