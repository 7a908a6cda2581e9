export interface StoredMessage {
  uid: number;
  raw: string;
  flags: Set<string>;
  received: Date;
}

/** Mailboxes in memory: address in lower case, messages in the order of their arrival. */
export class MailStore {
  private readonly mailboxes: ReadonlyMap<string, StoredMessage[]>;
  private nextUid = 1;

  constructor(addresses: readonly string[]) {
    this.mailboxes = new Map(addresses.map((address) => [address.toLowerCase(), []]));
  }

  has(address: string): boolean {
    return this.mailboxes.has(address.toLowerCase());
  }

  messages(address: string): readonly StoredMessage[] {
    return this.mailboxes.get(address.toLowerCase()) ?? [];
  }

  deliver(address: string, raw: string): void {
    const uid = this.nextUid++;
    this.mailboxes.get(address.toLowerCase())?.push({ uid, raw, flags: new Set(), received: new Date() });
  }

  /** Removes those of the messages that are marked as deleted. */
  expunge(address: string, uids: (uid: number) => boolean): void {
    const messages = this.mailboxes.get(address.toLowerCase()) ?? [];
    for (let index = messages.length - 1; index >= 0; index -= 1) {
      const message = messages[index];
      if (message?.flags.has("\\Deleted") === true && uids(message.uid)) messages.splice(index, 1);
    }
  }
}
