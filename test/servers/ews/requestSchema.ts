import { isFieldUri, itemProperties } from "./elementOrder";
import { Fault } from "./errors";
import { attributeOf, descendants, elements, ns } from "./soap";

/*
 * What the published schema requires of requests, as far as clients get it wrong: which attributes and children an
 * element must have, in which order, and the values of enumerations. `?` marks what may be left out.
 */
interface Rule {
  attributes: readonly string[];
  children: readonly { name: string; optional: boolean }[];
}

function rule(children: string, ...attributes: readonly string[]): Rule {
  const names = children === "" ? [] : children.split(" ");
  return {
    attributes,
    children: names.map((name) => ({ name: name.replace("?", ""), optional: name.endsWith("?") })),
  };
}

const paging = (kind: string) => `IndexedPage${kind}View? FractionalPage${kind}View?`;

const operations: Readonly<Record<string, Rule>> = {
  GetFolder: rule("FolderShape FolderIds"),
  FindFolder: rule(`FolderShape ${paging("Folder")} Restriction? ParentFolderIds`, "Traversal"),
  FindItem: rule(
    `ItemShape ${paging("Item")} SeekToConditionPageItemView? CalendarView? ContactsView? GroupBy? DistinguishedGroupBy? Restriction? SortOrder? ParentFolderIds QueryString?`,
    "Traversal",
  ),
  CreateItem: rule("SavedItemFolderId? Items"),
  SendItem: rule("ItemIds SavedItemFolderId?", "SaveItemToFolder"),
  GetItem: rule("ItemShape ItemIds"),
  UpdateItem: rule("SavedItemFolderId? ItemChanges", "ConflictResolution"),
  DeleteItem: rule("ItemIds", "DeleteType"),
  ResolveNames: rule("ParentFolderIds? UnresolvedEntry", "ReturnFullContactData"),
  ConvertId: rule("SourceIds", "DestinationFormat"),
  SyncFolderItems: rule("ItemShape SyncFolderId SyncState? Ignore? MaxChangesReturned SyncScope?"),
  GetServerTimeZones: rule("Ids?"),
};

const shape =
  "BaseShape IncludeMimeContent? BodyType? UniqueBodyType? NormalizedBodyType? FilterHtmlContent? ConvertHtmlCodePageToUTF8? InlineImageUrlTemplate? BlockExternalImages? AddBlankTargetToLinks? MaximumBodySize? AdditionalProperties?";
const types: Readonly<Record<string, Rule>> = {
  ItemShape: rule(shape),
  FolderShape: rule("BaseShape AdditionalProperties?"),
  IndexedPageItemView: rule("", "Offset", "BasePoint"),
  IndexedPageFolderView: rule("", "Offset", "BasePoint"),
  ItemId: rule("", "Id"),
  FolderId: rule("", "Id"),
  DistinguishedFolderId: rule("Mailbox?", "Id"),
  FieldURI: rule("", "FieldURI"),
  ExtendedFieldURI: rule("", "PropertyType"),
  Mailbox: rule("Name? EmailAddress? RoutingType? MailboxType? ItemId? OriginalDisplayName?"),
};

const enumerations: Readonly<Record<string, readonly string[]>> = {
  BaseShape: ["IdOnly", "Default", "AllProperties", "PcxPeopleSearch"],
  Traversal: ["Shallow", "Deep", "SoftDeleted", "Associated"],
  MessageDisposition: ["SaveOnly", "SendOnly", "SendAndSaveCopy"],
  DeleteType: ["HardDelete", "SoftDelete", "MoveToDeletedItems"],
  SendMeetingInvitations: ["SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"],
  SendMeetingCancellations: ["SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"],
  AffectedTaskOccurrences: ["AllOccurrences", "SpecifiedOccurrenceOnly"],
  ContainmentMode: ["FullString", "Prefixed", "Substring", "PrefixOnWords", "ExactPhrase"],
  BasePoint: ["Beginning", "End"],
};

/** @throws Fault ErrorSchemaValidation, ErrorInvalidRequest for an operation that is not simulated */
export function validateRequest(operation: Element): void {
  const known = operations[operation.localName];
  if (known === undefined || operation.namespaceURI !== ns.messages)
    throw new Fault("ErrorInvalidRequest", `The operation ${operation.localName} is not simulated.`);
  checkElement(operation, known, ns.messages);
  for (const inner of descendantsOf(operation)) validateInner(inner);
  for (const items of descendants(operation, "Items")) for (const item of elements(items)) checkItem(item);
}

function descendantsOf(element: Element): Element[] {
  return elements(element).flatMap((inner) => [inner, ...descendantsOf(inner)]);
}

function validateInner(element: Element): void {
  const name = element.localName;
  const known = types[name];
  if (known !== undefined) checkElement(element, known, ns.types);
  checkEnumeration(element, name, element.textContent.trim());
  for (const { name: attribute, value } of Array.from(element.attributes)) checkEnumeration(element, attribute, value);
  if (name === "FieldURI" && !isFieldUri(attributeOf(element, "FieldURI") ?? ""))
    throw invalid(element, `The 'FieldURI' attribute is invalid - The Enumeration constraint failed.`);
}

function checkElement(element: Element, { attributes, children }: Rule, childNamespace: string): void {
  for (const { name, value } of Array.from(element.attributes)) checkEnumeration(element, name, value);
  for (const attribute of attributes)
    if (!element.hasAttribute(attribute)) throw invalid(element, `The required attribute '${attribute}' is missing.`);
  if (children.length > 0) checkChildren(element, children, childNamespace);
}

function checkChildren(element: Element, expected: Rule["children"], namespace: string): void {
  let position = 0;
  for (const inner of elements(element)) {
    const found = expected.findIndex(({ name }, index) => index >= position && name === inner.localName);
    const skipped = expected.slice(position, found).filter(({ optional }) => !optional);
    if (found < 0 || skipped.length > 0 || inner.namespaceURI !== namespace) throw unexpected(element, inner, expected);
    position = found + 1;
  }
  const [missing] = expected.slice(position).filter(({ optional }) => !optional);
  if (missing !== undefined)
    throw invalid(
      element,
      `The element '${element.localName}' in namespace '${element.namespaceURI ?? ""}' has incomplete content. List of possible elements expected: '${missing.name}'.`,
    );
}

/** Properties of an item in their order; an extended property may stand there many times. */
function checkItem(item: Element): void {
  const order = itemProperties[item.localName];
  if (order === undefined) return;
  let position = 0;
  for (const property of elements(item)) {
    const found = order.indexOf(property.localName, position);
    if (found < 0 || property.namespaceURI !== ns.types)
      throw unexpected(
        item,
        property,
        order.slice(position).map((name) => ({ name, optional: true })),
      );
    position = property.localName === "ExtendedProperty" ? found : found + 1;
  }
}

function checkEnumeration(element: Element, name: string, value: string): void {
  const allowed = enumerations[name];
  if (allowed === undefined || allowed.includes(value)) return;
  throw invalid(element, `The '${name}' value '${value}' is invalid - The Enumeration constraint failed.`);
}

function unexpected(parent: Element, inner: Element, expected: Rule["children"]): Fault {
  const list = expected.map(({ name }) => name).join(", ");
  return invalid(
    inner,
    `The element '${parent.localName}' in namespace '${parent.namespaceURI ?? ""}' has invalid child element '${inner.localName}' in namespace '${inner.namespaceURI ?? ""}'. List of possible elements expected: '${list}'.`,
  );
}

function invalid(at: Element, violation: string): Fault {
  const { lineNumber = 1, columnNumber = 1 } = at as unknown as { lineNumber?: number; columnNumber?: number };
  const text = violation.replace(/[&<>]/g, "");
  return new Fault(
    "ErrorSchemaValidation",
    `The request failed schema validation: ${violation}`,
    `<t:LineNumber>${lineNumber}</t:LineNumber><t:LinePosition>${columnNumber}</t:LinePosition><t:Violation>${text}</t:Violation>`,
  );
}
