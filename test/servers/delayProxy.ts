import { createServer, Socket, type AddressInfo } from "node:net";

export interface DelayProxy {
  port: number;
  stop(): Promise<void>;
}

/**
 * A long line to a server of the loopback: in either direction what is sent arrives half a round trip later, and
 * connecting takes a whole one, although the client believes to be connected at once.
 */
export async function startDelayProxy(port: number, roundTripMs: number): Promise<DelayProxy> {
  const sockets = new Set<Socket>();
  const timers = new Set<NodeJS.Timeout>();
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
  // Timers of equal length run in the order in which they were set, so nothing overtakes.
  const later = (work: () => void) => {
    after(roundTripMs / 2, work);
  };
  const hold = (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.setNoDelay(true).on("error", () => socket.destroy());
  };
  const relay = (from: Socket, to: Socket) => {
    from.on("data", (chunk) => {
      later(() => to.write(chunk));
    });
    // The other direction may still carry an answer.
    from.once("end", () => {
      later(() => to.end());
    });
    from.once("close", () => {
      later(() => to.destroy());
    });
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    hold(client);
    after(roundTripMs, () => {
      if (client.destroyed) return;
      const behind = new Socket({ allowHalfOpen: true });
      hold(behind);
      later(() => behind.connect({ host: "127.0.0.1", port }));
      relay(client, behind);
      relay(behind, client);
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
