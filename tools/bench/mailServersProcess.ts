import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** Password by address. */
export type ServedUsers = Record<string, string>;
export interface MailServers {
  /** Implicit TLS. */
  imapPort: number;
  /** STARTTLS. */
  smtpPort: number;
  /** PEM. */
  caCertificate: string;
}

/** Mail servers whose computing does not stand in the way of whoever is measured. */
export async function startMailServers(users: ServedUsers): Promise<MailServers & { stop(): Promise<void> }> {
  const child = fork(join(__dirname, "mailServers.js"));
  const ended = once(child, "exit");
  const answered = once(child, "message") as Promise<[MailServers]>;
  child.send(users);
  const failed = ended.then(() => {
    throw new Error("the mail servers of the bench did not start");
  });
  failed.catch(() => undefined);
  const [servers] = await Promise.race([answered, failed]);
  return {
    ...servers,
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}
