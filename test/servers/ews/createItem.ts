import type { Context } from "./context";
import { invite, send } from "./delivery";
import { noMailboxOfCaller, quotaExceeded, Refusal } from "./errors";
import { findFolder, type FolderPlace } from "./folders";
import { folderDefinition, type FolderName } from "./folderTree";
import { findItemById } from "./itemOperations";
import { attendeesOf, readItem, type NewItem } from "./itemInput";
import { itemXml } from "./items";
import { answerEach } from "./responses";
import { idOnly } from "./shapes";
import { attributeOf, child, childrenOf, elements, isTrue } from "./soap";

const homes: Readonly<Record<string, FolderName>> = { CalendarItem: "calendar", Contact: "contacts", Task: "tasks" };

/** Items that only a folder of their kind takes. */
const strict: Readonly<Record<string, { folder: string; code: string }>> = {
  CalendarItem: { folder: "CalendarFolder", code: "ErrorCannotCreateCalendarItemInNonCalendarFolder" },
  Contact: { folder: "ContactsFolder", code: "ErrorCannotCreateContactInNonContactFolder" },
  Task: { folder: "TasksFolder", code: "ErrorCannotCreateTaskInNonTaskFolder" },
};

export function createItem(operation: Element, context: Context): string {
  const disposition = attributeOf(operation, "MessageDisposition") ?? "";
  const invitations = attributeOf(operation, "SendMeetingInvitations") ?? "";
  return answerEach(
    "CreateItem",
    childrenOf(operation, "Items"),
    (element) => {
      const place = savedFolder(operation, context);
      const item = readItem(element);
      return item.element === "Message"
        ? createMessage(item, disposition, place, context)
        : createOther(element, item, invitations, place, context);
    },
    "<m:Items/>",
  );
}

function savedFolder(operation: Element, context: Context): FolderPlace | undefined {
  const saved = child(operation, "SavedItemFolderId");
  const id = saved && elements(saved)[0];
  return id && findFolder(id, context);
}

function createMessage(item: NewItem, disposition: string, place: FolderPlace | undefined, context: Context): string {
  if (disposition === "")
    throw new Refusal("ErrorMessageDispositionRequired", "Message dispostion is required for this operation.");
  if (disposition === "SaveOnly") return created(save(item, place, "drafts", context), context);
  const sent = send(item.mime, context);
  if (disposition === "SendAndSaveCopy") save({ ...item, mime: sent }, place, "sentitems", context);
  return "<m:Items/>";
}

function createOther(
  element: Element,
  item: NewItem,
  invitations: string,
  place: FolderPlace | undefined,
  context: Context,
): string {
  const kind = strict[item.element];
  if (kind !== undefined && place !== undefined && folderDefinition(place.folder).element !== kind.folder)
    throw new Refusal(kind.code, `The item can not be created in a folder of another kind.`);
  if (item.element === "CalendarItem") checkAppointment(item, invitations);
  const saved = save(item, place, homes[item.element] ?? "drafts", context);
  if (item.element === "CalendarItem" && invitations !== "SendToNone")
    invite(attendeesOf(element), item.subject, saved.mailbox, context.store);
  return created(saved, context);
}

function checkAppointment({ fields }: NewItem, invitations: string): void {
  if (invitations === "")
    throw new Refusal(
      "ErrorSendMeetingInvitationsRequired",
      "The SendMeetingInvitations attribute is required for calendar items.",
    );
  const time = (name: string) => Date.parse(fields?.get(name)?.text ?? "");
  if (time("End") < time("Start"))
    throw new Refusal("ErrorCalendarEndDateIsEarlierThanStartDate", "EndDate is earlier than StartDate");
}

function save(item: NewItem, place: FolderPlace | undefined, home: FolderName, { own, store }: Context) {
  const mailbox = place?.mailbox ?? own;
  if (mailbox === undefined) throw noMailboxOfCaller();
  if (mailbox.quota !== undefined) throw quotaExceeded();
  const folder = place?.folder ?? home;
  const stored = store.put(mailbox, { ...item, folder, isRead: true, isDraft: folder === "drafts" });
  return { mailbox, item: stored };
}

function created(place: Parameters<typeof itemXml>[0], _context: Context): string {
  return `<m:Items>${itemXml(place, idOnly)}</m:Items>`;
}

export function sendItem(operation: Element, context: Context): string {
  const keep = isTrue(attributeOf(operation, "SaveItemToFolder"));
  return answerEach("SendItem", childrenOf(operation, "ItemIds"), (id) => {
    const { mailbox, item } = findItemById(id, context);
    if (item.element !== "Message")
      throw new Refusal("ErrorInvalidItemForOperationSendItem", "The item type is invalid for a SendItem action.");
    if (!id.hasAttribute("ChangeKey"))
      throw new Refusal("ErrorChangeKeyRequired", "A change key is required for this operation.");
    const mime = send(item.mime, context);
    context.store.remove(mailbox, item);
    const place = savedFolder(operation, context);
    if (keep)
      context.store.put(place?.mailbox ?? mailbox, {
        ...item,
        folder: place?.folder ?? "sentitems",
        mime,
        isDraft: false,
      });
    return "";
  });
}
