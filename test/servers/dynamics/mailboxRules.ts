import type { Row } from "./columns";
import type { Organization } from "./organization";
import type { Rule } from "./profileRules";
import { hasText, idIn, isReference } from "./store";

export interface MailboxSubject {
  before: Row | undefined;
  after: Row;
  changes: Row;
  organization: Organization;
}

export type MailboxOf = "user" | "queue" | "forward";

export function mailboxOf(mailbox: Row): MailboxOf {
  const regarding = mailbox.regardingobjectid;
  if (!isReference(regarding)) return "forward";
  return regarding.table === "queue" ? "queue" : "user";
}

const isChanged = ({ before, changes }: MailboxSubject, column: string) =>
  column in changes && changes[column] !== before?.[column];

/** Exchange types are those that have calendars. */
function hasInternetProfile({ after, organization }: MailboxSubject): boolean {
  const id = idIn(after.emailserverprofile);
  const profile = id === undefined ? undefined : organization.store.find("emailserverprofile", id);
  return profile?.servertype === 1 || profile?.servertype === 4;
}

function belongsToDisabled({ after, organization }: MailboxSubject): boolean {
  const regarding = after.regardingobjectid;
  if (!isReference(regarding)) return false;
  const record = organization.store.find(regarding.table, regarding.id);
  return record?.isdisabled === true || (regarding.table === "queue" && record?.statecode === 1);
}

const forward = ({ after }: MailboxSubject) => mailboxOf(after) === "forward";
const touches = ({ changes }: MailboxSubject, ...columns: readonly string[]) =>
  columns.some((column) => column in changes);

/** dynamics.md 1.5, "Mailbox rules": those that can be judged when a mailbox is saved. */
export const mailboxRules: readonly Rule<MailboxSubject>[] = [
  {
    code: "0x8005E248",
    name: "TestEmailConfigurationScheduledInProgress",
    message: "A test of this mailbox is scheduled; save it when the test is over.",
    // Not documented: whether a PATCH that only takes the flag back is let through (8.6). It is not, here.
    broken: ({ before }) => before?.testemailconfigurationscheduled === true,
  },
  {
    code: "0x8005E208",
    name: "MailboxCannotModifyEmailAddress",
    message: "The address is that of the user or queue.",
    broken: (subject) => subject.before !== undefined && !forward(subject) && isChanged(subject, "emailaddress"),
  },
  {
    code: "0x8005E210",
    name: "QueueMailboxUnexpectedDeliveryMethod",
    message: "A queue has no Outlook.",
    broken: ({ after }) =>
      mailboxOf(after) === "queue" &&
      (after.incomingemaildeliverymethod === 1 || after.outgoingemaildeliverymethod === 1),
  },
  {
    code: "0x8005E211",
    name: "ForwardMailboxEmailAddressRequired",
    message: "A forward mailbox needs an address.",
    broken: (subject) => forward(subject) && !hasText(subject.after.emailaddress),
  },
  {
    code: "0x8005E212",
    name: "ForwardMailboxUnexpectedIncomingDeliveryMethod",
    message: "A forward mailbox receives by server-side synchronization, or not at all.",
    broken: (subject) => forward(subject) && ![0, 2].includes(Number(subject.after.incomingemaildeliverymethod ?? 0)),
  },
  {
    code: "0x8005E213",
    name: "ForwardMailboxUnexpectedOutgoingDeliveryMethod",
    message: "A forward mailbox does not send.",
    broken: (subject) => forward(subject) && Number(subject.after.outgoingemaildeliverymethod ?? 0) !== 0,
  },
  {
    code: "0x8005E233",
    name: "MailboxCannotDeleteEmails",
    message: "E-mails can be deleted after processing in queues and forward mailboxes only.",
    broken: ({ after }) => mailboxOf(after) === "user" && after.processanddeleteemails === true,
  },
  {
    code: "0x8005E230",
    name: "CannotActivateMailboxForDisabledUserOrQueue",
    message: "The user or queue is disabled.",
    broken: (subject) =>
      subject.changes.statecode === 0 && isChanged(subject, "statecode") && belongsToDisabled(subject),
  },
  {
    code: "0x8005E247",
    name: "MailboxUnsupportedEmailServerType",
    message: "Appointments, contacts, and tasks need Exchange: set their method to None.",
    // Judged when one of the two columns is written (inferred: other edits of such a mailbox are let through).
    broken: (subject) =>
      touches(subject, "emailserverprofile", "actdeliverymethod") &&
      subject.after.actdeliverymethod === 1 &&
      hasInternetProfile(subject),
  },
];

/** What a test depends on: changing one of these may make the statuses out of date. */
export const testedColumns = [
  "emailserverprofile",
  "emailaddress",
  "incomingemaildeliverymethod",
  "outgoingemaildeliverymethod",
  "actdeliverymethod",
  "username",
  "password",
] as const;
