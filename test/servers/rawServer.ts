import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { until } from "./processes";

export interface RawServer {
  port: number;
  stop(): Promise<void>;
}

/** Acts on the first octets of each client, whatever they are. */
export async function startRawServer(act: (socket: Socket) => void): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("data", () => {
      act(socket);
    });
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

const deaf = `
const { parentPort } = require("node:worker_threads");
const server = require("node:net").createServer();
server.listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
  parentPort.postMessage(server.address().port);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
});`;
/** The queue of the kernel holds one more than was asked for. */
const queued = 2;

/** A host that is there and does not answer: its queue of connections is full, and nobody takes one out of it. */
export async function startDeafServer(): Promise<RawServer> {
  const worker = new Worker(deaf, { eval: true });
  const port = await new Promise<number>((resolve, reject) => worker.once("message", resolve).once("error", reject));
  let connected = 0;
  const fillers = Array.from({ length: queued }, () =>
    connect({ host: "127.0.0.1", port })
      .on("error", () => undefined)
      .once("connect", () => (connected += 1)),
  );
  await until("a full queue", () => connected === queued, 5000);
  return {
    port,
    stop: async () => {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}
