import { request as httpRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type AgentOptions, type RequestOptions } from "node:https";
import { isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { DialogError } from "./dialog";
import { isExempt, proxyVariable } from "./proxyEnvironment";
import { tlsOptions } from "./tls";

/** An HTTP proxy. Its user and password stand in no property that is ever printed. */
export interface Proxy {
  host: string;
  port: number;
  /** The proxy itself is reached over TLS: `https://` in its URL. */
  secure: boolean;
  authorization: string | undefined;
}

/**
 * The proxy that `HTTPS_PROXY` and `NO_PROXY` name for an https URL, undefined where it is reached directly. An http URL
 * never goes through one: what is not encrypted stays within the network. Nor does this machine itself.
 *
 * @throws DialogError `PROXY_MALFORMED`
 */
export function proxyFor(url: URL): Proxy | undefined {
  if (url.protocol !== "https:" || isLoopback(url.hostname)) return undefined;
  const variable = proxyVariable();
  return variable === undefined || isExempt(url) ? undefined : readProxy(variable);
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/i.test(hostname);
}

/** Without a scheme it is http, as everywhere. The URL is not quoted in the error: it may hold a password. */
function readProxy({ name, text }: { name: string; text: string }): Proxy {
  try {
    const { protocol, hostname, port, username, password } = new URL(text.includes("://") ? text : `http://${text}`);
    if ((protocol !== "http:" && protocol !== "https:") || hostname === "") throw new TypeError("no HTTP proxy");
    const secure = protocol === "https:";
    const user = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return {
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: port === "" ? (secure ? 443 : 80) : Number(port),
      secure,
      authorization: username === "" ? undefined : `Basic ${Buffer.from(user, "utf8").toString("base64")}`,
    };
  } catch {
    throw new DialogError("PROXY_MALFORMED", `${name} is not the URL of an HTTP proxy`);
  }
}

export interface TunnelOptions {
  /** From the look-up of the proxy's name to its answer. */
  deadlineMs: () => number;
  signal: AbortSignal;
}

/** TLS to the server itself through a tunnel (CONNECT, RFC 9110, section 9.3.6): the proxy sees no more than its name. */
export class TunnelAgent extends HttpsAgent {
  constructor(
    private readonly proxy: Proxy,
    options: AgentOptions,
    private readonly tunnel: TunnelOptions,
  ) {
    super(options);
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    openTunnel(this.proxy, authorityOf(options), this.tunnel).then(
      (socket) => callback?.(null, connectTls({ ...options, socket } as ConnectionOptions)),
      (error: unknown) => callback?.(error as Error, undefined as never),
    );
  }
}

function authorityOf({ host, port }: RequestOptions): string {
  const name = host ?? "";
  return `${isIP(name) === 6 ? `[${name}]` : name}:${String(port ?? 443)}`;
}

function openTunnel(proxy: Proxy, authority: string, { deadlineMs, signal }: TunnelOptions): Promise<Socket> {
  const { host, port, secure, authorization } = proxy;
  const where = `the proxy ${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const request = (secure ? httpsRequest : httpRequest)({
    host,
    port,
    method: "CONNECT",
    path: authority,
    headers: { host: authority, ...(authorization === undefined ? {} : { "proxy-authorization": authorization }) },
    agent: false,
    signal,
    ...(secure ? tlsOptions(host, undefined) : {}),
  });
  const timer = setTimeout(
    () => request.destroy(new DialogError("PROXY_FAILED", `${where} did not answer in time`)),
    deadlineMs(),
  );
  return new Promise<Socket>((resolve, reject) => {
    request.once("connect", (response: IncomingMessage, socket: Socket, head: Buffer) => {
      if (response.statusCode === 200 && head.length === 0) {
        resolve(socket);
        return;
      }
      socket.destroy();
      reject(refusal(where, response));
    });
    request.once("response", (response) => {
      response.destroy();
      reject(refusal(where, response));
    });
    request.once("error", (error: NodeJS.ErrnoException) => {
      reject(error instanceof DialogError ? error : unreachable(where, error));
    });
    request.end();
  }).finally(() => {
    clearTimeout(timer);
  });
}

function refusal(where: string, { statusCode = 0, statusMessage = "" }: IncomingMessage): DialogError {
  const said = `${where} answered ${statusCode} ${statusMessage}`.trim();
  if (statusCode === 407) return new DialogError("PROXY_AUTHENTICATION_REQUIRED", said);
  return new DialogError(statusCode >= 500 ? "PROXY_FAILED" : "PROXY_REFUSED", said);
}

function unreachable(where: string, { code, message }: NodeJS.ErrnoException): DialogError {
  const passing = code === "EAI_AGAIN" || code === "ECONNRESET" || code === "ETIMEDOUT" || code === "EPIPE";
  return new DialogError(passing ? "PROXY_FAILED" : "PROXY_UNREACHABLE", `${where}: ${code ?? message}`);
}
