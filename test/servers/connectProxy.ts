import { createServer, type IncomingMessage } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";

/** Where a tunnel to `HOST:PORT` really leads. */
export type Routes = Readonly<Record<string, { host: string; port: number }>>;

export interface ConnectProxyOptions {
  /** Wants this user and password (Basic). */
  user?: string;
  password?: string;
  /** Instead of a tunnel: a status line and headers as they are; `stall` for nothing at all. */
  answer?: string;
}
export interface ConnectProxy {
  port: number;
  /** For HTTPS_PROXY, without user and password. */
  url: string;
  /** `HOST:PORT` of each CONNECT. */
  connects: string[];
  /** Tunnels and connections that are open now. */
  readonly connections: number;
  stop(): Promise<void>;
}

/** An HTTP proxy that knows CONNECT only, and leads each tunnel where the test says; others are refused. */
export async function startConnectProxy(routes: Routes, options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const sockets = new Set<Socket>();
  const connects: string[] = [];
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on("connection", keep);
  server.on("connect", (request: IncomingMessage, client: Socket, head: Buffer) => {
    const target = request.url ?? "";
    connects.push(target);
    if (options.answer === "stall") {
      // Unread, its end would go unseen.
      client.resume().once("end", () => client.destroy());
      return;
    }
    const refuse = (answer: string) => client.end(answer);
    if (options.answer !== undefined) return void refuse(options.answer);
    if (options.user !== undefined && request.headers["proxy-authorization"] !== basic(options))
      return void refuse(
        'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="proxy"\r\n\r\n',
      );
    const route = routes[target];
    if (route === undefined) return void refuse("HTTP/1.1 403 Forbidden\r\n\r\n");
    const upstream = connect(route);
    keep(upstream);
    upstream.once("error", () => refuse("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    upstream.once("connect", () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      client.pipe(upstream).pipe(client);
    });
    client.once("close", () => upstream.destroy());
    upstream.once("close", () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    connects,
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
}

function basic({ user = "", password = "" }: ConnectProxyOptions): string {
  return `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`;
}
