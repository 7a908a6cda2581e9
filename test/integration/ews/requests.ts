/** Requests of every operation and shape, written by the published documentation. */
const soap = "http://schemas.xmlsoap.org/soap/envelope/";
const types = "http://schemas.microsoft.com/exchange/services/2006/types";
const messages = "http://schemas.microsoft.com/exchange/services/2006/messages";

export interface RequestOptions {
  version?: string;
  /** Header ExchangeImpersonation: element of the ConnectingSID, and its value. */
  impersonate?: readonly [string, string];
}

export function envelopeOf(body: string, { version = "Exchange2013_SP1", impersonate }: RequestOptions = {}): string {
  const impersonation =
    impersonate === undefined
      ? ""
      : `<t:ExchangeImpersonation><t:ConnectingSID><t:${impersonate[0]}>${impersonate[1]}</t:${impersonate[0]}></t:ConnectingSID></t:ExchangeImpersonation>`;
  return `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${soap}" xmlns:t="${types}" xmlns:m="${messages}"><soap:Header><t:RequestServerVersion Version="${version}"/>${impersonation}</soap:Header><soap:Body>${body}</soap:Body></soap:Envelope>`;
}

export const folderId = (name: string, mailbox?: string) =>
  mailbox === undefined
    ? `<t:DistinguishedFolderId Id="${name}"/>`
    : `<t:DistinguishedFolderId Id="${name}"><t:Mailbox><t:EmailAddress>${mailbox}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`;
export const fieldUri = (uri: string) => `<t:FieldURI FieldURI="${uri}"/>`;
export const headerField = (name: string) =>
  `<t:ExtendedFieldURI DistinguishedPropertySetId="InternetHeaders" PropertyName="${name}" PropertyType="String"/>`;
export const itemIds = (ids: readonly string[], changeKey?: string) =>
  `<m:ItemIds>${ids.map((id) => `<t:ItemId Id="${id}"${changeKey === undefined ? "" : ` ChangeKey="${changeKey}"`}/>`).join("")}</m:ItemIds>`;

function shape(kind: "Item" | "Folder", base: string, additional: string, extra = ""): string {
  const properties = additional === "" ? "" : `<t:AdditionalProperties>${additional}</t:AdditionalProperties>`;
  return `<m:${kind}Shape><t:BaseShape>${base}</t:BaseShape>${extra}${properties}</m:${kind}Shape>`;
}

export const getFolder = (folders: string, base = "IdOnly", additional = "") =>
  `<m:GetFolder>${shape("Folder", base, additional)}<m:FolderIds>${folders}</m:FolderIds></m:GetFolder>`;

export const findFolder = (folder: string, traversal = "Shallow", restriction = "", base = "AllProperties") =>
  `<m:FindFolder Traversal="${traversal}">${shape("Folder", base, "")}<m:IndexedPageFolderView MaxEntriesReturned="3" Offset="0" BasePoint="Beginning"/>${restrict(restriction)}<m:ParentFolderIds>${folder}</m:ParentFolderIds></m:FindFolder>`;

const restrict = (restriction: string) => (restriction === "" ? "" : `<m:Restriction>${restriction}</m:Restriction>`);

export interface Search {
  base?: string;
  additional?: string;
  view?: string;
  restriction?: string;
  sort?: string;
}
export function findItem(
  folder: string,
  { base = "IdOnly", additional = "", view = "", restriction = "", sort = "" }: Search = {},
): string {
  const order = sort === "" ? "" : `<m:SortOrder>${sort}</m:SortOrder>`;
  return `<m:FindItem Traversal="Shallow">${shape("Item", base, additional)}${view}${restrict(restriction)}${order}<m:ParentFolderIds>${folder}</m:ParentFolderIds></m:FindItem>`;
}
export const pageView = (most: number, offset = 0, base = "Beginning") =>
  `<m:IndexedPageItemView MaxEntriesReturned="${most}" Offset="${offset}" BasePoint="${base}"/>`;
export const order = (path: string, direction: "Ascending" | "Descending") =>
  `<t:FieldOrder Order="${direction}">${path}</t:FieldOrder>`;
export const contains = (path: string, value: string, mode = "Substring", comparison = "IgnoreCase") =>
  `<t:Contains ContainmentMode="${mode}" ContainmentComparison="${comparison}">${path}<t:Constant Value="${value}"/></t:Contains>`;
export const compares = (name: string, path: string, value: string) =>
  `<t:${name}>${path}<t:FieldURIOrConstant><t:Constant Value="${value}"/></t:FieldURIOrConstant></t:${name}>`;

export function createItem(item: string, attributes = "", folder = ""): string {
  const saved = folder === "" ? "" : `<m:SavedItemFolderId>${folder}</m:SavedItemFolderId>`;
  return `<m:CreateItem ${attributes}>${saved}<m:Items>${item}</m:Items></m:CreateItem>`;
}
export const mimeMessage = (mime: string) =>
  `<t:Message><t:MimeContent CharacterSet="UTF-8">${Buffer.from(mime).toString("base64")}</t:MimeContent></t:Message>`;
export const message = (subject: string, to: string, more = "") =>
  `<t:Message><t:Subject>${subject}</t:Subject><t:Body BodyType="Text">A body.</t:Body>${more}<t:ToRecipients><t:Mailbox><t:EmailAddress>${to}</t:EmailAddress></t:Mailbox></t:ToRecipients></t:Message>`;
export const appointment = (subject: string, attendee = "") =>
  `<t:CalendarItem><t:Subject>${subject}</t:Subject><t:ReminderIsSet>false</t:ReminderIsSet><t:Start>2001-01-01T10:00:00Z</t:Start><t:End>2001-01-01T11:00:00Z</t:End>${attendee === "" ? "" : `<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>${attendee}</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees>`}</t:CalendarItem>`;
export const contact = (name: string) =>
  `<t:Contact><t:Subject>${name}</t:Subject><t:GivenName>${name}</t:GivenName><t:EmailAddresses><t:Entry Key="EmailAddress1">${name}@contoso.com</t:Entry></t:EmailAddresses></t:Contact>`;
export const task = (subject: string) =>
  `<t:Task><t:Subject>${subject}</t:Subject><t:DueDate>2001-01-01T00:00:00Z</t:DueDate></t:Task>`;

export const getItem = (ids: string, base = "IdOnly", additional = "", extra = "") =>
  `<m:GetItem>${shape("Item", base, additional, extra)}${ids}</m:GetItem>`;
export const deleteItem = (ids: string, attributes = 'DeleteType="HardDelete"') =>
  `<m:DeleteItem ${attributes}>${ids}</m:DeleteItem>`;
export const sendItem = (ids: string, keep: boolean) =>
  `<m:SendItem SaveItemToFolder="${String(keep)}">${ids}</m:SendItem>`;
export const updateItem = (id: string, changes: string, attributes = 'MessageDisposition="SaveOnly"') =>
  `<m:UpdateItem ConflictResolution="AlwaysOverwrite" ${attributes}><m:ItemChanges><t:ItemChange><t:ItemId Id="${id}"/><t:Updates>${changes}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`;
export const resolveNames = (entry: string, full = false) =>
  `<m:ResolveNames ReturnFullContactData="${String(full)}"><m:UnresolvedEntry>${entry}</m:UnresolvedEntry></m:ResolveNames>`;
export const convertId = (id: string, mailbox: string) =>
  `<m:ConvertId DestinationFormat="EntryId"><m:SourceIds><t:AlternateId Format="EwsId" Id="${id}" Mailbox="${mailbox}"/></m:SourceIds></m:ConvertId>`;
export const syncFolderItems = (folder: string, state = "", most = 10) =>
  `<m:SyncFolderItems>${shape("Item", "Default", "")}<m:SyncFolderId>${folder}</m:SyncFolderId>${state === "" ? "" : `<m:SyncState>${state}</m:SyncState>`}<m:MaxChangesReturned>${most}</m:MaxChangesReturned></m:SyncFolderItems>`;
export const getServerTimeZones = (full: boolean, ...ids: readonly string[]) =>
  `<m:GetServerTimeZones ReturnFullTimeZoneData="${String(full)}">${ids.length === 0 ? "" : `<m:Ids>${ids.map((id) => `<t:Id>${id}</t:Id>`).join("")}</m:Ids>`}</m:GetServerTimeZones>`;
