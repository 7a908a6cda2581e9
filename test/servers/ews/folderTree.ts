interface FolderDefinition {
  /** Local name of its element. */
  element: "Folder" | "CalendarFolder" | "ContactsFolder" | "TasksFolder";
  displayName: string;
  folderClass?: string;
  parent?: string;
}

const mail = (displayName: string, parent = "msgfolderroot"): FolderDefinition => ({
  element: "Folder",
  displayName,
  folderClass: "IPF.Note",
  parent,
});

const tree = {
  root: { element: "Folder", displayName: "" },
  msgfolderroot: { element: "Folder", displayName: "Top of Information Store", parent: "root" },
  calendar: {
    element: "CalendarFolder",
    displayName: "Calendar",
    folderClass: "IPF.Appointment",
    parent: "msgfolderroot",
  },
  contacts: { element: "ContactsFolder", displayName: "Contacts", folderClass: "IPF.Contact", parent: "msgfolderroot" },
  deleteditems: mail("Deleted Items"),
  drafts: mail("Drafts"),
  inbox: mail("Inbox"),
  journal: { element: "Folder", displayName: "Journal", folderClass: "IPF.Journal", parent: "msgfolderroot" },
  junkemail: mail("Junk Email"),
  notes: { element: "Folder", displayName: "Notes", folderClass: "IPF.StickyNote", parent: "msgfolderroot" },
  outbox: mail("Outbox"),
  sentitems: mail("Sent Items"),
  tasks: { element: "TasksFolder", displayName: "Tasks", folderClass: "IPF.Task", parent: "msgfolderroot" },
  recoverableitemsroot: { element: "Folder", displayName: "Recoverable Items", parent: "root" },
  recoverableitemsdeletions: { element: "Folder", displayName: "Deletions", parent: "recoverableitemsroot" },
} as const satisfies Record<string, FolderDefinition>;

/** The distinguished folders of every mailbox. */
export type FolderName = keyof typeof tree;
export const folderNames = Object.keys(tree) as readonly FolderName[];

export function folderDefinition(name: FolderName): FolderDefinition & { parent?: FolderName } {
  return tree[name] as FolderDefinition & { parent?: FolderName };
}

export function foldersIn(parent: FolderName): FolderName[] {
  return folderNames.filter((name) => folderDefinition(name).parent === parent);
}

/** The folders at any depth below one, parents first. */
export function foldersBelow(parent: FolderName): FolderName[] {
  return foldersIn(parent).flatMap((name) => [name, ...foldersBelow(name)]);
}
