import { itemProperties } from "./elementOrder";
import { folderIdText } from "./folders";
import { addressesIn, headerOf, readMime } from "./mime";
import type { PropertyPath } from "./paths";
import { namesIn, type Shape } from "./shapes";
import { escape } from "./soap";
import { sequenceOf, type ExchangeMailbox, type StoredItem } from "./store";

/** An item and the mailbox that it is in. */
export interface ItemPlace {
  mailbox: ExchangeMailbox;
  item: StoredItem;
}

/** The properties of the shape Default, by the table of Microsoft's article on response shapes. */
const defaults: Readonly<Record<string, readonly string[]>> = {
  Message: [
    "Body",
    "DateTimeCreated",
    "DateTimeSent",
    "From",
    "HasAttachments",
    "IsAssociated",
    "IsDeliveryReceiptRequested",
    "Sensitivity",
    "Size",
    "Subject",
    "IsRead",
  ],
  CalendarItem: [
    "End",
    "HasAttachments",
    "IsAssociated",
    "LegacyFreeBusyStatus",
    "Location",
    "Organizer",
    "Start",
    "CalendarItemType",
    "Subject",
  ],
  Contact: [
    "CompanyName",
    "CompleteName",
    "EmailAddresses",
    "FileAs",
    "HasAttachments",
    "ImAddresses",
    "JobTitle",
    "PhoneNumbers",
    "PhysicalAddresses",
  ],
  Task: ["DueDate", "HasAttachments", "PercentComplete", "StartDate", "Status", "Subject"],
};
const onlyWhenAsked = ["MimeContent", "TextBody", "NormalizedBody", "UniqueBody"];
const notInSearches = ["Body", "MimeContent", "InternetMessageHeaders", "ToRecipients", "CcRecipients", "ReplyTo"];

export const itemIdXml = ({ id, changeKey }: StoredItem) => `<t:ItemId Id="${id}" ChangeKey="${changeKey}"/>`;

/** The element of an item with the properties of a shape; searches carry fewer. */
export function itemXml(place: ItemPlace, shape: Shape, inSearch = false): string {
  const { item } = place;
  const all = itemProperties[item.element] ?? [];
  const wanted = namesIn(
    shape,
    defaults[item.element] ?? defaults.Message ?? [],
    all.filter((name) => !onlyWhenAsked.includes(name)),
  ).add("ItemId");
  if (shape.mimeContent) wanted.add("MimeContent");
  const shown = (name: string) => wanted.has(name) && !(inSearch && notInSearches.includes(name));
  const extended = shape.additional.flatMap((path) => {
    if (path.kind !== "extended") return [];
    const value = extendedValue(item, path);
    return value === undefined ? [] : [`<t:ExtendedProperty>${path.element}${value.xml}</t:ExtendedProperty>`];
  });
  const properties = all.map((name) =>
    name === "ExtendedProperty" ? extended.join("") : shown(name) ? propertyXml(place, name, shape) : "",
  );
  return `<t:${item.element}>${properties.join("")}</t:${item.element}>`;
}

function propertyXml(place: ItemPlace, name: string, shape: Shape): string {
  const { item, mailbox } = place;
  if (name === "ItemId") return itemIdXml(item);
  if (name === "MimeContent")
    return `<t:MimeContent CharacterSet="UTF-8">${Buffer.from(item.mime, "utf8").toString("base64")}</t:MimeContent>`;
  if (name === "ParentFolderId")
    return `<t:ParentFolderId Id="${folderIdText({ mailbox, folder: item.folder })}" ChangeKey="AQAAAA=="/>`;
  const complex = complexXml(item, name, shape);
  if (complex !== undefined) return complex === "" ? "" : `<t:${name}>${complex}</t:${name}>`;
  if (name === "Body" || name === "TextBody") return bodyXml(item, name, shape);
  const stored = item.fields?.get(name);
  if (stored !== undefined) return `<t:${name}${stored.attributes}>${stored.content}</t:${name}>`;
  const text = itemValue(item, name);
  return text === undefined ? "" : `<t:${name}>${escape(text)}</t:${name}>`;
}

function bodyXml(item: StoredItem, name: string, shape: Shape): string {
  const stored = item.fields?.get("Body");
  if (stored === undefined && item.element !== "Message") return "";
  const text = stored?.text ?? readMime(item.mime).body;
  const isHtml =
    stored === undefined
      ? /^text\/html/i.test(headerOf(item.mime, "Content-Type"))
      : stored.attributes.includes('"HTML"');
  const html = name === "Body" && (shape.bodyType === "HTML" || (shape.bodyType === "Best" && isHtml));
  return `<t:${name} BodyType="${html ? "HTML" : "Text"}">${escape(text)}</t:${name}>`;
}

const mailboxXml = (address: string) =>
  `<t:Mailbox><t:Name>${escape(address)}</t:Name><t:EmailAddress>${escape(address)}</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></t:Mailbox>`;

/** The content of a property that is no text; empty where the item has none. */
function complexXml(item: StoredItem, name: string, shape: Shape): string | undefined {
  const headers: Readonly<Record<string, string>> = {
    From: "From",
    Sender: "From",
    ToRecipients: "To",
    CcRecipients: "Cc",
    ReplyTo: "Reply-To",
  };
  const header = headers[name];
  if (header !== undefined && item.element !== "CalendarItem") {
    const addresses = addressesIn(item.mime, header);
    return (name === "From" || name === "Sender" ? addresses.slice(0, 1) : addresses).map(mailboxXml).join("");
  }
  if (name === "InternetMessageHeaders") {
    const fields = item.element === "Message" ? readMime(item.mime).fields : [];
    return fields
      .map(
        (field) =>
          `<t:InternetMessageHeader HeaderName="${escape(field.name)}">${escape(field.value)}</t:InternetMessageHeader>`,
      )
      .join("");
  }
  if (name === "EffectiveRights")
    return "<t:CreateAssociated>false</t:CreateAssociated><t:CreateContents>false</t:CreateContents><t:CreateHierarchy>false</t:CreateHierarchy><t:Delete>true</t:Delete><t:Modify>true</t:Modify><t:Read>true</t:Read>";
  if (name === "Flag" && !shape.mimeContent) return "<t:FlagStatus>NotFlagged</t:FlagStatus>";
  return undefined;
}

/** A property of an item as text, for answers, restrictions and sorting. */
export function itemValue(item: StoredItem, name: string): string | undefined {
  const stored = item.fields?.get(name);
  if (stored !== undefined && name !== "Subject") return stored.text;
  const isMessage = item.element === "Message" || item.element === "MeetingRequest";
  const header = (field: string) => (isMessage ? headerOf(item.mime, field) || undefined : undefined);
  const time = `${item.received.toISOString().slice(0, 19)}Z`;
  switch (name) {
    case "ItemClass":
      return item.itemClass;
    case "Subject":
      return item.subject;
    case "Sensitivity":
    case "Importance":
      return "Normal";
    case "DateTimeReceived":
    case "DateTimeSent":
    case "DateTimeCreated":
    case "LastModifiedTime":
      return time;
    case "Size":
      return String(Math.max(item.mime.length, 1000));
    case "IsDraft":
      return String(item.isDraft === true);
    case "IsRead":
      return isMessage ? String(item.isRead === true) : undefined;
    case "IsSubmitted":
    case "IsFromMe":
    case "IsResend":
    case "IsUnmodified":
    case "HasAttachments":
    case "IsAssociated":
      return "false";
    case "IsReadReceiptRequested":
    case "IsDeliveryReceiptRequested":
      return isMessage ? "false" : undefined;
    case "DisplayTo":
      return isMessage ? addressesIn(item.mime, "To").join("; ") : undefined;
    case "DisplayCc":
      return isMessage ? addressesIn(item.mime, "Cc").join("; ") : undefined;
    case "InternetMessageId":
      return header("Message-ID");
    case "InReplyTo":
      return header("In-Reply-To");
    case "References":
      return header("References");
    case "ConversationTopic":
      return isMessage ? item.subject : undefined;
    case "Body":
      return item.element === "Message" ? readMime(item.mime).body : undefined;
    case "From":
    case "Sender":
      return header("From");
    case "ToRecipients":
      return header("To");
    case "CalendarItemType":
      return item.element === "CalendarItem" ? "Single" : undefined;
    case "LegacyFreeBusyStatus":
      return item.element === "CalendarItem" ? "Busy" : undefined;
    case "IsAllDayEvent":
    case "IsCancelled":
    case "IsMeeting":
      return item.element === "CalendarItem" ? "false" : undefined;
    case "FileAs":
    case "DisplayName":
      return item.element === "Contact" ? item.subject : undefined;
    case "PercentComplete":
      return item.element === "Task" ? "0" : undefined;
    case "Status":
      return item.element === "Task" ? "NotStarted" : undefined;
    default:
      return undefined;
  }
}

/** An extended property: one that was set, a header field, or a MAPI property that every item has. */
export function extendedValue(
  item: StoredItem,
  path: Extract<PropertyPath, { kind: "extended" }>,
): { xml: string; text: string } | undefined {
  const set = item.extended?.find(({ key }) => key === path.key);
  if (set !== undefined) return { xml: set.value, text: set.text };
  const text = path.header === undefined ? mapiValue(item, path.tag) : headerOf(item.mime, path.header) || undefined;
  return text === undefined ? undefined : { xml: `<t:Value>${escape(text)}</t:Value>`, text };
}

function mapiValue(item: StoredItem, tag: number | undefined): string | undefined {
  switch (tag) {
    case 0x001a:
      return item.itemClass;
    case 0x0037:
      return item.subject;
    case 0x007d:
      return readMime(item.mime).head;
    case 0x0e07:
      return item.isRead === true ? "1" : "0";
    case 0x0e08:
      return itemValue(item, "Size");
    case 0x0e23:
      return String(sequenceOf(item));
    case 0x1035:
      return itemValue(item, "InternetMessageId");
    case 0x300b:
      return Buffer.from(item.id).toString("base64");
    default:
      return undefined;
  }
}
