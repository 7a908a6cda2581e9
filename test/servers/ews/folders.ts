import { mayOpen, type Context } from "./context";
import { folderProperties } from "./elementOrder";
import { accessDenied, malformedId, noMailbox, noMailboxOfCaller, Refusal } from "./errors";
import { folderDefinition, folderNames, foldersIn, type FolderName } from "./folderTree";
import { namesIn, type Shape } from "./shapes";
import { attributeOf, escape, textOf } from "./soap";
import type { ExchangeMailbox } from "./store";

/** A folder of a mailbox. */
export interface FolderPlace {
  mailbox: ExchangeMailbox;
  folder: FolderName;
}

/**
 * The folder that a FolderId or a DistinguishedFolderId names, which the account may open.
 *
 * @throws Refusal
 */
export function findFolder(id: Element, context: Context): FolderPlace {
  const place = id.localName === "FolderId" ? byId(id, context) : byName(id, context);
  if (!mayOpen(place.mailbox, context)) throw accessDenied();
  return place;
}

function byName(id: Element, { own, store }: Context): FolderPlace {
  const address = textOf(id, "EmailAddress").trim();
  const mailbox = address === "" ? own : store.mailbox(address);
  if (mailbox === undefined) throw address === "" ? noMailboxOfCaller() : noMailbox();
  if (address !== "" && mailbox.address !== address.toLowerCase())
    throw new Refusal("ErrorNonPrimarySmtpAddress", "The specified address is not the primary SMTP address.");
  const name = attributeOf(id, "Id");
  const folder = folderNames.find((candidate) => candidate === name);
  if (folder === undefined)
    throw new Refusal("ErrorFolderNotFound", "The specified folder could not be found in the store.");
  return { mailbox, folder };
}

function byId(id: Element, { store }: Context): FolderPlace {
  const text = attributeOf(id, "Id") ?? "";
  if (!/^AQMk[A-Za-z0-9+/]+=*$/.test(text)) throw malformedId();
  const [address = "", name = ""] = Buffer.from(text.slice(4), "base64").toString("utf8").split("/");
  const mailbox = store.mailbox(address);
  const folder = folderNames.find((candidate) => candidate === name);
  if (mailbox === undefined || folder === undefined) throw malformedId();
  return { mailbox, folder };
}

export function folderIdText({ mailbox, folder }: FolderPlace): string {
  return `AQMk${Buffer.from(`${mailbox.address}/${folder}`).toString("base64")}`;
}

const idElement = (name: string, place: FolderPlace) =>
  `<t:${name} Id="${folderIdText(place)}" ChangeKey="AQAAABYAAAA="/>`;

const defaults = ["FolderId", "DisplayName", "TotalCount", "ChildFolderCount", "UnreadCount"];
const rights = (container: boolean) =>
  `<t:CreateAssociated>${String(container)}</t:CreateAssociated><t:CreateContents>true</t:CreateContents><t:CreateHierarchy>true</t:CreateHierarchy><t:Delete>true</t:Delete><t:Modify>true</t:Modify><t:Read>true</t:Read>`;

/** The element of a folder with the properties of a shape. */
export function folderXml(place: FolderPlace, shape: Shape): string {
  const { element } = folderDefinition(place.folder);
  const all = folderProperties[element] ?? [];
  const wanted = namesIn(shape, defaults, all).add("FolderId");
  const extended = shape.additional.flatMap((path) =>
    path.kind === "extended" ? [extendedXml(place, path.tag, path.element)] : [],
  );
  const properties = all.map((name) =>
    name === "ExtendedProperty" ? extended.join("") : wanted.has(name) ? (propertyXml(place, name) ?? "") : "",
  );
  return `<t:${element}>${properties.join("")}</t:${element}>`;
}

function propertyXml(place: FolderPlace, name: string): string | undefined {
  if (name === "FolderId") return idElement(name, place);
  const { parent } = folderDefinition(place.folder);
  if (name === "ParentFolderId") return idElement(name, { mailbox: place.mailbox, folder: parent ?? place.folder });
  if (name === "EffectiveRights") return `<t:EffectiveRights>${rights(true)}</t:EffectiveRights>`;
  const text = folderValue(place, name);
  return text === undefined ? undefined : `<t:${name}>${escape(text)}</t:${name}>`;
}

/** A property of a folder as text, for answers and for restrictions. */
export function folderValue({ mailbox, folder }: FolderPlace, name: string): string | undefined {
  const { displayName, folderClass } = folderDefinition(folder);
  const items = mailbox.items.filter((item) => item.folder === folder);
  switch (name) {
    case "FolderClass":
      return folderClass;
    case "DisplayName":
      return displayName;
    case "TotalCount":
      return String(items.length);
    case "ChildFolderCount":
      return String(foldersIn(folder).length);
    case "UnreadCount":
      return String(items.filter(({ isRead }) => isRead !== true).length);
    case "DistinguishedFolderId":
      return folder;
    default:
      return undefined;
  }
}

/** The MAPI properties of folders that clients ask for. */
function extendedXml(place: FolderPlace, tag: number | undefined, path: string): string {
  const names: Readonly<Record<number, string>> = {
    0x3001: "DisplayName",
    0x3602: "TotalCount",
    0x3603: "UnreadCount",
    0x3613: "FolderClass",
  };
  const text = folderValue(place, names[tag ?? 0] ?? "");
  return text === undefined ? "" : `<t:ExtendedProperty>${path}<t:Value>${escape(text)}</t:Value></t:ExtendedProperty>`;
}
