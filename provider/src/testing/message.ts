import { createHash, randomUUID } from "node:crypto";

/** Names of the header and of the token that mark our messages, so that nothing else is ever deleted. */
export const testHeader = "X-Server-Side-Sync-Test";

const subjectStart = "Server-side synchronization test ";
const exactToken = /^sss-[0-9a-f]{12}-[0-9a-f-]{36}$/;

export interface TestMessage {
  token: string;
  messageId: string;
  /** RFC 5322 text with CRLF line ends. */
  raw: string;
}

/** Begins every token of this mailbox: the mailbox's next test finds what an interrupted one left behind. */
export function tokenPrefix(emailAddress: string): string {
  return `sss-${createHash("sha256").update(emailAddress.toLowerCase()).digest("hex").slice(0, 12)}-`;
}

/** The subject of the test message with this token, for servers that drop headers they do not know. */
export function testSubject(token: string): string {
  return `${subjectStart}${token}`;
}

/** The token of a test message by its subject: undefined for anything that only quotes one, such as a reply. */
export function tokenOfSubject(subject: string): string | undefined {
  const token = subject.startsWith(subjectStart) ? subject.slice(subjectStart.length) : "";
  return exactToken.test(token) ? token : undefined;
}

/** The message that a mailbox sends to itself. Auto-Submitted (RFC 3834) keeps out-of-office replies and rules quiet. */
export function buildTestMessage(emailAddress: string, now: Date): TestMessage {
  const token = `${tokenPrefix(emailAddress)}${randomUUID()}`;
  const domain = emailAddress.slice(emailAddress.lastIndexOf("@") + 1);
  const messageId = `<${token}@${domain}>`;
  const raw = [
    `From: <${emailAddress}>`,
    `To: <${emailAddress}>`,
    `Subject: ${testSubject(token)}`,
    `Date: ${now.toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: ${messageId}`,
    `${testHeader}: ${token}`,
    "Auto-Submitted: auto-generated",
    "X-Auto-Response-Suppress: All",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "",
    "This message tests whether server-side synchronization can send and receive email for this mailbox.",
    "It is deleted as soon as it has arrived. If you find it, its test was interrupted; you may delete it.",
    "",
  ].join("\r\n");
  return { token, messageId, raw };
}
