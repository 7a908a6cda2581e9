import { connect, createServer, type TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import type { KeyPair } from "./pki";

export interface TlsProxy {
  port: number;
  stop(): Promise<void>;
}
/** Told of each packet before it goes on: what is killed now does not hear of it any more. */
export type Listener = (from: "client" | "server", packet: string) => void;

/** Ends TLS with a certificate of its own and begins another towards the server: what Extended Protection is to find out. */
export async function startTlsProxy(certificate: KeyPair, port: number, listen?: Listener): Promise<TlsProxy> {
  const sockets = new Set<TLSSocket>();
  const server = createServer({ cert: certificate.certificate, key: certificate.key }, (client) => {
    // Reads past the server's certificate, as such devices do.
    const behind = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    for (const [from, socket, other] of [
      ["client", client, behind],
      ["server", behind, client],
    ] as const) {
      sockets.add(socket);
      if (listen !== undefined)
        socket.on("data", (packet: Buffer) => {
          listen(from, packet.toString("latin1"));
        });
      socket.pipe(other);
      socket.on("error", () => other.destroy());
      socket.once("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}
