import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { Authentication, type AuthenticationOptions } from "../../servers/ews/authentication";
import type { KeyPair } from "../../servers/pki";

/** A request of somebody who is signed in. */
export interface ScriptedRequest {
  method: string;
  /** Below the root of the Web API, with its query, decoded. */
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
  user: string;
  /** Number of the connection, starting at 1. */
  connection: number;
}
export interface Answer {
  status?: number;
  /** Text as it is, anything else as JSON. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
}
/** An answer, or what a broken server does once it has read the request. */
export type Reply = Answer | "stall" | "drop" | "truncate" | "flood";

export interface ScriptedWebApi {
  /** Of the organization. */
  url: string;
  port: number;
  requests: ScriptedRequest[];
  /** Each HTTP exchange, sign-in included: status of its answer. */
  statuses: number[];
  connections: number;
  /** Most requests that were being answered at the same time. */
  mostAtOnce: number;
  reply: (request: ScriptedRequest, index: number) => Reply | Promise<Reply>;
  /** Requests that a front end answers with 503 before anybody is asked who it is. */
  busy: number;
  /** Offered in the place of the plain Bearer. */
  challenge: string | undefined;
  /** Connections to be closed before anything is read on them. */
  refuse: number;
  dropIdle(): void;
  stop(): Promise<void>;
}

export function refusal(status: number, code: string, message: string, headers: Record<string, string> = {}): Answer {
  return { status, body: { error: { code, message } }, headers };
}

/** A server that signs callers in as an organization does and answers by a script. It knows nothing of Dynamics. */
export async function startScriptedWebApi(
  certificate: KeyPair,
  authentication: AuthenticationOptions,
  port = 0,
): Promise<ScriptedWebApi> {
  const sockets = new Map<Socket, number>();
  const signIn = new Authentication(authentication, certificate.certificate);
  let atOnce = 0;
  const server = createServer({ cert: certificate.certificate, key: certificate.key }, (request, response) => {
    void serve(request, response);
  });
  const api: ScriptedWebApi = {
    url: "",
    port: 0,
    requests: [],
    statuses: [],
    connections: 0,
    mostAtOnce: 0,
    challenge: undefined,
    refuse: 0,
    busy: 0,
    reply: () => ({ status: 204 }),
    dropIdle: () => {
      for (const socket of sockets.keys()) socket.destroy();
    },
    stop: () => {
      api.dropIdle();
      return new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
  server.on("secureConnection", (socket: Socket) => {
    sockets.set(socket, (api.connections += 1));
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    if (api.refuse > 0) {
      api.refuse -= 1;
      socket.destroy();
    }
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  api.port = (server.address() as AddressInfo).port;
  api.url = `https://127.0.0.1:${api.port}/Contoso`;
  return api;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request as AsyncIterable<Buffer>) body += chunk.toString();
    if (api.busy > 0) {
      api.busy -= 1;
      api.statuses.push(503);
      response.writeHead(503, { "content-length": "0" }).end();
      return;
    }
    const user = signIn.userOf(request);
    if (typeof user !== "string") {
      api.statuses.push(401);
      for (const header of user.headers)
        response.appendHeader("WWW-Authenticate", header === "Bearer" ? (api.challenge ?? header) : header);
      response.writeHead(401, { "content-length": "0" }).end();
      return;
    }
    const { method = "", url = "", headers, socket } = request;
    const path = decodeURIComponent(url.replace(/^\/Contoso\/api\/data\/v9\.\d\//, ""));
    const asked = { method, path, headers, body, user, connection: sockets.get(socket) ?? 0 };
    api.requests.push(asked);
    api.mostAtOnce = Math.max(api.mostAtOnce, (atOnce += 1));
    const reply = await api.reply(asked, api.requests.length - 1);
    atOnce -= 1;
    if (reply === "stall") return;
    if (reply === "drop") return void socket.destroy();
    if (reply === "truncate") {
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"value":[{"name":"', () => socket.destroy());
      return;
    }
    if (reply === "flood") {
      flood(response);
      return;
    }
    const { status = 200, body: answer } = reply;
    const text = answer === undefined ? "" : typeof answer === "string" ? answer : JSON.stringify(answer);
    api.statuses.push(status);
    response.writeHead(status, {
      ...(text === "" ? {} : { "content-type": "application/json; odata.metadata=minimal" }),
      ...(status === 204 ? {} : { "content-length": Buffer.byteLength(text) }),
      ...reply.headers,
    });
    response.end(text);
  }
}

/** More than anybody reads, without a length. */
function flood(response: ServerResponse): void {
  const chunk = " ".repeat(64 * 1024);
  response.writeHead(200, { "content-type": "application/json" });
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", write);
  response.on("error", () => undefined);
  write();
}
