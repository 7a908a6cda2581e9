import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { createSecureContext, TLSSocket, type TlsOptions } from "node:tls";
import type { KeyPair } from "./pki";

/** One client of the fault server. */
export interface Peer {
  send(...lines: string[]): void;
  /** Sends the lines and what follows them in one packet before TLS begins. */
  startTls(...lines: string[]): void;
  /** Sends data as it is; done when there is room for more. */
  raw(data: string | Buffer): Promise<void>;
  /** Ends the connection with a TCP reset. */
  reset(): void;
  /** Ends the connection in order, as a server does that shuts down; the client's half stays open. */
  end(): void;
  closed(): boolean;
}
/** Answers one line of the client; the empty text stands for the connection itself. */
export type Script = (line: string, peer: Peer) => void;

export interface FaultServer {
  port: number;
  connections: number;
  /** Everything that clients said, decrypted where TLS was on. */
  received: string;
  stop(): Promise<void>;
}

/** A server that does what real ones cannot be made to do. Whoever says one of the names is shown its certificate. */
export async function startFaultServer(
  script: Script,
  certificate: KeyPair,
  implicitTls: boolean,
  names: Readonly<Record<string, KeyPair>> = {},
): Promise<FaultServer> {
  const sockets = new Set<Socket>();
  const contextOf = (pair: KeyPair) => createSecureContext({ cert: pair.certificate, key: pair.key });
  const context = contextOf(certificate);
  const SNICallback: TlsOptions["SNICallback"] = (name, done) => {
    const own = names[name];
    done(null, own === undefined ? context : contextOf(own));
  };
  const server = createServer((raw) => {
    result.connections += 1;
    sockets.add(raw);
    raw.on("error", () => raw.destroy());
    let socket: Socket = raw;
    let pending = "";
    const secure = () => {
      raw.removeAllListeners("data");
      socket = new TLSSocket(raw, { isServer: true, secureContext: context, SNICallback });
      listen();
    };
    const peer: Peer = {
      send: (...lines) => socket.write(lines.map((line) => `${line}\r\n`).join("")),
      startTls: (...lines) => {
        socket.write(lines.map((line) => `${line}\r\n`).join(""));
        pending = "";
        secure();
      },
      raw: async (data) => {
        if (socket.write(data) || socket.destroyed) return;
        await new Promise<void>((resolve) => {
          const done = () => {
            socket.off("drain", done).off("close", done);
            resolve();
          };
          socket.on("drain", done).on("close", done);
        });
      },
      reset: () => raw.resetAndDestroy(),
      end: () => socket.end(),
      closed: () => socket.destroyed || raw.destroyed,
    };
    const listen = () => {
      socket.on("error", () => socket.destroy());
      socket.on("data", (chunk: Buffer) => {
        result.received += chunk.toString("latin1");
        pending += chunk.toString("latin1");
        for (let end = pending.indexOf("\r\n"); end >= 0; end = pending.indexOf("\r\n")) {
          const line = pending.slice(0, end);
          pending = pending.slice(end + 2);
          script(line, peer);
        }
      });
    };
    if (implicitTls) secure();
    else listen();
    script("", peer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const result: FaultServer = {
    port: (server.address() as AddressInfo).port,
    connections: 0,
    received: "",
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };
  return result;
}

/** What happens at one point of a conversation that otherwise goes well. */
export interface Twist {
  /** `greeting`, or the command that the twist answers. */
  at: string;
  does: "stall" | "reset" | "end" | ((peer: Peer, tag: string) => void);
}

function twisted(twist: Twist | undefined, at: string, peer: Peer, tag: string): boolean {
  if (twist?.at !== at) return false;
  if (twist.does === "reset") peer.reset();
  else if (twist.does === "end") peer.end();
  else if (twist.does !== "stall") twist.does(peer, tag);
  return true;
}

/** A well-behaved IMAP conversation with one twist. */
export function imapScript(twist?: Twist, capabilities = "IMAP4rev1 STARTTLS"): Script {
  return (line, peer) => {
    if (line === "") {
      if (!twisted(twist, "greeting", peer, "*")) peer.send("* OK ready");
      return;
    }
    const [tag = "", name = "", second = ""] = line.split(" ");
    const command = name.toUpperCase() === "UID" ? second.toUpperCase() : name.toUpperCase();
    if (twisted(twist, command, peer, tag)) return;
    if (command === "CAPABILITY") peer.send(`* CAPABILITY ${capabilities}`);
    if (command === "SELECT") peer.send("* 0 EXISTS", "* OK [UIDVALIDITY 1] valid", "* OK [UIDNEXT 1] next");
    if (command === "SEARCH") peer.send("* SEARCH");
    if (command === "LIST") peer.send('* LIST () "/" INBOX');
    if (command === "STARTTLS") peer.startTls(`${tag} OK begin`);
    else peer.send(`${tag} OK done`);
  };
}

/** A well-behaved submission with one twist. */
export function smtpScript(twist?: Twist, extensions: readonly string[] = ["STARTTLS", "AUTH PLAIN LOGIN"]): Script {
  let inMessage = false;
  return (line, peer) => {
    if (line === "") {
      if (inMessage) return;
      if (!twisted(twist, "greeting", peer, "")) peer.send("220 ready");
      return;
    }
    if (inMessage) {
      if (line !== ".") return;
      inMessage = false;
      if (!twisted(twist, "message", peer, "")) peer.send("250 2.0.0 accepted");
      return;
    }
    const command = line.split(" ")[0]?.toUpperCase() ?? "";
    if (twisted(twist, command, peer, "")) return;
    if (command === "EHLO") {
      const all = ["fault server", ...extensions];
      peer.send(...all.map((text, index) => `250${index === all.length - 1 ? " " : "-"}${text}`));
    } else if (command === "STARTTLS" && extensions.includes("STARTTLS")) peer.startTls("220 begin");
    else if (command === "STARTTLS") peer.send("502 5.5.1 not implemented");
    else if (command === "AUTH") peer.send("235 2.7.0 welcome");
    else if (command === "DATA") {
      inMessage = true;
      peer.send("354 go on");
    } else if (command === "QUIT") peer.send("221 until next time");
    else peer.send("250 2.1.0 fine");
  };
}

export const pop3Capabilities = ["USER", "STLS", "UIDL", "TOP", "SASL PLAIN XOAUTH2"];

/** A well-behaved POP3 session with one twist; the maildrop holds messages with these heads. */
export function pop3Script(
  twist?: Twist,
  capabilities: readonly string[] = pop3Capabilities,
  heads: readonly string[] = [],
): Script {
  // Commands may come together: a server that stalls at one answers none of those behind it either.
  const stalled = new WeakSet<Peer>();
  const entry = (describe: (head: string, number: number) => string, peer: Peer, number?: string) => {
    const all = heads.map((head, index) => `${index + 1} ${describe(head, index + 1)}`);
    if (number === undefined) peer.send("+OK", ...all, ".");
    else peer.send(`+OK ${all[Number(number) - 1] ?? ""}`);
  };
  return (line, peer) => {
    if (stalled.has(peer)) return;
    if (line === "") {
      if (!twisted(twist, "greeting", peer, "")) peer.send("+OK ready");
      return;
    }
    const [name = "", number] = line.split(" ");
    const command = name.toUpperCase();
    if (twisted(twist, command, peer, number ?? "")) {
      if (twist?.does === "stall") stalled.add(peer);
      return;
    }
    if (command === "STLS" && capabilities.includes("STLS")) peer.startTls("+OK begin");
    else if (command === "STLS") peer.send("-ERR not implemented");
    else if (command === "CAPA") peer.send("+OK", ...capabilities, ".");
    else if (command === "STAT") peer.send(`+OK ${heads.length} 0`);
    else if (command === "LIST") entry((head) => String(head.length), peer, number);
    else if (command === "UIDL") entry((_head, index) => `id-${index}`, peer, number);
    else if (command === "TOP") peer.send("+OK", ...(heads[Number(number) - 1] ?? "").split("\r\n"), "", ".");
    else peer.send("+OK fine");
  };
}
