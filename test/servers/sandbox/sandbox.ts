import { randomBytes } from "node:crypto";
import { createAuthority } from "../pki";
import { startImapServer } from "./imapServer";
import { MailStore } from "./mailStore";
import { startPop3Server } from "./pop3Server";
import { startSmtpServer } from "./smtpServer";

/** What a program needs to know in order to use the sandbox. */
export interface SandboxAccess {
  host: "127.0.0.1";
  /** Implicit TLS. */
  imapPort: number;
  /** Implicit TLS. */
  pop3Port: number;
  /** STARTTLS. */
  smtpPort: number;
  /** PEM of the throw-away authority. */
  caCertificate: string;
  /** Password by address. */
  users: Record<string, string>;
}
export interface Sandbox {
  access: SandboxAccess;
  store: MailStore;
  stop(): Promise<void>;
}

/** Mail servers on the loopback, with random passwords, that forget everything when they stop. */
export async function startSandbox(addresses: readonly string[]): Promise<Sandbox> {
  const authority = await createAuthority("Sandbox Authority");
  const certificate = await authority.issue();
  const users = Object.fromEntries(
    addresses.map((address) => [address.toLowerCase(), randomBytes(12).toString("base64url")]),
  );
  const store = new MailStore(addresses);
  const imap = await startImapServer(certificate, users, store);
  const pop3 = await startPop3Server(certificate, users, store);
  const smtp = await startSmtpServer(certificate, users, store);
  return {
    access: {
      host: "127.0.0.1",
      imapPort: imap.port,
      pop3Port: pop3.port,
      smtpPort: smtp.port,
      caCertificate: authority.certificate,
      users,
    },
    store,
    stop: async () => {
      await Promise.all([imap.close(), pop3.close(), smtp.close()]);
    },
  };
}
