import { randomBytes } from "node:crypto";
import type { FolderName } from "./folderTree";

export { folderNames, type FolderName } from "./folderTree";

/** A property as it was set: the content of its element, and its attributes. */
export interface StoredField {
  content: string;
  attributes: string;
  text: string;
}
export interface ExtendedProperty {
  /** What tells it from others, whatever its case. */
  key: string;
  /** ExtendedFieldURI as it was set. */
  path: string;
  /** Value or Values. */
  value: string;
  text: string;
}

export interface StoredItem {
  id: string;
  changeKey: string;
  folder: FolderName;
  /** Local name of its element: Message, CalendarItem, Contact, Task, MeetingRequest. */
  element: string;
  itemClass: string;
  subject: string;
  mime: string;
  received: Date;
  /** Further properties by the local name of their element. */
  fields?: ReadonlyMap<string, StoredField>;
  extended?: readonly ExtendedProperty[];
  isRead?: boolean;
  isDraft?: boolean;
}

export interface MailboxOptions {
  /** What a full mailbox refuses. */
  quota?: "prohibit-send" | "prohibit-send-receive";
  /** Nobody but its owner may send as it, delegates neither; of the own mailbox: not even that. */
  sendAsDenied?: boolean;
  /** Further addresses, which EWS does not take for the primary one. */
  aliases?: readonly string[];
  displayName?: string;
}
export interface ExchangeMailbox extends MailboxOptions {
  address: string;
  items: StoredItem[];
  /** Accounts that may open it as delegates. */
  delegates: string[];
}

/** Mailboxes in memory, address in lower case. */
export class ExchangeStore {
  private readonly mailboxes = new Map<string, ExchangeMailbox>();
  private sequence = 0;

  add(address: string, delegates: readonly string[] = [], options: MailboxOptions = {}): ExchangeMailbox {
    const mailbox = { ...options, address: address.toLowerCase(), items: [], delegates: [...delegates] };
    this.mailboxes.set(mailbox.address, mailbox);
    return mailbox;
  }

  all(): ExchangeMailbox[] {
    return [...this.mailboxes.values()];
  }

  mailbox(address: string): ExchangeMailbox | undefined {
    const wanted = address.toLowerCase();
    const isAlias = (alias: string) => alias.toLowerCase() === wanted;
    return this.mailboxes.get(wanted) ?? this.all().find(({ aliases }) => aliases?.some(isAlias) ?? false);
  }

  put(mailbox: ExchangeMailbox, item: Omit<StoredItem, "id" | "changeKey" | "received">): StoredItem {
    const stored = { ...item, id: this.nextId(), changeKey: changeKey(), received: new Date() };
    mailbox.items.push(stored);
    return stored;
  }

  /** Puts a changed item in the place of the old one. */
  replace(mailbox: ExchangeMailbox, old: StoredItem, changes: Partial<StoredItem>): StoredItem {
    const changed = { ...old, ...changes, changeKey: changeKey() };
    mailbox.items[mailbox.items.indexOf(old)] = changed;
    return changed;
  }

  remove(mailbox: ExchangeMailbox, item: StoredItem): void {
    mailbox.items.splice(mailbox.items.indexOf(item), 1);
  }

  find(id: string): { mailbox: ExchangeMailbox; item: StoredItem } | undefined {
    for (const mailbox of this.mailboxes.values()) {
      const item = mailbox.items.find((candidate) => candidate.id === id);
      if (item !== undefined) return { mailbox, item };
    }
    return undefined;
  }

  /** The number of an item ends its id, so that it has one for IMAP. */
  private nextId(): string {
    this.sequence += 1;
    const tail = Buffer.alloc(6);
    tail.writeUIntBE(this.sequence, 0, 6);
    return `AAMk${Buffer.concat([randomBytes(24), tail]).toString("base64")}`;
  }
}

export function sequenceOf({ id }: Pick<StoredItem, "id">): number {
  const bytes = Buffer.from(id.slice(4), "base64");
  return bytes.readUIntBE(bytes.length - 6, 6);
}

function changeKey(): string {
  return `CQAA${randomBytes(24).toString("base64")}`;
}
