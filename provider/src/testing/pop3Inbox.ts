import { ServerSideSyncError } from "../errors";
import type { Budget } from "../transport/budget";
import { diagnosed } from "./faultOf";
import type { Phase } from "./fault";
import type { Inbox } from "./inbox";
import { testHeader } from "./message";
import { Pop3Session, type Pop3Message } from "./pop3";
import type { Endpoint, SignIn } from "./types";

/** A maildrop may hold thousands of messages; ours are among the newest. */
const newestMessages = 40;
/** Faults of a session that only comes too soon after the last one. */
const tooSoon = ["pop3-mailbox-in-use", "pop3-login-delay"];

/**
 * A maildrop as an inbox. A POP3 session sees what was there when it began, and deletes when it ends, so that looking
 * again and deleting each mean a new session.
 *
 * @throws ServerSideSyncError with a code of the fault catalogue
 */
export async function openPop3Inbox(endpoint: Endpoint, signIn: SignIn, budget: Budget): Promise<Inbox> {
  const maildrop = new Maildrop(endpoint, signIn, budget);
  await maildrop.refresh();
  return maildrop;
}

class Maildrop implements Inbox {
  readonly firstPollMs = 300;
  private session: Pop3Session | undefined;
  private messages: Pop3Message[] = [];
  /** Headers by unique id: each is read once. */
  private readonly heads = new Map<string, string>();

  constructor(
    private readonly endpoint: Endpoint,
    private readonly signIn: SignIn,
    private readonly budget: Budget,
  ) {}

  async refresh(): Promise<void> {
    try {
      await this.end();
      await this.begin();
    } catch (error) {
      const early = error instanceof ServerSideSyncError && tooSoon.includes(error.code) && this.heads.size > 0;
      if (!early) throw error;
    }
  }

  findMessage(token: string): Promise<string[]> {
    return this.matching((head) => !isReport(head) && head.includes(token));
  }

  findLeftOvers(prefix: string, currentToken: string): Promise<string[]> {
    const mark = new RegExp(`^${testHeader}:\\s*${prefix}`, "im");
    return this.matching((head) => mark.test(head) && !head.includes(currentToken));
  }

  findReports(): Promise<string[]> {
    return this.matching(isReport);
  }

  source(id: string): Promise<string | undefined> {
    return this.step(async (session) => {
      const message = this.messages.find(({ uid }) => uid === id);
      return message === undefined ? undefined : session.source(message.number);
    });
  }

  async remove(ids: readonly string[]): Promise<void> {
    await this.step(async (session) => {
      await session.remove(this.messages.filter(({ uid }) => ids.includes(uid)).map(({ number }) => number));
      this.session = undefined;
      await session.quit();
    });
    await this.begin();
  }

  async close(): Promise<void> {
    await this.end().catch(() => undefined);
    this.session?.close();
  }

  private async begin(): Promise<void> {
    await this.step(async (session) => {
      this.messages = (await session.list()).slice(-newestMessages);
      const unread = this.messages.filter(({ uid }) => !this.heads.has(uid));
      const heads = await session.heads(unread.map(({ number }) => number));
      unread.forEach(({ uid }, index) => this.heads.set(uid, heads[index] ?? ""));
    });
  }

  private async end(): Promise<void> {
    const { session } = this;
    this.session = undefined;
    try {
      await session?.quit();
    } catch {
      // Nothing was deleted in this session, so nothing is lost.
      session?.close();
    }
  }

  private matching(matches: (head: string) => boolean): Promise<string[]> {
    const found = this.messages.filter(({ uid }) => matches(this.heads.get(uid) ?? ""));
    return Promise.resolve(found.map(({ uid }) => uid));
  }

  /** Runs in the open session, or in a new one; whatever fails is diagnosed. */
  private async step<T>(work: (session: Pop3Session) => Promise<T>): Promise<T> {
    let phase: Phase = this.session === undefined ? "connect" : "mailbox";
    const { endpoint, signIn, budget } = this;
    try {
      if (signIn.type === "anonymous") throw anonymous();
      this.session ??= await Pop3Session.open(endpoint, signIn, budget, (reached) => (phase = reached));
      return await work(this.session);
    } catch (error) {
      this.session?.close();
      this.session = undefined;
      throw await diagnosed(error, phase, { endpoint, signIn }, budget);
    }
  }
}

function isReport(head: string): boolean {
  return /^Content-Type:\s*multipart\/report/im.test(head);
}

function anonymous(): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "pop3-anonymous-not-possible",
    summary: "A mailbox cannot be opened anonymously over POP3.",
    remedy: "Set credentials for incoming email.",
  });
}
