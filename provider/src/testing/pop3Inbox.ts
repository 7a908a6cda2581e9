import { ServerSideSyncError } from "../errors";
import type { Budget } from "../transport/budget";
import { diagnosed } from "./faultOf";
import type { Phase } from "./fault";
import type { Inbox } from "./inbox";
import type { MessageHead } from "./messageHead";
import { Pop3Session, type Pop3Message } from "./pop3";
import type { Endpoint, SignIn } from "./types";

/** A maildrop may hold thousands of messages; ours are among the newest. */
const newestMessages = 40;
/** Faults of a session that only comes too soon after the last one. */
const tooSoon = ["pop3-mailbox-in-use", "pop3-login-delay"];
/** So near the end of the budget a session that cannot begin is the reason why nothing was found. */
const lastLookMs = 1000;

/**
 * A maildrop as an inbox. A POP3 session sees what was there when it began, and deletes when it ends, so that looking
 * again and deleting each mean a new session.
 *
 * @param looksInside whether messages are to be found: without it the maildrop is only shown to be readable
 * @throws ServerSideSyncError with a code of the fault catalogue
 */
export async function openPop3Inbox(
  endpoint: Endpoint,
  signIn: SignIn,
  budget: Budget,
  looksInside: boolean,
): Promise<Inbox> {
  const maildrop = new Maildrop(endpoint, signIn, budget, looksInside);
  await maildrop.refresh();
  return maildrop;
}

class Maildrop implements Inbox {
  readonly firstPollMs = 300;
  private session: Pop3Session | undefined;
  private messages: Pop3Message[] = [];
  /** Heads by unique id: each is read once. */
  private heads = new Map<string, MessageHead>();
  private begun = false;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly signIn: SignIn,
    private readonly budget: Budget,
    private readonly looksInside: boolean,
  ) {}

  async refresh(): Promise<void> {
    try {
      await this.end();
      await this.begin();
    } catch (error) {
      const early = error instanceof ServerSideSyncError && tooSoon.includes(error.code);
      if (!early || !this.begun || this.budget.remaining() < lastLookMs) throw error;
    }
  }

  findMessage(token: string): Promise<string[]> {
    return this.matching((head) => !head.isReport && head.token === token);
  }

  findLeftOvers(prefix: string, currentToken: string): Promise<string[]> {
    return this.matching(({ token, isReport }) => {
      return !isReport && token?.startsWith(prefix) === true && token !== currentToken;
    });
  }

  findReports(): Promise<string[]> {
    return this.matching(({ isReport }) => isReport);
  }

  source(id: string): Promise<string | undefined> {
    return this.step(async (session) => {
      const message = this.messages.find(({ uid }) => uid === id);
      return message === undefined ? undefined : session.source(message.number);
    });
  }

  async remove(ids: readonly string[]): Promise<boolean> {
    await this.step(async (session, reach) => {
      reach("removal");
      await session.remove(this.messages.filter(({ uid }) => ids.includes(uid)).map(({ number }) => number));
      this.session = undefined;
      await session.quit();
    });
    await this.begin();
    return false;
  }

  async close(): Promise<void> {
    await this.end().catch(() => undefined);
    this.session?.close();
  }

  private async begin(): Promise<void> {
    const few = this.begun && this.messages.length < newestMessages;
    // Numbers hold in their session only.
    this.messages = [];
    await this.step(async (session) => {
      if (!this.looksInside) return session.prove();
      this.messages = await session.newest(newestMessages, few);
      const unread = this.messages.filter(({ uid }) => !this.heads.has(uid));
      const heads = await session.heads(unread.map(({ number }) => number));
      const known = new Map(unread.map(({ uid }, index) => [uid, heads[index]]));
      this.heads = new Map(
        this.messages.flatMap(({ uid }) => {
          const head = this.heads.get(uid) ?? known.get(uid);
          return head === undefined ? [] : [[uid, head]];
        }),
      );
    });
    this.begun = true;
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

  private matching(matches: (head: MessageHead) => boolean): Promise<string[]> {
    const ids = this.messages.map(({ uid }) => uid);
    return Promise.resolve(
      ids.filter((id) => {
        const head = this.heads.get(id);
        return head !== undefined && matches(head);
      }),
    );
  }

  /** Runs in the open session, or in a new one; whatever fails is diagnosed. */
  private async step<T>(work: (session: Pop3Session, reach: (phase: Phase) => void) => Promise<T>): Promise<T> {
    let phase: Phase = this.session === undefined ? "connect" : "mailbox";
    const reach = (reached: Phase) => (phase = reached);
    const { endpoint, signIn, budget } = this;
    try {
      if (signIn.type === "anonymous") throw anonymous();
      this.session ??= await Pop3Session.open(endpoint, signIn, budget, reach);
      return await work(this.session, reach);
    } catch (error) {
      this.session?.close();
      this.session = undefined;
      throw await diagnosed(error, phase, { endpoint, signIn }, budget);
    }
  }
}

function anonymous(): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "pop3-anonymous-not-possible",
    summary: "A mailbox cannot be opened anonymously over POP3.",
    remedy: "Set credentials for incoming email.",
  });
}
