import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Availability } from "./availability";
import { dovecotInstalled, startDovecot } from "./dovecot";
import { createAuthority } from "./pki";
import { postfixInstalled, startPostfix, type PostfixLimits } from "./postfix";
import { until } from "./processes";
import { accessToken } from "./tokens";

export interface Ports {
  tls: number;
  starttls: number;
}
/** Real mail servers of one domain: Dovecot for IMAP and POP3, Postfix for submission, a private authority. */
export interface MailLab {
  host: "127.0.0.1";
  domain: string;
  /** PEM of the authority. */
  caCertificate: string;
  imap: Ports;
  pop3: Ports;
  smtp: Ports;
  /** Password by address. */
  users: Readonly<Record<string, string>>;
  accessToken: typeof accessToken;
  setPassword(user: string, password: string): void;
  /** Raw texts of all messages of a mailbox, in all folders. */
  messages(user: string): string[];
  waitForMessages(user: string, count: number, deadlineMs: number): Promise<string[]>;
  /** Waits until all that was accepted is delivered. */
  waitForDelivery(deadlineMs: number): Promise<void>;
  stopSmtp(): Promise<void>;
  crashSmtp(): Promise<void>;
  crashImap(): Promise<void>;
  stop(): Promise<void>;
}

const domain = "lab.test";

export function mailLabAvailability(): Availability {
  if (process.platform !== "linux") return { available: false, reason: "the lab's servers run on Linux" };
  if (!dovecotInstalled())
    return { available: false, reason: "Dovecot is not installed (dovecot-imapd dovecot-pop3d dovecot-lmtpd)" };
  if (!postfixInstalled()) return { available: false, reason: "Postfix is not installed" };
  if (process.getuid?.() !== 0) return { available: false, reason: "Postfix needs root" };
  return { available: true };
}

/** What servers of providers do not let pass. */
export interface LabLimits extends PostfixLimits {
  /** IMAP sessions of one user. */
  imapSessions?: number;
}

/** @param more names of users beside the standing ones */
export async function startMailLab(more: readonly string[] = [], limits: LabLimits = {}): Promise<MailLab> {
  const directory = mkdtempSync(join(tmpdir(), "mail-lab-"));
  chmodSync(directory, 0o755);
  const authority = await createAuthority("Lab Authority");
  const certificate = await authority.issue();
  const names = ["alice", "bob", "carol", "dave", "erin", "grey", "full", "quota", "bounce", "queue", "slow", ...more];
  const users: Record<string, string> = Object.fromEntries(
    names.map((name) => [`${name}@${domain}`, `${name}-S3cret!`]),
  );
  const dovecot = await startDovecot({
    directory: join(directory, "dovecot"),
    certificate,
    users,
    fullMailboxes: [`quota@${domain}`],
    imapSessions: limits.imapSessions,
  });
  const postfix = await startPostfix({
    directory: join(directory, "postfix"),
    domain,
    certificate,
    addresses: Object.keys(users),
    lmtpSocket: dovecot.lmtpSocket,
    authSocket: dovecot.authSocket,
    bouncing: `bounce@${domain}`,
    limits,
    recipientReplies: {
      [`grey@${domain}`]: "451 4.7.1 Greylisting in action, please try again later",
      [`full@${domain}`]: "552 5.2.2 Mailbox full",
      // Longer than any test: for what happens meanwhile.
      [`slow@${domain}`]: "sleep 60",
    },
  });
  const messages = (user: string) => messagesBelow(join(directory, "dovecot/mail", user));
  return {
    host: "127.0.0.1",
    domain,
    caCertificate: authority.certificate,
    imap: dovecot.imap,
    pop3: dovecot.pop3,
    smtp: postfix.smtp,
    users,
    accessToken,
    setPassword: (user, password) => {
      users[user] = password;
      dovecot.setUsers(users);
    },
    messages,
    waitForMessages: async (user, count, deadlineMs) => {
      await until(`${count} messages for ${user}`, () => messages(user).length >= count, deadlineMs);
      return messages(user);
    },
    waitForDelivery: (deadlineMs) => until("an empty mail queue", () => postfix.queued() === 0, deadlineMs),
    stopSmtp: () => postfix.stop(),
    crashSmtp: () => postfix.crash(),
    crashImap: () => dovecot.crash(),
    stop: async () => {
      await postfix.stop();
      await dovecot.stop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function messagesBelow(maildir: string): string[] {
  if (!existsSync(maildir)) return [];
  return readdirSync(maildir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\/(cur|new)$/.test(entry.parentPath))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}
