import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { freePorts } from "../../servers/processes";
import { startDelayProxy, type DelayProxy } from "../../servers/delayProxy";

describe("a delay proxy", () => {
  const roundTripMs = 30;
  let server: Server;
  let proxy: DelayProxy;
  let accepted: Socket | undefined;
  /** Greets, and answers each line with itself. */
  beforeEach(async () => {
    server = createServer({ allowHalfOpen: true }, (socket) => {
      accepted = socket;
      socket.on("error", () => socket.destroy());
      socket.write("ready\n");
      socket.pipe(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    proxy = await startDelayProxy((server.address() as AddressInfo).port, roundTripMs);
  });
  afterEach(async () => {
    await proxy.stop();
    accepted?.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  async function said(socket: Socket): Promise<string> {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    return chunk.toString();
  }

  test("takes two round trips to the greeting, as a real line does, and one for each answer", async () => {
    const start = performance.now();
    const client = connect({ host: "127.0.0.1", port: proxy.port });
    expect(await said(client)).toBe("ready\n");
    for (const line of ["one\n", "two\n", "three\n"]) {
      client.write(line);
      expect(await said(client)).toBe(line);
    }
    // A timer may be a millisecond early by the other clock.
    expect(performance.now() - start).toBeGreaterThan(5 * roundTripMs - 10);
    client.destroy();
  });

  test("keeps the order of what is sent, and hands on what follows the end of one direction", async () => {
    const client = connect({ host: "127.0.0.1", port: proxy.port, allowHalfOpen: true });
    let received = "";
    client.setEncoding("utf8").on("data", (text: string) => (received += text));
    const lines = Array.from({ length: 50 }, (_, index) => `${index}\n`);
    for (const line of lines) client.write(line);
    client.end();
    await once(client, "end");
    expect(received).toBe(`ready\n${lines.join("")}`);
  });

  test("closes one side when the other is closed, and all when it stops", async () => {
    const first = connect({ host: "127.0.0.1", port: proxy.port });
    await said(first);
    if (accepted === undefined) throw new Error("nothing was accepted");
    const closedBehind = once(accepted, "close");
    first.destroy();
    await closedBehind;
    const second = connect({ host: "127.0.0.1", port: proxy.port });
    await said(second);
    const third = connect({ host: "127.0.0.1", port: proxy.port });
    await once(third, "connect");
    const closed = [second, third].map((client) => once(client, "close"));
    await proxy.stop();
    await Promise.all(closed);
  });

  test("closes the client's connection where nobody listens behind it", async () => {
    const [nobody = 0] = await freePorts(1);
    const orphan = await startDelayProxy(nobody, roundTripMs);
    const client = connect({ host: "127.0.0.1", port: orphan.port });
    await once(client, "close");
    await orphan.stop();
  });
});
