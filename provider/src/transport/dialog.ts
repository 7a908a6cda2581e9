import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type PeerCertificate, TLSSocket } from "node:tls";
import type { Budget } from "./budget";
import { tlsOptions } from "./tls";

/** Longest line of text that a server may send before it counts as hostile. */
const longestLine = 64 * 1024;
/** Beyond this much unread text the server has to wait. */
const unreadLimit = 256 * 1024;
/** Nothing that a test reads in one conversation is larger. Every line counts for more than its text: it is an object. */
const largestConversation = 8 * 1024 * 1024;
const lineOverhead = 32;

interface Peer {
  host: string;
  port: number;
  caCertificates?: string;
}

/** An error with a code of ours, in the place where Node's errors have theirs. */
export class DialogError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** A line-by-line conversation with a mail server, for what the protocol libraries do not do. Every wait is budgeted. */
export class Dialog {
  #socket: Socket;
  readonly #peer: Peer;
  readonly #budget: Budget;
  #received = "";
  #read = 0;
  #ended: Error | undefined;
  #wake: (() => void) | undefined;

  private constructor(socket: Socket, peer: Peer, budget: Budget) {
    this.#socket = socket;
    this.#peer = peer;
    this.#budget = budget;
    this.#listen(socket);
  }

  /** Connects, with TLS from the first byte where asked. */
  static async open(peer: Peer, secure: boolean, budget: Budget): Promise<Dialog> {
    const { host, port } = peer;
    const socket = secure
      ? connectTls({ host, port, ...tlsOptions(host, peer.caCertificates) })
      : connectTcp({ host, port });
    socket.setNoDelay(true);
    await connected(socket, secure ? "secureConnect" : "connect", budget);
    return new Dialog(socket, peer, budget);
  }

  /** Sends lines in one packet. A line is one line: what stands behind a line break would be another command. */
  write(...lines: string[]): void {
    if (lines.some((line) => /[\r\n\0]/.test(line)))
      throw new DialogError("CONTROL_CHARACTER", "a line break or NUL within a line that was not sent");
    this.#socket.write(lines.map((line) => `${line}\r\n`).join(""));
  }

  /** The next line, without its line end. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#received.indexOf("\n");
      if (end >= 0) {
        const line = this.#received.slice(0, end).replace(/\r$/, "");
        this.#received = this.#received.slice(end + 1);
        this.#read += line.length + lineOverhead;
        if (this.#read > largestConversation) throw answerTooLarge();
        if (this.#socket.isPaused() && this.#received.length < unreadLimit) this.#socket.resume();
        return line;
      }
      if (this.#received.length > longestLine) throw new DialogError("WRONG_PROTOCOL", "a line without end");
      if (this.#ended !== undefined) throw this.#ended;
      await this.#budget.run("the server's answer", new Promise<void>((resolve) => (this.#wake = resolve)), () => {
        this.close();
      });
    }
  }

  /** Waits until the server has said anything, or has gone. */
  async heard(budget: Budget): Promise<void> {
    while (this.#received === "" && this.#ended === undefined)
      await budget.run("the server's greeting", new Promise<void>((resolve) => (this.#wake = resolve)));
  }

  /** Switches to TLS. What was received in clear text before is refused, not kept: an attacker may have injected it. */
  async startTls(): Promise<void> {
    if (this.#received !== "") throw new DialogError("STARTTLS_INJECTION", "text arrived in clear after STARTTLS");
    const { host, caCertificates } = this.#peer;
    const plain = this.#socket;
    plain.removeAllListeners();
    const secure = connectTls({ socket: plain, ...tlsOptions(host, caCertificates) });
    await connected(secure, "secureConnect", this.#budget);
    this.#socket = secure;
    this.#listen(secure);
  }

  close(): void {
    this.#socket.destroy();
  }

  #listen(socket: Socket): void {
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      this.#received += chunk;
      if (this.#received.length > unreadLimit) socket.pause();
      this.#wake?.();
    });
    const end = (error?: Error) => {
      this.#ended ??= error ?? new DialogError("ECONNRESET", "the server closed the connection");
      this.#wake?.();
    };
    socket.on("error", end);
    socket.on("close", () => {
      end();
    });
  }
}

function answerTooLarge(): DialogError {
  return new DialogError("ANSWER_TOO_LARGE", `more than ${largestConversation} octets in one conversation`);
}

/** Reads the certificate of a server whose certificate was refused. The connection carries nothing and is closed at once. */
export async function peerCertificate(peer: Peer, budget: Budget): Promise<PeerCertificate | undefined> {
  const { host, port } = peer;
  const socket = connectTls({ host, port, ...tlsOptions(host, peer.caCertificates), rejectUnauthorized: false });
  try {
    await connected(socket, "secureConnect", budget);
    return socket.getPeerCertificate();
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

async function connected(socket: Socket, event: "connect" | "secureConnect", budget: Budget): Promise<void> {
  const established = new Promise<void>((resolve, reject) => {
    socket.once(event, resolve);
    socket.once("error", reject);
    socket.once("close", () => {
      reject(new DialogError("ECONNRESET", "the server closed the connection"));
    });
  });
  await budget.run(socket instanceof TLSSocket ? "the TLS handshake" : "the connection", established, () => {
    socket.destroy();
  });
  socket.removeAllListeners("error");
  socket.removeAllListeners("close");
}
