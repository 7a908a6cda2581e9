import type * as ImapFlowModule from "imapflow";
import type { ImapFlow as ImapClient, ImapFlowOptions, SearchObject } from "imapflow";
import { ServerSideSyncError } from "../errors";
import type { Budget } from "../transport/budget";
import { DialogError } from "../transport/dialog";
import { exchangeLogger } from "../transport/log";
import { tlsOptions } from "../transport/tls";
import { describeEndpoint, redactorFor } from "./diagnosis";
import { diagnosed } from "./faultOf";
import { greet, greetingTimeout } from "./greeting";
import { headFields, readHead, type MessageHead } from "./messageHead";
import { tokenMethodOf } from "./sasl";
import { refuseTokenInClear } from "./tokenInClear";
import type { Phase } from "./fault";
import type { Endpoint, SignIn } from "./types";

const connectMs = 20_000;
const bannerMs = 3000;
const logoutMs = 2000;
/** Nothing that a test reads is larger; the library's own limits are in gigabytes. */
const largestResponse = 4 * 1024 * 1024;

/** A signed-in IMAP session with the inbox open. */
export interface ImapMailbox {
  /** UIDs of the messages that match. */
  search(query: SearchObject): Promise<number[]>;
  /** What stands in the heads of those messages that are still there. */
  heads(uids: readonly number[]): Promise<(MessageHead & { uid: number })[]>;
  /** Raw text of a message, or undefined where it is gone. */
  source(uid: number): Promise<string | undefined>;
  /** True where the server announced that the message is gone. */
  remove(uids: readonly number[]): Promise<boolean>;
  /** Lets the server announce what has arrived. */
  poll(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Signs in and opens the inbox. A sign-in alone proves nothing: Exchange Online lets a token in that has no right to the
 * mailbox, and says so only when the inbox is opened.
 *
 * @throws ServerSideSyncError with a code of the fault catalogue
 */
export async function openImap(endpoint: Endpoint, signIn: SignIn, budget: Budget): Promise<ImapMailbox> {
  const refusals = new Refusals();
  const client = createClient(endpoint, signIn, budget, refusals);
  // Without a listener a reset of the idle connection ends the process.
  client.on("error", () => undefined);
  let phase: Phase = "connect";
  const abandon = () => {
    client.close();
  };
  try {
    refuseTokenInClear(endpoint, signIn);
    await budget.run("The IMAP sign-in", client.connect().catch(nameMissingMethod), abandon);
    phase = "mailbox";
    knowInbox(client);
    await budget.run("Opening the inbox", client.mailboxOpen("INBOX"), abandon);
    return mailbox(client, budget, { endpoint, signIn }, refusals);
  } catch (error) {
    client.close();
    const answered = client.greeting !== undefined || client.authenticated !== false;
    const told = startTlsRefusal(error, refusals.take()) ?? (await nameBanner(error, endpoint, budget));
    throw await diagnosed(told, phase, { endpoint, signIn, answered }, budget);
  }
}

/** Saves the two round trips of LIST and LSUB: every mailbox has an inbox (RFC 3501, section 5.1). */
function knowInbox(client: ImapClient): void {
  (client as unknown as { folders: Map<string, { path: string }> }).folders.set("INBOX", { path: "INBOX" });
}

type ImapLogger = NonNullable<ImapFlowOptions["logger"]>;

/** The last command that the server refused: where a refusal is not thrown, the library tells only its logger of it. */
class Refusals {
  #last: (Error & Record<string, unknown>) | undefined;

  take(): (Error & Record<string, unknown>) | undefined {
    const last = this.#last;
    this.#last = undefined;
    return last;
  }

  notedBy(logger: ReturnType<typeof exchangeLogger>): ImapLogger {
    const others = logger === false ? { error: () => undefined, fatal: () => undefined } : logger;
    const warn = (entry: unknown, ...rest: unknown[]) => {
      if (typeof entry === "object" && entry !== null && "err" in entry && entry.err instanceof Error)
        this.#last = entry.err as Error & Record<string, unknown>;
      if (logger !== false) logger.warn(entry, ...rest);
    };
    // It builds no entries for levels that the logger lacks; its types want all of them.
    return { ...others, warn } as ImapLogger;
  }
}

/** The library knows only by these words that no mechanism of the server takes what there is. */
function nameMissingMethod(error: unknown): never {
  if (error instanceof Error && error.message === "Unsupported authentication mechanism") tokenMethodOf([]);
  throw error;
}

function createClient(endpoint: Endpoint, signIn: SignIn, budget: Budget, refusals: Refusals): ImapClient {
  // Loaded by the first test, never by check.
  const { ImapFlow } = require("imapflow") as typeof ImapFlowModule;
  const remaining = Math.max(1, Math.ceil(budget.remaining()));
  return new ImapFlow({
    host: endpoint.host,
    port: endpoint.port,
    secure: endpoint.security === "tls",
    // By default the library signs in in clear text when STARTTLS is missing; `true` makes it a failure.
    doSTARTTLS: endpoint.security === "tls" ? undefined : endpoint.security === "starttls",
    tls: tlsOptions(endpoint.host, endpoint.caCertificates),
    auth: authentication(signIn),
    logger: refusals.notedBy(exchangeLogger(describeEndpoint(endpoint), redactorFor(signIn))),
    disableAutoIdle: true,
    disableAutoEnable: true,
    disableCompression: true,
    connectionTimeout: Math.min(connectMs, remaining),
    greetingTimeout: greetingTimeout(budget),
    socketTimeout: remaining,
    maxLineLength: largestResponse,
    maxLiteralSize: largestResponse,
    maxResponseSize: largestResponse,
  });
}

function authentication(signIn: SignIn): { user: string; pass: string } | { user: string; accessToken: string } {
  if (signIn.type === "password") return { user: signIn.username, pass: signIn.password };
  if (signIn.type === "access-token") return { user: signIn.username, accessToken: signIn.accessToken };
  throw new ServerSideSyncError({
    code: "imap-anonymous-not-possible",
    summary: "A mailbox cannot be opened anonymously over IMAP.",
    remedy: "Set credentials for incoming email.",
  });
}

function mailbox(
  client: ImapClient,
  budget: Budget,
  context: { endpoint: Endpoint; signIn: SignIn },
  refusals: Refusals,
): ImapMailbox {
  const step = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    try {
      return await budget.run(what, work(), () => {
        client.close();
      });
    } catch (error) {
      throw await diagnosed(error, "mailbox", context, budget);
    }
  };
  const search = async (query: SearchObject) => {
    refusals.take();
    const found = await client.search(query, { uid: true });
    if (Array.isArray(found)) return found;
    // No list at all is not an empty one.
    throw refusals.take() ?? new DialogError("CONNECTION_LOST", "the inbox is no longer open");
  };
  const numbers = new Map<number, number>();
  return {
    search: (query) => step("The IMAP search", () => search(query)),
    heads: (uids) =>
      step("Reading heads", async () => {
        if (uids.length === 0) return [];
        const messages = await client.fetchAll(uids.join(","), { headers: [...headFields] }, { uid: true });
        for (const { uid, seq } of messages) numbers.set(uid, seq);
        return messages.map(({ uid, headers }) => ({ uid, ...readHead(linesOf(headers)) }));
      }),
    source: (uid) =>
      step("Reading a message", async () => {
        const message = await client.fetchOne(String(uid), { source: true }, { uid: true });
        return message === false ? undefined : message.source?.toString("utf8");
      }),
    remove: (uids) =>
      step("Deleting a message", async () => {
        if (uids.length === 0) return true;
        if (await mayExpunge(client, uids, search)) return expunge(client, uids, numbers);
        await client.messageFlagsAdd([...uids], ["\\Deleted"], { uid: true });
        return false;
      }),
    poll: () => step("The IMAP poll", () => client.noop()),
    close: async () => {
      await budget
        .slice(logoutMs)
        .run("The IMAP logout", client.logout())
        .catch(() => undefined);
      client.close();
    },
  };
}

/** Without UIDPLUS (RFC 4315) an expunge takes whatever is marked as deleted, other people's messages too. */
async function mayExpunge(
  client: ImapClient,
  uids: readonly number[],
  search: (query: SearchObject) => Promise<number[]>,
): Promise<boolean> {
  if (client.capabilities.has("UIDPLUS")) return true;
  return (await search({ deleted: true })).every((uid) => uids.includes(uid));
}

/** The announcement names a message by its number, which shifts with every message that goes. */
async function expunge(
  client: ImapClient,
  uids: readonly number[],
  numbers: ReadonlyMap<number, number>,
): Promise<boolean> {
  const announced: number[] = [];
  const note = ({ seq }: { seq?: number }) => {
    announced.push(seq ?? 0);
  };
  client.on("expunge", note);
  try {
    await client.messageDelete([...uids], { uid: true });
  } finally {
    client.off("expunge", note);
  }
  const number = uids.length === 1 ? numbers.get(uids[0] ?? 0) : undefined;
  return number !== undefined && announced[0] === number;
}

/** The library says of a STARTTLS that is refused what it says of one that is not offered. */
function startTlsRefusal(error: unknown, refused: (Error & Record<string, unknown>) | undefined): Error | undefined {
  const failed = typeof error === "object" && error !== null && "tlsFailed" in error && !("code" in error);
  if (!failed || refused === undefined || !/ STARTTLS\b/.test(String(refused.executedCommand))) return undefined;
  const { responseText } = refused;
  return new DialogError("STARTTLS_FAILED", typeof responseText === "string" ? responseText : refused.message);
}

function linesOf(headers: Buffer | undefined): string[] {
  return (headers?.toString("latin1") ?? "").split(/\r?\n/);
}

/** The library only times out on another protocol's greeting; a short second look tells which one it is. */
async function nameBanner(error: unknown, endpoint: Endpoint, budget: Budget): Promise<unknown> {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  if (code !== "GREETING_TIMEOUT" && code !== "CONNECT_TIMEOUT") return error;
  try {
    (await greet(endpoint, budget.slice(bannerMs))).close();
  } catch (second) {
    const named = typeof second === "object" && second !== null && "code" in second && second.code === "WRONG_PROTOCOL";
    return named ? second : error;
  }
  return error;
}
