import { mayOpen, type Context } from "./context";
import { accessDenied, malformedId, notFound, Refusal } from "./errors";
import { readFields } from "./itemInput";
import { itemXml, type ItemPlace } from "./items";
import { readExtendedProperty, readPath } from "./paths";
import { answerEach } from "./responses";
import { idOnly, readShape } from "./shapes";
import { attributeOf, child, childrenOf, elements, isTrue } from "./soap";
import type { StoredItem } from "./store";

/**
 * The item that an ItemId names, in a mailbox that the account may open.
 *
 * @throws Refusal
 */
export function findItemById(id: Element, context: Context): ItemPlace {
  const text = attributeOf(id, "Id") ?? "";
  if (!/^AAMk[A-Za-z0-9+/]+=*$/.test(text)) throw malformedId();
  const found = context.store.find(text);
  if (found === undefined) throw notFound();
  if (!mayOpen(found.mailbox, context)) throw accessDenied();
  return found;
}

export function getItem(operation: Element, context: Context): string {
  const shape = readShape(operation, "ItemShape");
  return answerEach(
    "GetItem",
    childrenOf(operation, "ItemIds"),
    (id) => `<m:Items>${itemXml(findItemById(id, context), shape)}</m:Items>`,
    "<m:Items/>",
  );
}

export function deleteItem(operation: Element, context: Context): string {
  const kind = attributeOf(operation, "DeleteType");
  return answerEach("DeleteItem", childrenOf(operation, "ItemIds"), (id) => {
    const { mailbox, item } = findItemById(id, context);
    if (item.element === "CalendarItem" && !operation.hasAttribute("SendMeetingCancellations"))
      throw new Refusal(
        "ErrorSendMeetingCancellationsRequired",
        "The SendMeetingCancellations attribute is required for calendar items.",
      );
    if (item.element === "Task" && !operation.hasAttribute("AffectedTaskOccurrences"))
      throw new Refusal(
        "ErrorAffectedTaskOccurrencesRequired",
        "The AffectedTaskOccurrences attribute is required for tasks.",
      );
    if (kind === "HardDelete") context.store.remove(mailbox, item);
    else
      context.store.replace(mailbox, item, {
        folder: kind === "SoftDelete" ? "recoverableitemsdeletions" : "deleteditems",
      });
    return "";
  });
}

export function updateItem(operation: Element, context: Context): string {
  return answerEach(
    "UpdateItem",
    childrenOf(operation, "ItemChanges"),
    (change) => {
      const [id] = elements(change);
      if (id === undefined) throw malformedId();
      const { mailbox, item } = findItemById(id, context);
      checkDisposition(operation, item);
      const updated = childrenOf(change, "Updates").reduce(
        (current, update) => ({ ...current, ...changed(current, update) }),
        item,
      );
      const stored = context.store.replace(mailbox, item, updated);
      return `<m:Items>${itemXml({ mailbox, item: stored }, idOnly)}</m:Items><m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>`;
    },
    "<m:Items/>",
  );
}

function checkDisposition(operation: Element, item: StoredItem): void {
  if (item.element === "Message" && !operation.hasAttribute("MessageDisposition"))
    throw new Refusal("ErrorMessageDispositionRequired", "Message dispostion is required for this operation.");
  if (item.element === "CalendarItem" && !operation.hasAttribute("SendMeetingInvitationsOrCancellations"))
    throw new Refusal(
      "ErrorSendMeetingInvitationsOrCancellationsRequired",
      "The SendMeetingInvitationsOrCancellations attribute is required for calendar items.",
    );
}

/** What a SetItemField, AppendToItemField or DeleteItemField makes of an item. */
function changed(item: StoredItem, update: Element): Partial<StoredItem> {
  const [pathElement, replacement] = elements(update);
  if (pathElement === undefined) return {};
  const path = readPath(pathElement);
  const value = replacement && elements(replacement)[0];
  if (path.kind === "extended") {
    const others = (item.extended ?? []).filter(({ key }) => key !== path.key);
    return { extended: value === undefined ? others : [...others, readExtendedProperty(value)] };
  }
  if (path.name === "IsRead") return { isRead: isTrue(value?.textContent) };
  if (path.name === "Subject") return { subject: value?.textContent ?? "" };
  const fields = new Map(item.fields);
  if (replacement === undefined || child(replacement, path.name) === undefined) fields.delete(path.name);
  else for (const [name, field] of readFields(replacement)) fields.set(name, field);
  return { fields };
}
