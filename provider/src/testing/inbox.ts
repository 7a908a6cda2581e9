/** A signed-in mailbox, whatever its protocol: what Test & Enable needs of it. Ids are the protocol's own. */
export interface Inbox {
  /** How long the first wait for a delivery should be, in milliseconds; looking again costs more with some protocols. */
  readonly firstPollMs: number;
  /** Lets the server show what has arrived meanwhile. */
  refresh(): Promise<void>;
  /** Test messages with this token, returned ones excepted. */
  findMessage(token: string): Promise<string[]>;
  /** Test messages whose token begins so, the current one excepted: what interrupted tests of this mailbox left behind. */
  findLeftOvers(prefix: string, currentToken: string): Promise<string[]>;
  /** The newest returned messages (RFC 3464), oldest first. */
  findReports(): Promise<string[]>;
  /** Raw text of a message, or undefined where it is gone. */
  source(id: string): Promise<string | undefined>;
  /** Removes messages for good; true where the server has said of each that it is gone. */
  remove(ids: readonly string[]): Promise<boolean>;
  close(): Promise<void>;
}
