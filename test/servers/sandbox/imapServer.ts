import { createServer, type TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import type { KeyPair } from "../pki";
import { ImapSession } from "./imapSession";
import { nextCommand } from "./imapSyntax";
import type { MailStore } from "./mailStore";

/** No command of a client is longer; what is, is not IMAP. */
const longestCommand = 64 * 1024;
const idleMs = 120_000;

export interface Listening {
  port: number;
  close(): Promise<void>;
}

/** A small IMAP4rev1 server (RFC 3501) with UIDPLUS (RFC 4315) over implicit TLS. */
export async function startImapServer(
  certificate: KeyPair,
  users: Readonly<Record<string, string>>,
  store: MailStore,
): Promise<Listening> {
  const sockets = new Set<TLSSocket>();
  const server = createServer({ cert: certificate.certificate, key: certificate.key }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serve(socket, users, store);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
}

function serve(socket: TLSSocket, users: Readonly<Record<string, string>>, store: MailStore): void {
  const send = (line: string) => socket.write(`${line}\r\n`, "latin1");
  const session = new ImapSession(users, store, send);
  let received = "";
  socket.setNoDelay(true);
  socket.setEncoding("latin1").setTimeout(idleMs, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: string) => {
    received += chunk;
    if (received.length > longestCommand) {
      send("* BYE command too long");
      socket.destroy();
    }
    for (;;) {
      const next = nextCommand(received);
      if (!("command" in next)) {
        if (next.askForLiteral) send("+ Ready");
        return;
      }
      received = next.rest;
      if (!session.handle(next.command)) {
        socket.end();
        return;
      }
    }
  });
  session.greet();
}
