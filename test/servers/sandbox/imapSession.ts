import { searchCriterion } from "./imapSearch";
import { inSet, tokens, type Token } from "./imapSyntax";
import type { MailStore, StoredMessage } from "./mailStore";

const capabilities = "IMAP4rev1 AUTH=PLAIN SASL-IR UIDPLUS";
const uidValidity = 1;

type Handler = (tag: string, args: Token[], uid: boolean) => void;

/** One connection's conversation. */
export class ImapSession {
  private user: string | undefined;
  private selected = false;
  /** UIDs by sequence number, as this client knows them. */
  private known: number[] = [];
  private pendingPlain: string | undefined;
  private open = true;

  constructor(
    private readonly users: Readonly<Record<string, string>>,
    private readonly store: MailStore,
    private readonly send: (line: string) => void,
  ) {}

  greet(): void {
    this.send(`* OK [CAPABILITY ${capabilities}] sandbox ready`);
  }

  /** False when the connection is over. */
  handle(line: string): boolean {
    if (this.pendingPlain !== undefined) {
      const tag = this.pendingPlain;
      this.pendingPlain = undefined;
      this.signInPlain(tag, line);
      return this.open;
    }
    let words: Token[];
    try {
      words = tokens(line);
    } catch {
      this.send("* BAD not a command");
      return this.open;
    }
    const [tag, name, ...args] = words;
    if (typeof tag !== "string" || typeof name !== "string") {
      this.send("* BAD not a command");
      return this.open;
    }
    try {
      this.dispatch(tag, name.toUpperCase(), args);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.send(`${tag} BAD ${error.message}`);
    }
    return this.open;
  }

  private dispatch(tag: string, name: string, args: Token[]): void {
    const uid = name === "UID";
    const [first, ...others] = args;
    const command = uid && typeof first === "string" ? first.toUpperCase() : name;
    const handler = this.handlers[command];
    if (handler === undefined) {
      this.send(`${tag} BAD ${command} is not supported`);
      return;
    }
    const needs = commandState[command];
    if (needs !== undefined && (this.user === undefined || (needs === "selected" && !this.selected))) {
      this.send(`${tag} BAD not now`);
      return;
    }
    handler(tag, uid ? others : args, uid);
  }

  private readonly handlers: Readonly<Record<string, Handler>> = {
    CAPABILITY: (tag) => {
      this.send(`* CAPABILITY ${capabilities}`);
      this.send(`${tag} OK done`);
    },
    NOOP: (tag) => {
      this.announce();
      this.send(`${tag} OK done`);
    },
    LOGOUT: (tag) => {
      this.send("* BYE until next time");
      this.send(`${tag} OK done`);
      this.open = false;
    },
    LOGIN: (tag, [user, password]) => {
      this.signIn(tag, String(user), String(password));
    },
    AUTHENTICATE: (tag, [mechanism, initial]) => {
      if (String(mechanism).toUpperCase() !== "PLAIN") throw new SyntaxError("only PLAIN is offered");
      if (typeof initial === "string") this.signInPlain(tag, initial);
      else {
        this.pendingPlain = tag;
        this.send("+ ");
      }
    },
    LIST: (tag, [, pattern]) => {
      if (pattern === "") this.send('* LIST (\\Noselect) "/" ""');
      else this.send('* LIST (\\HasNoChildren) "/" INBOX');
      this.send(`${tag} OK done`);
    },
    SELECT: (tag, [folder]) => {
      if (String(folder).toUpperCase() !== "INBOX") {
        this.send(`${tag} NO [NONEXISTENT] there is only INBOX`);
        return;
      }
      this.selected = true;
      this.known = this.messages().map((message) => message.uid);
      this.send("* FLAGS (\\Seen \\Deleted)");
      this.send("* OK [PERMANENTFLAGS (\\Seen \\Deleted)] limited");
      this.send(`* ${this.known.length} EXISTS`);
      this.send("* 0 RECENT");
      this.send(`* OK [UIDVALIDITY ${uidValidity}] valid`);
      this.send(`* OK [UIDNEXT ${(this.known.at(-1) ?? 0) + 1}] next`);
      this.send(`${tag} OK [READ-WRITE] done`);
    },
    CLOSE: (tag) => {
      this.store.expunge(this.user ?? "", () => true);
      this.selected = false;
      this.send(`${tag} OK done`);
    },
    SEARCH: (tag, keys, uid) => {
      const criterion = searchCriterion(keys);
      const found = this.candidates().filter(criterion);
      const numbers = found.map(({ message, sequence }) => (uid ? message.uid : sequence));
      this.send(["* SEARCH", ...numbers].join(" "));
      this.send(`${tag} OK done`);
    },
    FETCH: (tag, [set, items], uid) => {
      const wanted = (Array.isArray(items) ? items : [items]).map((item) => String(item).toUpperCase());
      for (const { message, sequence } of this.inSet(String(set), uid))
        this.send(`* ${sequence} FETCH (${fetched(message, wanted, uid)})`);
      this.send(`${tag} OK done`);
    },
    STORE: (tag, [set, action, flags], uid) => {
      const names = (Array.isArray(flags) ? flags : [flags]).map(String);
      const how = String(action).toUpperCase();
      for (const { message, sequence } of this.inSet(String(set), uid)) {
        if (!how.startsWith("+") && !how.startsWith("-")) message.flags.clear();
        for (const name of names)
          if (how.startsWith("-")) message.flags.delete(name);
          else message.flags.add(name);
        if (!how.endsWith(".SILENT")) this.send(`* ${sequence} FETCH (${fetched(message, ["FLAGS"], uid)})`);
      }
      this.send(`${tag} OK done`);
    },
    EXPUNGE: (tag, [set], uid) => {
      const largest = this.known.at(-1) ?? 0;
      this.store.expunge(this.user ?? "", (candidate) => !uid || inSet(String(set), candidate, largest));
      this.announce();
      this.send(`${tag} OK done`);
    },
  };

  private signInPlain(tag: string, response: string): void {
    const [, user = "", password = ""] = Buffer.from(response, "base64").toString("utf8").split("\0");
    this.signIn(tag, user, password);
  }

  private signIn(tag: string, user: string, password: string): void {
    if (this.users[user.toLowerCase()] !== password) {
      this.send(`${tag} NO [AUTHENTICATIONFAILED] Invalid credentials`);
      return;
    }
    this.user = user.toLowerCase();
    this.send(`${tag} OK [CAPABILITY ${capabilities}] welcome`);
  }

  private messages(): readonly StoredMessage[] {
    return this.store.messages(this.user ?? "");
  }

  /** Messages that this client has been told of. */
  private candidates() {
    const largestUid = this.known.at(-1) ?? 0;
    return this.messages()
      .filter((message) => this.known.includes(message.uid))
      .map((message) => ({
        message,
        sequence: this.known.indexOf(message.uid) + 1,
        largestUid,
        largestSequence: this.known.length,
      }));
  }

  private inSet(set: string, uid: boolean) {
    return this.candidates().filter(({ message, sequence, largestUid, largestSequence }) =>
      uid ? inSet(set, message.uid, largestUid) : inSet(set, sequence, largestSequence),
    );
  }

  /** Tells what has gone and what has come; only where the protocol lets sequence numbers change. */
  private announce(): void {
    if (!this.selected) return;
    const present = this.messages().map((message) => message.uid);
    for (let index = this.known.length - 1; index >= 0; index -= 1) {
      if (present.includes(this.known[index] ?? 0)) continue;
      this.known.splice(index, 1);
      this.send(`* ${index + 1} EXPUNGE`);
    }
    if (present.length === this.known.length) return;
    this.known = present;
    this.send(`* ${present.length} EXISTS`);
  }
}

const commandState: Readonly<Record<string, "signed-in" | "selected">> = {
  LIST: "signed-in",
  SELECT: "signed-in",
  CLOSE: "selected",
  SEARCH: "selected",
  FETCH: "selected",
  STORE: "selected",
  EXPUNGE: "selected",
};

function fetched(message: StoredMessage, wanted: readonly string[], uid: boolean): string {
  const items = uid && !wanted.includes("UID") ? ["UID", ...wanted] : wanted;
  return items
    .map((item) => {
      if (item === "UID") return `UID ${message.uid}`;
      if (item === "FLAGS") return `FLAGS (${[...message.flags].join(" ")})`;
      if (item === "RFC822.SIZE") return `RFC822.SIZE ${message.raw.length}`;
      if (item === "BODY[]" || item === "BODY.PEEK[]") return `BODY[] {${message.raw.length}}\r\n${message.raw}`;
      const fields = /^BODY(?:\.PEEK)?\[HEADER\.FIELDS \(([^)]*)\)\]$/.exec(item)?.[1];
      if (fields === undefined) throw new SyntaxError(`fetch item ${item} is not supported`);
      const lines = headerFields(message.raw, fields.split(" "));
      return `BODY[HEADER.FIELDS (${fields})] {${lines.length}}\r\n${lines}`;
    })
    .join(" ");
}

/** The named fields of a message's header and the empty line after them (RFC 3501, section 6.4.5). */
function headerFields(raw: string, names: readonly string[]): string {
  const [head = ""] = raw.split("\r\n\r\n");
  const wanted = head.split(/\r\n(?![ \t])/).filter((field) => {
    const name = field.slice(0, field.indexOf(":")).toUpperCase();
    return names.some((candidate) => candidate.replaceAll('"', "").toUpperCase() === name);
  });
  return `${wanted.map((field) => `${field}\r\n`).join("")}\r\n`;
}
