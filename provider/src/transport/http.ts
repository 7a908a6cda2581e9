import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest, type AgentOptions } from "node:https";
import { isIP, type LookupFunction, type Socket } from "node:net";
import { TLSSocket, type PeerCertificate } from "node:tls";
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import type { Budget } from "./budget";
import { DialogError } from "./dialog";
import { inDoubt } from "./inDoubt";
import { proxyFor, TunnelAgent } from "./proxy";
import { tlsOptions } from "./tls";

/** Nothing that a test reads is larger, packed or unpacked. */
const largestBody = 4 * 1024 * 1024;
const connectMs = 20_000;

export interface HttpRequest {
  method: "GET" | "POST" | "PATCH" | "DELETE";
  url: URL;
  headers: Readonly<Record<string, string>>;
  body?: string | undefined;
  /** Only this connection will do: what was negotiated on it does not hold on another. */
  onlyOn?: Socket | undefined;
}
export interface HttpResponse {
  status: number;
  /** Names in lower case; several headers of one name in the order of their arrival. */
  headers: Readonly<Record<string, readonly string[]>>;
  body: string;
  socket: Socket;
}

/** Where a connection goes instead, for tests of servers with names of their own. Nothing public leads here. */
export type Route = (host: string, port: number) => { hostname?: string; port?: number; lookup?: LookupFunction };

/**
 * HTTP/1.1 on one connection that is kept alive, through the proxy that the environment names. Redirects are answers
 * like any other, and never followed.
 */
export class HttpClient {
  private readonly secure: HttpsAgent;
  private readonly plain: HttpAgent;
  private tunnel: TunnelAgent | undefined;
  /** Whether the server has answered anything yet. */
  hasAnswered = false;
  private readonly closing = new AbortController();
  private readonly secureOptions: AgentOptions;
  /** DER of the server's certificate. A resumed TLS session has none, so none is resumed. */
  private readonly certificates = new WeakMap<Socket, Buffer>();
  private readonly established = new WeakSet<Socket>();

  constructor(
    host: string,
    caCertificates: string | undefined,
    /** Of everything that is sent; a function where the connection outlives the operation that opened it. */
    private readonly budget: Budget | (() => Budget),
    private readonly route?: Route,
  ) {
    const one = { keepAlive: true, maxSockets: 1, maxCachedSessions: 0 };
    const { servername, ...tls } = tlsOptions(host, caCertificates);
    this.secureOptions = { ...one, ...tls, ...(isIP(host) === 0 ? { servername } : {}) };
    this.secure = new HttpsAgent(this.secureOptions);
    this.plain = new HttpAgent(one);
  }

  /**
   * One request and its whole answer.
   *
   * @throws an error of the socket or of TLS, {@link DialogError}, or ServerSideSyncError `test-timeout`
   */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const { message, abort, arrived, isUnderWay } = this.start(request);
    try {
      const budget = this.currentBudget();
      const response = await budget.run("The HTTP answer", message, abort);
      this.hasAnswered = true;
      const body = await budget.run("The HTTP answer", readBody(response), abort);
      return { status: response.statusCode ?? 0, headers: headersOf(response), body, socket: await arrived };
    } catch (error) {
      throw isUnderWay() ? inDoubt(error) : error;
    }
  }

  /** DER of the certificate that the server showed on this connection. */
  certificateOf(socket: Socket): Buffer | undefined {
    return this.certificates.get(socket);
  }

  close(): void {
    this.closing.abort();
    this.secure.destroy();
    this.plain.destroy();
    this.tunnel?.destroy();
  }

  private currentBudget(): Budget {
    return typeof this.budget === "function" ? this.budget() : this.budget;
  }

  private agentFor(url: URL): HttpAgent {
    if (url.protocol !== "https:") return this.plain;
    const proxy = proxyFor(url);
    if (proxy === undefined) return this.secure;
    const deadlineMs = () => Math.min(connectMs, this.currentBudget().remaining());
    this.tunnel ??= new TunnelAgent(proxy, this.secureOptions, { deadlineMs, signal: this.closing.signal });
    return this.tunnel;
  }

  private start({ method, url, headers, body, onlyOn }: HttpRequest) {
    const secure = url.protocol === "https:";
    const options = {
      method,
      agent: this.agentFor(url),
      // Node would send what a URL says of a user unasked, to whoever is there.
      auth: undefined,
      headers: { "accept-encoding": "gzip, deflate", ...headers, host: url.host, ...lengthOf(body) },
      ...this.route?.(url.hostname, Number(url.port || (secure ? 443 : 80))),
    };
    const request: ClientRequest = secure ? httpsRequest(url, options) : httpRequest(url, options);
    const arrived = new Promise<Socket>((resolve) => request.once("socket", resolve));
    const abort = () => {
      request.destroy();
    };
    let underWay = false;
    const message = new Promise<IncomingMessage>((resolve, reject) => {
      request.once("error", reject);
      const answered = (response: IncomingMessage) => {
        if (response.statusCode !== 101) {
          resolve(response);
          return;
        }
        response.socket.destroy();
        reject(new DialogError("PROTOCOL_SWITCHED", "HTTP 101, which nobody asked for"));
      };
      request.once("response", answered);
      request.once("upgrade", answered);
      // Node ends some connections without a word.
      request.once("close", () => {
        reject(new DialogError("ECONNRESET", "the connection was closed without an answer"));
      });
      request.once("socket", (socket) => {
        if (onlyOn !== undefined && socket !== onlyOn) {
          request.destroy(new DialogError("CONNECTION_LOST", "the server closed the connection between two requests"));
          return;
        }
        this.ready(socket, request, () => {
          underWay = method === "DELETE" || (body !== undefined && body !== "");
          request.end(body);
        });
      });
    });
    return { message, abort, arrived, isUnderWay: () => underWay };
  }

  /** Nothing is written before the connection stands: a body must not travel on one that turns out to be wrong. */
  private ready(socket: Socket, request: ClientRequest, write: () => void): void {
    if (!socket.connecting && (!(socket instanceof TLSSocket) || this.established.has(socket))) {
      write();
      return;
    }
    socket.setNoDelay(true);
    const timer = setTimeout(
      () => request.destroy(new DialogError("CONNECT_TIMEOUT", "the connection was not established in time")),
      Math.min(connectMs, this.currentBudget().remaining()),
    );
    socket.once("close", () => {
      clearTimeout(timer);
    });
    socket.once(socket instanceof TLSSocket ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      if (socket instanceof TLSSocket) this.keepCertificate(socket);
      write();
    });
  }

  /** Node gives it once a connection; a resumed session has none. */
  private keepCertificate(socket: TLSSocket): void {
    this.established.add(socket);
    const { raw } = socket.getPeerCertificate(false) as Partial<PeerCertificate>;
    if (raw !== undefined) this.certificates.set(socket, Buffer.from(raw));
  }
}

function lengthOf(body: string | undefined): Record<string, string> {
  return body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
}

function headersOf({ rawHeaders }: IncomingMessage): Record<string, string[]> {
  const headers: Record<string, string[]> = {};
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    (headers[name] ??= []).push(rawHeaders[index + 1] ?? "");
  }
  return headers;
}

async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) {
      response.destroy();
      throw tooLarge();
    }
    chunks.push(chunk);
  }
  if (!response.complete) throw new DialogError("ECONNRESET", "the answer broke off");
  return (await unpacked(Buffer.concat(chunks), response.headers["content-encoding"])).toString("utf8");
}

async function unpacked(body: Buffer, encoding: string | undefined): Promise<Buffer> {
  const unpack = { gzip: gunzip, deflate: inflate, br: brotliDecompress }[encoding?.toLowerCase() ?? ""];
  if (unpack === undefined) return body;
  try {
    return await (promisify(unpack) as (data: Buffer, options: object) => Promise<Buffer>)(body, {
      maxOutputLength: largestBody,
    });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE") throw tooLarge();
    throw new DialogError("BAD_ENCODING", `the answer cannot be unpacked (${encoding ?? ""})`);
  }
}

function tooLarge(): DialogError {
  return new DialogError("ANSWER_TOO_LARGE", `an answer of more than ${largestBody} octets`);
}
