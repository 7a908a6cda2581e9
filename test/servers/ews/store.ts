import { randomBytes } from "node:crypto";

export type FolderName = "inbox" | "sentitems" | "calendar" | "contacts" | "tasks" | "drafts" | "deleteditems";
export const folderNames: readonly FolderName[] = [
  "inbox",
  "sentitems",
  "calendar",
  "contacts",
  "tasks",
  "drafts",
  "deleteditems",
];

export interface StoredItem {
  id: string;
  changeKey: string;
  folder: FolderName;
  /** Local name of its element: Message, CalendarItem, Contact, Task. */
  element: string;
  itemClass: string;
  subject: string;
  mime: string;
  received: Date;
}
export interface ExchangeMailbox {
  address: string;
  items: StoredItem[];
  /** Accounts that may open it as delegates. */
  delegates: string[];
}

/** Mailboxes in memory, address in lower case. */
export class ExchangeStore {
  private readonly mailboxes = new Map<string, ExchangeMailbox>();

  add(address: string, delegates: readonly string[] = []): void {
    this.mailboxes.set(address.toLowerCase(), { address: address.toLowerCase(), items: [], delegates: [...delegates] });
  }

  mailbox(address: string): ExchangeMailbox | undefined {
    return this.mailboxes.get(address.toLowerCase());
  }

  put(mailbox: ExchangeMailbox, item: Omit<StoredItem, "id" | "changeKey" | "received">): StoredItem {
    const stored = { ...item, id: opaque("AAMk"), changeKey: opaque("CQAA"), received: new Date() };
    mailbox.items.push(stored);
    return stored;
  }

  /** Delivers a message to the mailboxes that it names in To. */
  deliver(mime: string): void {
    const head = mime.split(/\r?\n\r?\n/)[0] ?? "";
    const field = (name: string) => new RegExp(`^${name}:\\s*(.*)$`, "im").exec(head)?.[1]?.trim() ?? "";
    for (const [, address = ""] of field("To").matchAll(/<?([^<>,\s]+@[^<>,\s]+)>?/g)) {
      const mailbox = this.mailbox(address);
      if (mailbox !== undefined)
        this.put(mailbox, {
          folder: "inbox",
          element: "Message",
          itemClass: "IPM.Note",
          subject: field("Subject"),
          mime,
        });
    }
  }

  find(id: string): { mailbox: ExchangeMailbox; item: StoredItem } | undefined {
    for (const mailbox of this.mailboxes.values()) {
      const item = mailbox.items.find((candidate) => candidate.id === id);
      if (item !== undefined) return { mailbox, item };
    }
    return undefined;
  }
}

function opaque(prefix: string): string {
  return `${prefix}${randomBytes(24).toString("base64").replace(/[+/=]/g, "A")}=`;
}
