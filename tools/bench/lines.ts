import { createInterface } from "node:readline";
import { connect as connectPlain, type Socket } from "node:net";
import { connect } from "node:tls";

/** A conversation in lines, by nothing but a socket. */
export interface Lines {
  /** Sends lines in one packet. */
  write(...lines: string[]): void;
  line(): Promise<string>;
}

/** Talks over TLS from the first byte, and closes. */
export async function withLines(
  server: { port: number; ca: string },
  talk: (lines: Lines) => Promise<void>,
): Promise<void> {
  await talkOn(connect({ host: "127.0.0.1", ...server }), talk);
}

/** Talks in the clear until `begin` has asked for TLS, then over TLS. */
export async function withUpgradedLines(
  { port, ca }: { port: number; ca: string },
  begin: (lines: Lines) => Promise<void>,
  talk: (lines: Lines) => Promise<void>,
): Promise<void> {
  const plain = connectPlain({ host: "127.0.0.1", port });
  await talkOn(plain, begin, false);
  await talkOn(connect({ socket: plain, ca, host: "127.0.0.1" }), talk);
}

async function talkOn(socket: Socket, talk: (lines: Lines) => Promise<void>, close = true): Promise<void> {
  socket.setNoDelay(true);
  const reader = createInterface({ input: socket });
  const lines = reader[Symbol.asyncIterator]();
  try {
    await talk({
      write: (...all) => socket.write(all.map((line) => `${line}\r\n`).join("")),
      line: async () => {
        const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
        if (done === true) throw new Error("the server closed the connection");
        return value;
      },
    });
  } finally {
    reader.close();
    if (close) socket.destroy();
  }
}
