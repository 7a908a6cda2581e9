import { composeMime, headerOf, type HeaderField } from "./mime";
import { readExtendedProperty } from "./paths";
import { attributeOf, child, descendants, elements, renderContent, textOf } from "./soap";
import type { ExtendedProperty, StoredField, StoredItem } from "./store";

/** What a client says of an item to be created. */
export type NewItem = Pick<StoredItem, "element" | "itemClass" | "subject" | "mime" | "fields" | "extended">;

const itemClasses: Readonly<Record<string, string>> = {
  CalendarItem: "IPM.Appointment",
  Contact: "IPM.Contact",
  Task: "IPM.Task",
  Message: "IPM.Note",
};
/** Kept in columns of their own, or in the MIME content. */
const ownColumns = [
  "MimeContent",
  "ItemClass",
  "ExtendedProperty",
  "IsRead",
  "ToRecipients",
  "CcRecipients",
  "BccRecipients",
  "From",
  "Sender",
  "ReplyTo",
];

export function readItem(element: Element): NewItem {
  const kind = element.localName;
  const extended = elements(element)
    .filter(({ localName }) => localName === "ExtendedProperty")
    .map(readExtendedProperty);
  const given = Buffer.from(child(element, "MimeContent")?.textContent ?? "", "base64").toString("utf8");
  const mime = given === "" ? mimeOf(element, extended) : given;
  return {
    element: kind,
    itemClass: child(element, "ItemClass")?.textContent ?? itemClasses[kind] ?? "IPM.Note",
    subject: child(element, "Subject")?.textContent ?? headerOf(mime, "Subject"),
    mime,
    fields: readFields(element),
    extended,
  };
}

export function readFields(element: Element): Map<string, StoredField> {
  const fields = elements(element).filter(({ localName }) => !ownColumns.includes(localName));
  return new Map(fields.map((field) => [field.localName, readField(field)]));
}

function readField(field: Element): StoredField {
  const attributes = Array.from(field.attributes).filter(({ name }) => !name.startsWith("xmlns"));
  return {
    content: renderContent(field),
    attributes: attributes.map(({ name, value }) => ` ${name}="${value}"`).join(""),
    text: field.textContent,
  };
}

const addressesOf = (element: Element, name: string) =>
  elements(element)
    .filter(({ localName }) => localName === name)
    .flatMap((list) => descendants(list, "EmailAddress"))
    .map((address) => `<${address.textContent.trim()}>`)
    .join(", ");

/** The message that Exchange makes of the properties of an item. */
function mimeOf(element: Element, extended: readonly ExtendedProperty[]): string {
  const headers = extended.flatMap(({ path, text }): HeaderField[] => {
    const name = /PropertyName="([^"]+)"/.exec(path)?.[1];
    return path.includes('"InternetHeaders"') && name !== undefined ? [{ name, value: text }] : [];
  });
  const body = child(element, "Body");
  return composeMime(
    [
      { name: "From", value: addressesOf(element, "From") },
      { name: "To", value: addressesOf(element, "ToRecipients") },
      { name: "Cc", value: addressesOf(element, "CcRecipients") },
      { name: "Bcc", value: addressesOf(element, "BccRecipients") },
      { name: "Reply-To", value: addressesOf(element, "ReplyTo") },
      { name: "Subject", value: child(element, "Subject")?.textContent ?? "" },
      { name: "In-Reply-To", value: child(element, "InReplyTo")?.textContent ?? "" },
      { name: "Message-ID", value: child(element, "InternetMessageId")?.textContent ?? "" },
      ...headers,
    ],
    { html: attributeOf(body, "BodyType") === "HTML", text: body?.textContent ?? "" },
  );
}

export function attendeesOf(element: Element): string[] {
  return ["RequiredAttendees", "OptionalAttendees"].flatMap((name) =>
    elements(element)
      .filter(({ localName }) => localName === name)
      .flatMap((list) => elements(list))
      .map((attendee) => textOf(attendee, "EmailAddress")),
  );
}
