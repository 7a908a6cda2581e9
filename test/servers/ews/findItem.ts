import type { Context } from "./context";
import { findFolder } from "./folders";
import { extendedValue, itemValue, itemXml } from "./items";
import { page } from "./paging";
import { answerEach } from "./responses";
import { readRestriction, readSortOrder, type ValueOf } from "./restrictions";
import { readShape } from "./shapes";
import { attributeOf, child, childrenOf } from "./soap";
import type { StoredItem } from "./store";

const valueOf: ValueOf<StoredItem> = (item, path) =>
  path.kind === "named" ? itemValue(item, path.name) : extendedValue(item, path)?.text;

export function findItem(operation: Element, context: Context): string {
  const shape = readShape(operation, "ItemShape");
  return answerEach("FindItem", childrenOf(operation, "ParentFolderIds"), (id) => {
    const { mailbox, folder } = findFolder(id, context);
    const matches = readRestriction(operation, valueOf);
    const inView = calendarView(operation);
    const newestFirst = mailbox.items
      .filter((item) => item.folder === folder && inView(item) && matches(item))
      .reverse();
    const order = readSortOrder(operation, valueOf);
    const { shown, attributes } = page(
      operation,
      "IndexedPageItemView",
      order === undefined ? newestFirst : newestFirst.sort(order),
    );
    const items = shown.map((item) => itemXml({ mailbox, item }, shape, true)).join("");
    return `<m:RootFolder ${attributes}><t:Items>${items}</t:Items></m:RootFolder>`;
  });
}

/** Appointments that lie at least partly in a span of time. */
function calendarView(operation: Element): (item: StoredItem) => boolean {
  const view = child(operation, "CalendarView");
  if (view === undefined) return () => true;
  const time = (name: string) => Date.parse(attributeOf(view, name) ?? "");
  const [from, until] = [time("StartDate"), time("EndDate")];
  return (item) =>
    Date.parse(itemValue(item, "Start") ?? "") < until && Date.parse(itemValue(item, "End") ?? "") > from;
}
