import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { createInterface } from "node:readline";
import type { Access } from "./access";
import { refusedSignIn } from "./failures";
import type { Trust } from "./trust";

/** Signs in, counts the messages, and leaves. */
export async function openMaildrop(access: Access, trust: Trust): Promise<void> {
  let socket = await opened(access, trust, trust.implicitTls);
  let talk = conversation(socket, trust.timeoutMs);
  try {
    await talk.reply();
    if (access.tls && !trust.implicitTls) {
      await talk.ask("STLS");
      talk.stop();
      socket = connectTls({ socket, host: access.host, ca: trust.ca, servername: trust.serverName(access.host) });
      talk = conversation(socket, trust.timeoutMs);
    }
    try {
      await talk.ask(`USER ${access.username}`);
      await talk.ask(`PASS ${access.password}`);
    } catch (error) {
      throw refusedSignIn("incoming", error instanceof Error ? error.message : String(error));
    }
    await talk.ask("STAT");
    socket.write("QUIT\r\n");
  } finally {
    talk.stop();
    socket.destroy();
  }
}

function opened({ host, port, tls }: Access, trust: Trust, implicit: boolean): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket =
      tls && implicit
        ? connectTls({ host, port, ca: trust.ca, servername: trust.serverName(host) }, () => {
            resolve(socket);
          })
        : connectPlain({ host, port }, () => {
            resolve(socket);
          });
    socket.once("error", reject);
    socket.setTimeout(trust.timeoutMs, () => socket.destroy(timedOut()));
  });
}

const timedOut = () => Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" });

function conversation(socket: Socket, timeoutMs: number) {
  const lines: string[] = [];
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = [];
  const reader = createInterface({ input: socket });
  const fail = (error: Error) => {
    for (const each of waiting.splice(0)) each.reject(error);
  };
  reader.on("line", (line) => {
    const next = waiting.shift();
    if (next === undefined) lines.push(line);
    else next.resolve(line);
  });
  socket.on("error", fail).on("close", () => {
    fail(new Error("the server closed the connection"));
  });
  socket.setTimeout(timeoutMs, () => socket.destroy(timedOut()));
  const reply = async (): Promise<string> => {
    const line = lines.shift() ?? (await new Promise<string>((resolve, reject) => waiting.push({ resolve, reject })));
    if (!line.startsWith("+OK")) throw new Error(line);
    return line;
  };
  return {
    reply,
    ask: (command: string) => {
      socket.write(`${command}\r\n`);
      return reply();
    },
    stop: () => {
      reader.close();
    },
  };
}
