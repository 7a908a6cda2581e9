import type { Budget } from "../transport/budget";
import { DialogError, type Dialog } from "../transport/dialog";
import { log } from "../transport/log";
import { describeEndpoint, redactorFor } from "./diagnosis";
import { greet, pop3Answer, pop3Capabilities, ServerSaid } from "./greeting";
import { saslPlain, saslToken } from "./sasl";
import type { Endpoint, SignIn } from "./types";

/** A command line, and an initial response on it, has at most 255 octets (RFC 2449, section 4; RFC 5034, section 4). */
const longestCommand = 253;
/** Nothing that a test reads is larger. */
const largestAnswer = 4 * 1024 * 1024;

/** A message in the maildrop: its number in this session, and its id in every session (RFC 1939, UIDL). */
export interface Pop3Message {
  number: number;
  uid: string;
}

/** A signed-in POP3 session. What it deletes is gone only after {@link Pop3Session.quit}. */
export class Pop3Session {
  private constructor(
    private readonly dialog: Dialog,
    private readonly pipelining: boolean,
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
    const dialog = await greet(endpoint, budget);
    const redact = redactorFor(signIn);
    const trace = (direction: string, line: string) => {
      log("debug", describeEndpoint(endpoint), `${direction} ${redact(line)}`);
    };
    try {
      // What was offered before TLS does not count after it (RFC 2595, section 4).
      const offered = await pop3Capabilities(dialog);
      onPhase("sign-in");
      const session = new Pop3Session(dialog, offered?.has("PIPELINING") === true, trace);
      await session.signIn(signIn, offered);
      onPhase("mailbox");
      return session;
    } catch (error) {
      dialog.close();
      throw error;
    }
  }

  /** Lists the maildrop: what proves that it can be read. It is also counted where that costs no round trip of its own. */
  async list(): Promise<Pop3Message[]> {
    const count = this.pipelining ? [{ command: "STAT" }] : [];
    const answers = await this.askAll([...count, { command: "UIDL", multiline: true }]);
    return (answers.at(-1) ?? []).flatMap((line) => {
      const [, number, uid] = /^(\d+) (\S+)/.exec(line) ?? [];
      return number === undefined || uid === undefined ? [] : [{ number: Number(number), uid }];
    });
  }

  /** The header of each message, in one go where the server takes that. */
  async heads(numbers: readonly number[]): Promise<string[]> {
    const answers = await this.askAll(numbers.map((number) => ({ command: `TOP ${number} 0`, multiline: true })));
    return answers.map((lines) => lines.join("\r\n"));
  }

  async source(number: number): Promise<string> {
    const [lines] = await this.askAll([{ command: `RETR ${number}`, multiline: true }]);
    return (lines ?? []).join("\r\n");
  }

  async remove(numbers: readonly number[]): Promise<void> {
    await this.askAll(numbers.map((number) => ({ command: `DELE ${number}` })));
  }

  /** Ends the session: only now messages are deleted. */
  async quit(): Promise<void> {
    await this.ask("QUIT");
    this.dialog.close();
  }

  /** Breaks off: nothing is deleted. */
  close(): void {
    this.dialog.close();
  }

  private async signIn(
    signIn: Exclude<SignIn, { type: "anonymous" }>,
    offered: ReadonlyMap<string, readonly string[]> | undefined,
  ): Promise<void> {
    const methods = offered?.get("SASL") ?? [];
    if (signIn.type === "access-token") {
      const bearer = methods.includes("OAUTHBEARER") && !methods.includes("XOAUTH2");
      const token = saslToken(signIn.username, signIn.accessToken, bearer);
      await this.authenticate(bearer ? "OAUTHBEARER" : "XOAUTH2", token, bearer ? "AQ==" : "");
    } else if (methods.includes("PLAIN")) {
      await this.authenticate("PLAIN", saslPlain(signIn.username, signIn.password), "*");
    } else if (offered === undefined || offered.has("USER")) {
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

  private async askAll(commands: readonly { command: string; multiline?: boolean }[]): Promise<string[][]> {
    if (this.pipelining && commands.length > 0) this.dialog.write(...commands.map(({ command }) => command));
    const answers: string[][] = [];
    for (const { command, multiline } of commands) {
      this.trace(">", command);
      if (!this.pipelining) this.dialog.write(command);
      const answer = await pop3Answer(this.dialog);
      this.trace("<", answer);
      if (!answer.startsWith("+OK")) throw refused(answer);
      answers.push(multiline === true ? await this.lines() : []);
    }
    return answers;
  }

  /** The lines of an answer up to the single dot; a leading dot of theirs was doubled (RFC 1939, section 3). */
  private async lines(): Promise<string[]> {
    const lines: string[] = [];
    for (let size = 0; ;) {
      const line = await this.dialog.line();
      if (line === ".") return lines;
      size += line.length;
      if (size > largestAnswer)
        throw new DialogError("ANSWER_TOO_LARGE", `an answer of more than ${largestAnswer} octets`);
      lines.push(line.startsWith(".") ? line.slice(1) : line);
    }
  }
}

/** `-ERR [CODE] text` (RFC 2449, section 8). */
function refused(answer: string): ServerSaid {
  const code = /^-ERR \[([^\]]+)\]/i.exec(answer)?.[1]?.toUpperCase();
  return new ServerSaid(answer, { responseCode: code });
}

function decoded(challenge: string): string {
  return Buffer.from(challenge, "base64").toString("utf8");
}
