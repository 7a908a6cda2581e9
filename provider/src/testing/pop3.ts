import { randomUUID } from "node:crypto";
import type { Budget } from "../transport/budget";
import { DialogError, type Dialog } from "../transport/dialog";
import { log } from "../transport/log";
import { describeEndpoint, redactorFor } from "./diagnosis";
import { greet, pop3Answer, pop3Capabilities, ServerSaid } from "./greeting";
import { neededLines, readHead, type MessageHead } from "./messageHead";
import { saslPlain, saslToken, tokenMethodOf } from "./sasl";
import { refuseTokenInClear } from "./tokenInClear";
import type { Endpoint, SignIn } from "./types";

/** A command line, and an initial response on it, has at most 255 octets (RFC 2449, section 4; RFC 5034, section 4). */
const longestCommand = 253;
/** Up to here the ids of all messages come in one answer; of more, each of the newest is asked for. */
const fewMessages = 1000;
/** Enough of a returned message for its status and the head that it encloses. */
const sourceLines = 500;
const largestSource = 256 * 1024;

/** A message in the maildrop: its number in this session, and its id in every session (RFC 1939, UIDL). */
export interface Pop3Message {
  number: number;
  /** Where the server has no UIDL: an id that holds in this session only. */
  uid: string;
}

interface Command {
  command: string;
  /** Takes of an answer with many lines those that are needed. */
  keep?: (line: string, kept: string[]) => void;
}

interface Answer {
  first: string;
  accepted: boolean;
  lines: string[];
}

type Capabilities = ReadonlyMap<string, readonly string[]> | undefined;

/** A signed-in POP3 session. What it deletes is gone only after {@link Pop3Session.quit}. */
export class Pop3Session {
  private readonly name = randomUUID();

  private constructor(
    private readonly dialog: Dialog,
    private readonly offered: Capabilities,
    private readonly trace: (direction: string, line: string) => void,
  ) {}

  /**
   * Connects and signs in. Errors are those of the dialog and {@link ServerSaid}; `onPhase` tells how far it came.
   */
  static async open(
    endpoint: Endpoint,
    signIn: Exclude<SignIn, { type: "anonymous" }>,
    budget: Budget,
    onPhase: (phase: "sign-in" | "mailbox") => void,
  ): Promise<Pop3Session> {
    refuseTokenInClear(endpoint, signIn);
    const dialog = await greet(endpoint, budget);
    const redact = redactorFor(signIn);
    const trace = (direction: string, line: string) => {
      log("debug", describeEndpoint(endpoint), `${direction} ${redact(line)}`);
    };
    try {
      // What was offered before TLS does not count after it (RFC 2595, section 4).
      const offered = await pop3Capabilities(dialog);
      onPhase("sign-in");
      const session = new Pop3Session(dialog, offered, trace);
      await session.signIn(signIn);
      onPhase("mailbox");
      return session;
    } catch (error) {
      dialog.close();
      throw error;
    }
  }

  /** The least that proves that the maildrop can be read: how many messages there are, and the size of the newest. */
  async prove(): Promise<void> {
    const count = await this.count();
    if (count > 0) await this.ask(`LIST ${count}`);
  }

  /** The newest messages, oldest first. `few`: there were few a moment ago, so that they need not be counted. */
  async newest(most: number, few: boolean): Promise<Pop3Message[]> {
    const listed = this.offered === undefined || this.offered.has("UIDL");
    const count = few && listed ? undefined : await this.count();
    if (count === 0) return [];
    const all = count === undefined || count <= fewMessages;
    const messages = !listed ? undefined : all ? await this.list(most) : await this.listEach(newestOf(count, most));
    return messages ?? newestOf(count ?? (await this.count()), most).map((number) => this.numbered(number));
  }

  /** What stands in the head of each message, in one go where the server takes that; undefined for one that is gone. */
  async heads(numbers: readonly number[]): Promise<(MessageHead | undefined)[]> {
    const answers = await this.askAll(numbers.map((number) => ({ command: `TOP ${number} 0`, keep: neededLines() })));
    const [refusal] = answers;
    if (refusal !== undefined && this.isUnknown("TOP", answers))
      throw new DialogError("TOP_NOT_OFFERED", refusal.first);
    return answers.map(({ accepted, lines }) => (accepted ? readHead(lines) : undefined));
  }

  /** The beginning of a message: read whole, it would count as seen. */
  async source(number: number): Promise<string | undefined> {
    let size = 0;
    const keep = (line: string, kept: string[]) => {
      size += line.length + 2;
      if (size <= largestSource) kept.push(line);
    };
    const [answer] = await this.askAll([{ command: `TOP ${number} ${sourceLines}`, keep }]);
    return answer?.accepted === true ? answer.lines.join("\r\n") : undefined;
  }

  async remove(numbers: readonly number[]): Promise<void> {
    const answers = await this.askAll(numbers.map((number) => ({ command: `DELE ${number}` })));
    const refusal = answers.find(({ accepted }) => !accepted);
    if (refusal !== undefined) throw refused(refusal.first);
  }

  /** Ends the session: only now messages are deleted. */
  async quit(): Promise<void> {
    try {
      await this.ask("QUIT");
    } finally {
      this.dialog.close();
    }
  }

  /** Breaks off: nothing is deleted. */
  close(): void {
    this.dialog.close();
  }

  private async signIn(signIn: Exclude<SignIn, { type: "anonymous" }>): Promise<void> {
    const methods = this.offered === undefined ? undefined : (this.offered.get("SASL") ?? []);
    if (signIn.type === "access-token") {
      const method = tokenMethodOf(methods);
      const token = saslToken(signIn.username, signIn.accessToken, method === "OAUTHBEARER");
      await this.authenticate(method, token, method === "OAUTHBEARER" ? "AQ==" : "");
    } else if (methods?.includes("PLAIN") === true) {
      await this.authenticate("PLAIN", saslPlain(signIn.username, signIn.password), "*");
    } else if (this.offered === undefined || this.offered.has("USER")) {
      await this.ask(`USER ${signIn.username}`);
      await this.ask(`PASS ${signIn.password}`);
    } else {
      throw new DialogError("AUTH_NOT_OFFERED", "neither USER nor SASL PLAIN is among what the server offers");
    }
  }

  /** One line where it fits, otherwise two. Exchange Online takes XOAUTH2 in two lines only. */
  private async authenticate(method: string, response: string, answerToError: string): Promise<void> {
    const inOne = `AUTH ${method} ${response}`;
    let answer: string;
    if (method !== "XOAUTH2" && inOne.length <= longestCommand) {
      answer = await this.exchange(inOne);
    } else {
      answer = await this.exchange(`AUTH ${method}`);
      if (answer.startsWith("+") && !answer.startsWith("+OK")) answer = await this.exchange(response);
    }
    // The reason of a refused token comes as a challenge; an empty answer brings the refusal itself (RFC 7628, 3.2.3).
    const challenge = /^\+(?: (\S*))?$/.test(answer) ? answer.slice(2) : undefined;
    if (challenge !== undefined) answer = await this.exchange(answerToError);
    if (!answer.startsWith("+OK")) throw refused(challenge === undefined ? answer : `${answer} ${decoded(challenge)}`);
  }

  private async count(): Promise<number> {
    const answer = await this.ask("STAT");
    const count = /^\+OK (\d{1,9})\b/.exec(answer)?.[1];
    if (count === undefined) throw new DialogError("WRONG_PROTOCOL", answer);
    return Number(count);
  }

  /** The newest messages out of the list of all; undefined where the server has no UIDL. */
  private async list(most: number): Promise<Pop3Message[] | undefined> {
    const keep = (line: string, kept: string[]) => {
      kept.push(line);
      if (kept.length > most) kept.shift();
    };
    const answers = await this.askAll([{ command: "UIDL", keep }]);
    return this.isUnknown("UIDL", answers) ? undefined : identified(answers.flatMap(({ lines }) => lines));
  }

  private numbered(number: number): Pop3Message {
    return { number, uid: `${this.name} ${number}` };
  }

  private async listEach(numbers: readonly number[]): Promise<Pop3Message[] | undefined> {
    const answers = await this.askAll(numbers.map((number) => ({ command: `UIDL ${number}` })));
    if (this.isUnknown("UIDL", answers)) return undefined;
    return identified(answers.filter(({ accepted }) => accepted).map(({ first }) => first.slice("+OK ".length)));
  }

  /**
   * Whether the server has no such command. A single refusal only says that a message is gone, unless it has a code: then
   * it is a fault.
   */
  private isUnknown(command: string, answers: readonly Answer[]): boolean {
    const refusals = answers.filter(({ accepted }) => !accepted).map(({ first }) => refused(first));
    const fault = refusals.find(({ code }) => code.responseCode !== undefined);
    if (fault !== undefined) throw fault;
    return refusals.length > 0 && refusals.length === answers.length && this.offered?.has(command) !== true;
  }

  private async ask(command: string): Promise<string> {
    const answer = await this.exchange(command);
    if (!answer.startsWith("+OK")) throw refused(answer);
    return answer;
  }

  private async exchange(command: string): Promise<string> {
    this.trace(">", command);
    this.dialog.write(command);
    const answer = await pop3Answer(this.dialog);
    this.trace("<", answer);
    return answer;
  }

  /** Refusals are answers: what they mean depends on the command. */
  private async askAll(commands: readonly Command[]): Promise<Answer[]> {
    const pipelining = this.offered?.has("PIPELINING") === true;
    if (pipelining && commands.length > 0) this.dialog.write(...commands.map(({ command }) => command));
    const answers: Answer[] = [];
    for (const { command, keep } of commands) {
      this.trace(">", command);
      if (!pipelining) this.dialog.write(command);
      const first = await pop3Answer(this.dialog);
      this.trace("<", first);
      const accepted = first.startsWith("+OK");
      answers.push({ first, accepted, lines: accepted && keep !== undefined ? await this.lines(keep) : [] });
    }
    return answers;
  }

  /** The lines of an answer up to the single dot; a leading dot of theirs was doubled (RFC 1939, section 3). */
  private async lines(keep: NonNullable<Command["keep"]>): Promise<string[]> {
    const kept: string[] = [];
    for (;;) {
      const line = await this.dialog.line();
      if (line === ".") return kept;
      keep(line.startsWith(".") ? line.slice(1) : line, kept);
    }
  }
}

function newestOf(count: number, most: number): number[] {
  const from = Math.max(1, count - most + 1);
  return Array.from({ length: count - from + 1 }, (_, index) => from + index);
}

/** `1 whqtswO00WBw418f9t5JxYwZ` */
function identified(lines: readonly string[]): Pop3Message[] {
  return lines.flatMap((line) => {
    const [, number, uid] = /^(\d+) (\S+)/.exec(line) ?? [];
    return number === undefined || uid === undefined ? [] : [{ number: Number(number), uid }];
  });
}

/** `-ERR [CODE] text` (RFC 2449, section 8). */
function refused(answer: string): ServerSaid {
  const code = /^-ERR \[([^\]]+)\]/i.exec(answer)?.[1]?.toUpperCase();
  return new ServerSaid(answer, { responseCode: code });
}

function decoded(challenge: string): string {
  return Buffer.from(challenge, "base64").toString("utf8");
}
