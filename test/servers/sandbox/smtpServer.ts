import { SMTPServer } from "smtp-server";
import type { AddressInfo } from "node:net";
import type { KeyPair } from "../pki";
import type { Listening } from "./imapServer";
import type { MailStore } from "./mailStore";

const largestMessage = 1024 * 1024;

/** Submission with STARTTLS: it takes mail only from its users and only for its mailboxes. */
export async function startSmtpServer(
  certificate: KeyPair,
  users: Readonly<Record<string, string>>,
  store: MailStore,
): Promise<Listening> {
  const server = new SMTPServer({
    cert: certificate.certificate,
    key: certificate.key,
    name: "sandbox",
    banner: "sandbox ready",
    authMethods: ["PLAIN", "LOGIN"],
    disableReverseLookup: true,
    size: largestMessage,
    logger: false,
    onAuth(auth, _session, callback) {
      const user = (auth.username ?? "").toLowerCase();
      if (users[user] === auth.password) callback(null, { user });
      else callback(reply(535, "5.7.8 Error: authentication failed"));
    },
    onRcptTo({ address }, _session, callback) {
      callback(store.has(address) ? null : reply(550, "5.1.1 no such mailbox here"));
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.once("end", () => {
        const raw = Buffer.concat(chunks).toString("latin1");
        for (const { address } of session.envelope.rcptTo) store.deliver(address, raw);
        callback(null, "2.0.0 delivered");
      });
    },
  });
  // A client that breaks off is its own affair.
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}

function reply(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}
