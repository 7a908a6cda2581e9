import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { KeyPair } from "../pki";
import { adfsGrant, type AdfsOptions } from "./adfs";
import { granted, type Grant, type TokenAnswer } from "./answers";
import { googleGrant, type GoogleClient, type ServiceAccount } from "./google";
import { microsoftGrant, type RefreshToken, type RegisteredApp } from "./microsoft";

export interface TokenServerOptions {
  /** For the names of the real endpoints, or for the loopback. */
  certificate: KeyPair;
  apps?: readonly RegisteredApp[];
  serviceAccounts?: readonly ServiceAccount[];
  googleClients?: readonly GoogleClient[];
  adfs?: AdfsOptions;
  refreshTokens?: Readonly<Record<string, RefreshToken>>;
  /** Makes the access token. */
  accessToken: (grant: Grant) => string;
  lifetimeSeconds?: number;
  /** Instead of an answer: another one, or what a broken server does. */
  interfere?: (form: URLSearchParams, number: number) => TokenAnswer | "stall" | "reset" | undefined;
}
export interface TokenServer {
  port: number;
  /** Path of each request. */
  requests: string[];
  /** Form of each request. */
  forms: URLSearchParams[];
  /** What was granted. */
  grants: Grant[];
  /** Clients that are connected now. */
  readonly connections: number;
  stop(): Promise<void>;
}

const largestForm = 64 * 1024;

/**
 * Token endpoints of Microsoft Entra ID (`/TENANT/oauth2/v2.0/token`), of AD FS (`/adfs/oauth2/token`) and of Google
 * (`/token`), over TLS.
 */
export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const sockets = new Set<Socket>();
  const requests: string[] = [];
  const forms: URLSearchParams[] = [];
  const grants: Grant[] = [];
  const { certificate, key } = options.certificate;
  const server = createServer({ cert: certificate, key }, (request, response) => {
    void serve(request, response);
  });
  server.on("secureConnection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    forms,
    grants,
    get connections() {
      return sockets.size;
    },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) {
      body += String(chunk);
      if (body.length > largestForm) return void request.destroy();
    }
    const path = (request.url ?? "").split("?")[0] ?? "";
    const form = new URLSearchParams(body);
    requests.push(path);
    forms.push(form);
    const interference = options.interfere?.(form, requests.length);
    if (interference === "stall") return;
    if (interference === "reset") return void request.socket.destroy();
    reply(response, interference ?? (await answer(path, request, form)));
  }

  async function answer(path: string, request: IncomingMessage, form: URLSearchParams): Promise<TokenAnswer> {
    if (
      request.method !== "POST" ||
      !/^application\/x-www-form-urlencoded/i.test(request.headers["content-type"] ?? "")
    )
      return { status: 400, body: { error: "invalid_request", error_description: "POST a form." } };
    const refreshTokens = options.refreshTokens ?? {};
    const tenant = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(path)?.[1];
    const grant =
      tenant !== undefined
        ? await microsoftGrant(decodeURIComponent(tenant), form, options.apps ?? [], refreshTokens)
        : path === "/token"
          ? await googleGrant(form, options.serviceAccounts ?? [], options.googleClients ?? [], refreshTokens)
          : path === "/adfs/oauth2/token"
            ? adfsGrant(form, options.adfs ?? { applications: [] })
            : { status: 404, body: "<html>Not found</html>" };
    if ("status" in grant) return grant;
    grants.push(grant);
    return granted(options.accessToken(grant), options.lifetimeSeconds ?? 3599);
  }
}

function reply(response: ServerResponse, { status, body, headers }: TokenAnswer): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const type = typeof body === "string" ? "text/html" : "application/json; charset=utf-8";
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text), ...headers }).end(text);
}
