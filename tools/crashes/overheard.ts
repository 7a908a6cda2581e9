import type { AddressInfo } from "node:net";
import { connect, createServer, type TLSSocket } from "node:tls";
import type { KeyPair } from "../../test/servers/pki";

export interface Overheard {
  port: number;
  stop(): Promise<void>;
}
/** Told of each packet before it goes on: what is killed now does not hear of it any more. */
export type Listener = (from: "client" | "server", packet: string) => void;

/** Stands between client and server, ends the TLS of both, and tells what they say. */
export async function overhear(certificate: KeyPair, port: number, listen: Listener): Promise<Overheard> {
  const sockets = new Set<TLSSocket>();
  const server = createServer({ cert: certificate.certificate, key: certificate.key }, (client) => {
    const behind = connect({ host: "127.0.0.1", port, rejectUnauthorized: false });
    for (const [from, socket, other] of [
      ["client", client, behind],
      ["server", behind, client],
    ] as const) {
      sockets.add(socket);
      socket.on("data", (packet: Buffer) => {
        listen(from, packet.toString("latin1"));
        other.write(packet);
      });
      socket.on("error", () => other.destroy());
      socket.once("end", () => other.end());
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
