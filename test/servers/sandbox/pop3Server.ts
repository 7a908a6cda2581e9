import { createServer, type TLSSocket } from "node:tls";
import type { AddressInfo } from "node:net";
import type { KeyPair } from "../pki";
import type { Listening } from "./imapServer";
import type { MailStore, StoredMessage } from "./mailStore";

/** No command of a client is longer (RFC 2449 has 255 octets; a token needs more). */
const longestCommand = 64 * 1024;
const idleMs = 120_000;

/** A small POP3 server (RFC 1939, RFC 2449) over implicit TLS, which says that it can do what is offered. */
export async function startPop3Server(
  certificate: KeyPair,
  users: Readonly<Record<string, string>>,
  store: MailStore,
  offered: readonly string[] = capabilities,
): Promise<Listening> {
  const sockets = new Set<TLSSocket>();
  const server = createServer({ cert: certificate.certificate, key: certificate.key, noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    serve(socket, new Pop3Session(users, store, offered));
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

function serve(socket: TLSSocket, session: Pop3Session): void {
  let received = "";
  socket.setEncoding("latin1").setTimeout(idleMs, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: string) => {
    received += chunk;
    for (let end = received.indexOf("\r\n"); end >= 0; end = received.indexOf("\r\n")) {
      const line = received.slice(0, end);
      received = received.slice(end + 2);
      socket.write(session.answer(line), "latin1");
      if (session.ended) socket.end();
    }
    if (received.length > longestCommand) socket.destroy();
  });
  socket.write("+OK sandbox ready\r\n");
}

export const capabilities = ["USER", "UIDL", "TOP", "PIPELINING", "SASL PLAIN", "RESP-CODES", "AUTH-RESP-CODE"];

class Pop3Session {
  ended = false;
  private user: string | undefined;
  private named = "";
  private awaitsPlain = false;
  private atStart: StoredMessage[] = [];
  /** The maildrop as it was when the session began; undefined where a message is marked as deleted. */
  private messages: (StoredMessage | undefined)[] = [];
  private readonly deleted = new Set<number>();

  constructor(
    private readonly users: Readonly<Record<string, string>>,
    private readonly store: MailStore,
    private readonly offered: readonly string[],
  ) {}

  answer(line: string): string {
    if (this.awaitsPlain) return this.plain(line);
    const [name = "", ...values] = line.split(" ");
    const command = name.toUpperCase();
    if (command === "CAPA") return list("+OK", this.offered);
    if (command === "QUIT") return this.quit();
    return this.user === undefined ? this.authorize(command, values) : this.transact(command, values);
  }

  private authorize(command: string, [first = "", ...rest]: string[]): string {
    if (command === "USER") {
      this.named = first;
      return ok();
    }
    if (command === "PASS") return this.enter(this.named, [first, ...rest].join(" "));
    if (command !== "AUTH" || first.toUpperCase() !== "PLAIN") return error("unknown command");
    if (rest[0] !== undefined) return this.plain(rest[0]);
    this.awaitsPlain = true;
    return "+ \r\n";
  }

  private plain(response: string): string {
    this.awaitsPlain = false;
    const [, user = "", password = ""] = Buffer.from(response, "base64").toString("utf8").split("\0");
    return this.enter(user, password);
  }

  private enter(user: string, password: string): string {
    const address = user.toLowerCase();
    if (this.users[address] === undefined || this.users[address] !== password)
      return error("[AUTH] Authentication failed.");
    this.user = address;
    this.atStart = [...this.store.messages(address)];
    this.messages = this.atStart.slice();
    return ok();
  }

  private transact(command: string, [number, lines]: string[]): string {
    const all = this.messages.flatMap((message, index) =>
      message === undefined ? [] : [{ message, number: index + 1 }],
    );
    const chosen = number === undefined ? undefined : this.messages[Number(number) - 1];
    const described = (describe: (message: StoredMessage) => string) => {
      if (number === undefined)
        return list(
          "+OK",
          all.map((entry) => `${entry.number} ${describe(entry.message)}`),
        );
      return chosen === undefined ? error("no such message") : ok(`${number} ${describe(chosen)}`);
    };
    switch (command) {
      case "NOOP":
        return ok();
      case "STAT":
        return ok(`${all.length} ${all.reduce((sum, { message }) => sum + message.raw.length, 0)}`);
      case "LIST":
        return described(({ raw }) => String(raw.length));
      case "UIDL":
        return described(({ uid }) => `sandbox-${uid}`);
      case "RETR":
        return chosen === undefined ? error("no such message") : list("+OK", chosen.raw.split("\r\n"));
      case "TOP":
        return chosen === undefined ? error("no such message") : list("+OK", top(chosen.raw, Number(lines ?? 0)));
      case "DELE":
        if (chosen === undefined) return error("no such message");
        this.deleted.add(chosen.uid);
        this.messages[Number(number) - 1] = undefined;
        return ok();
      case "RSET":
        this.messages = this.atStart.slice();
        this.deleted.clear();
        return ok();
      default:
        return error("unknown command");
    }
  }

  /** Only a clean end deletes (RFC 1939, section 6). */
  private quit(): string {
    this.ended = true;
    if (this.user === undefined) return ok();
    for (const message of this.store.messages(this.user))
      if (this.deleted.has(message.uid)) message.flags.add("\\Deleted");
    this.store.expunge(this.user, (uid) => this.deleted.has(uid));
    return ok();
  }
}

function ok(text = ""): string {
  return `+OK${text === "" ? "" : ` ${text}`}\r\n`;
}

function error(text: string): string {
  return `-ERR ${text}\r\n`;
}

/** Leading dots are doubled, a single dot ends the answer. */
function list(first: string, lines: readonly string[]): string {
  return [first, ...lines.map((line) => (line.startsWith(".") ? `.${line}` : line)), "."]
    .map((line) => `${line}\r\n`)
    .join("");
}

function top(raw: string, lines: number): string[] {
  const [head = "", ...body] = raw.split("\r\n\r\n");
  return [...head.split("\r\n"), "", ...body.join("\r\n\r\n").split("\r\n").slice(0, lines)];
}
