import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface DelayProxy {
  port: number;
  stop(): Promise<void>;
}

/**
 * A long line to a server of the loopback: what is sent arrives half a round trip later, in either direction, and
 * connecting takes the round trip that it takes on a real one (the client's part of it included in the wait before its
 * first octets are taken).
 */
export async function startDelayProxy(port: number, roundTripMs: number): Promise<DelayProxy> {
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
  // Timers of equal length run in the order in which they were set: so nothing overtakes.
  const after = (milliseconds: number, work: () => void) => {
    if (milliseconds === 0) {
      work();
      return;
    }
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, milliseconds);
    timers.add(timer);
  };
  const keep = (socket: Socket, other: () => Socket) => {
    sockets.add(socket);
    // Half a connection may still carry an answer: each end closes the other's direction, and nothing else.
    socket.setNoDelay(true).on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      later(() => other().write(chunk));
    });
    socket.once("end", () => {
      later(() => other().end());
    });
    socket.once("close", () => {
      sockets.delete(socket);
      later(() => other().destroy());
    });
  };
  const later = (work: () => void) => {
    after(roundTripMs / 2, work);
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    let behind: Socket | undefined;
    const open = () => {
      behind = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
      keep(behind, () => client);
      return behind;
    };
    after(roundTripMs, () => {
      later(() => {
        behind ??= open();
      });
      keep(client, () => (behind ??= open()));
      client.resume();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        for (const timer of timers) clearTimeout(timer);
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}
