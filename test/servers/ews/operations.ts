import {
  child,
  descendants,
  elements,
  escape,
  failure,
  fault,
  response,
  success,
  textOf,
  type SoapRequest,
} from "./soap";
import { folderNames, type ExchangeMailbox, type ExchangeStore, type FolderName, type StoredItem } from "./store";

/** Who asks, and for which mailbox where the request names none. */
export interface Caller {
  user: string;
  /** Acts for any mailbox. */
  mayImpersonate: boolean;
}
export interface Answer {
  status: 200 | 500;
  body: string;
}

const ok = (body: string): Answer => ({ status: 200, body });
const refused = (body: string): Answer => ({ status: 500, body });

/** Answers one request as Exchange does: element order and namespaces are those of the published schema. */
export function answer(request: SoapRequest, caller: Caller, store: ExchangeStore): Answer {
  const own = actingFor(request, caller, store);
  if ("status" in own) return own;
  const handler = handlers[request.operation.localName ?? ""];
  if (handler === undefined)
    return refused(
      fault("ErrorInvalidRequest", `The operation ${request.operation.localName ?? ""} is not simulated.`),
    );
  return ok(handler(request.operation, { caller, own: own.mailbox, store }));
}

interface Context {
  caller: Caller;
  own: ExchangeMailbox | undefined;
  store: ExchangeStore;
}

function actingFor(
  { impersonated }: SoapRequest,
  caller: Caller,
  store: ExchangeStore,
): Answer | { mailbox: ExchangeMailbox | undefined } {
  if (impersonated === undefined) return { mailbox: store.mailbox(caller.user) };
  if (!caller.mayImpersonate)
    return refused(
      fault("ErrorImpersonateUserDenied", "The account does not have permission to impersonate the requested user."),
    );
  const mailbox = store.mailbox(impersonated);
  if (mailbox !== undefined) return { mailbox };
  return refused(fault("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it."));
}

interface Refusal {
  code: string;
  text: string;
}

/** The mailbox and folder that a DistinguishedFolderId names. */
function target(
  id: Element,
  { caller, own, store }: Context,
): Refusal | { mailbox: ExchangeMailbox; folder: FolderName } {
  const named = textOf(id, "EmailAddress");
  const mailbox = named === "" ? own : store.mailbox(named);
  if (mailbox === undefined)
    return { code: "ErrorNonExistentMailbox", text: "The SMTP address has no mailbox associated with it." };
  const allowed = mailbox === own || mailbox.delegates.includes(caller.user.toLowerCase());
  if (!allowed) return { code: "ErrorAccessDenied", text: "Access is denied. Check credentials and try again." };
  const folder = folderNames.find((name) => name === id.getAttribute("Id"));
  if (folder === undefined)
    return { code: "ErrorFolderNotFound", text: "The specified folder could not be found in the store." };
  return { mailbox, folder };
}

const folderElements: Partial<Record<FolderName, string>> = {
  calendar: "CalendarFolder",
  contacts: "ContactsFolder",
  tasks: "TasksFolder",
};
const folderIdOf = (mailbox: ExchangeMailbox, folder: FolderName) =>
  `<t:FolderId Id="${Buffer.from(`${mailbox.address}/${folder}`).toString("base64")}" ChangeKey="AQAAAA=="/>`;
const itemIdOf = ({ id, changeKey }: StoredItem) => `<t:ItemId Id="${id}" ChangeKey="${changeKey}"/>`;

type Handler = (operation: Element, context: Context) => string;
const handlers: Readonly<Record<string, Handler>> = {
  GetFolder: (operation, context) =>
    response(
      "GetFolder",
      elements(child(operation, "FolderIds") ?? operation).map((id) => {
        const found = target(id, context);
        if ("code" in found) return failure("GetFolder", found.code, found.text, "<m:Folders/>");
        const element = folderElements[found.folder] ?? "Folder";
        return success(
          "GetFolder",
          `<m:Folders><t:${element}>${folderIdOf(found.mailbox, found.folder)}</t:${element}></m:Folders>`,
        );
      }),
    ),

  FindItem: (operation, context) =>
    response(
      "FindItem",
      elements(child(operation, "ParentFolderIds") ?? operation).map((id) => {
        const found = target(id, context);
        if ("code" in found) return failure("FindItem", found.code, found.text);
        const matches = restriction(operation);
        const items = found.mailbox.items.filter((item) => item.folder === found.folder && matches(item)).reverse();
        const most = Number(
          child(operation, "IndexedPageItemView")?.getAttribute("MaxEntriesReturned") ?? items.length,
        );
        const shown = items.slice(0, most);
        const all = `IndexedPagingOffset="${shown.length}" TotalItemsInView="${items.length}" IncludesLastItemInRange="${shown.length === items.length}"`;
        const list = shown.map(
          (item) =>
            `<t:${item.element}>${itemIdOf(item)}<t:ItemClass>${item.itemClass}</t:ItemClass><t:Subject>${escape(item.subject)}</t:Subject></t:${item.element}>`,
        );
        return success(
          "FindItem",
          `<m:RootFolder ${all}>${list.length === 0 ? "<t:Items/>" : `<t:Items>${list.join("")}</t:Items>`}</m:RootFolder>`,
        );
      }),
    ),

  CreateItem: (operation, context) => {
    const disposition = operation.getAttribute("MessageDisposition");
    const saved = child(operation, "SavedItemFolderId");
    const place = saved && elements(saved)[0];
    return response(
      "CreateItem",
      elements(child(operation, "Items") ?? operation).map((element) => {
        const found = place === undefined ? undefined : target(place, context);
        if (found !== undefined && "code" in found) return failure("CreateItem", found.code, found.text, "<m:Items/>");
        const mime = Buffer.from(textOf(element, "MimeContent"), "base64").toString("utf8");
        if (disposition === "SendOnly" || disposition === "SendAndSaveCopy") {
          context.store.deliver(mime);
          const sender = found?.mailbox ?? context.own;
          if (disposition === "SendAndSaveCopy" && sender !== undefined) {
            const subject = /^Subject:\s*(.*)$/im.exec(mime)?.[1]?.trim() ?? "";
            context.store.put(sender, {
              folder: "sentitems",
              element: "Message",
              itemClass: "IPM.Note",
              subject,
              mime,
            });
          }
          return success("CreateItem", "<m:Items/>");
        }
        const mailbox = found?.mailbox ?? context.own;
        if (mailbox === undefined)
          return failure("CreateItem", "ErrorNonExistentMailbox", "There is no mailbox.", "<m:Items/>");
        const kind = element.localName ?? "Message";
        const folder = found?.folder ?? itemFolders[kind] ?? "drafts";
        const item = context.store.put(mailbox, {
          folder,
          element: kind,
          itemClass: itemClasses[kind] ?? "IPM.Note",
          subject: textOf(element, "Subject"),
          mime,
        });
        return success("CreateItem", `<m:Items><t:${kind}>${itemIdOf(item)}</t:${kind}></m:Items>`);
      }),
    );
  },

  GetItem: (operation, context) =>
    response(
      "GetItem",
      descendants(operation, "ItemId").map((id) => {
        const found = context.store.find(id.getAttribute("Id") ?? "");
        if (found === undefined)
          return failure(
            "GetItem",
            "ErrorItemNotFound",
            "The specified object was not found in the store.",
            "<m:Items/>",
          );
        const { item } = found;
        const mime = `<t:MimeContent CharacterSet="UTF-8">${Buffer.from(item.mime, "utf8").toString("base64")}</t:MimeContent>`;
        return success("GetItem", `<m:Items><t:${item.element}>${mime}${itemIdOf(item)}</t:${item.element}></m:Items>`);
      }),
    ),

  DeleteItem: (operation, context) =>
    response(
      "DeleteItem",
      descendants(operation, "ItemId").map((id) => {
        const found = context.store.find(id.getAttribute("Id") ?? "");
        if (found === undefined)
          return failure("DeleteItem", "ErrorItemNotFound", "The specified object was not found in the store.");
        const kept = found.mailbox.items.filter((item) => item !== found.item);
        found.mailbox.items.splice(0, found.mailbox.items.length, ...kept);
        return success("DeleteItem", "");
      }),
    ),
};

const itemFolders: Readonly<Record<string, FolderName>> = {
  CalendarItem: "calendar",
  Contact: "contacts",
  Task: "tasks",
};
const itemClasses: Readonly<Record<string, string>> = {
  CalendarItem: "IPM.Appointment",
  Contact: "IPM.Contact",
  Task: "IPM.Task",
  Message: "IPM.Note",
};

/** The restrictions that clients of the tests use: Contains and IsEqualTo on subject and class. */
function restriction(operation: Element): (item: StoredItem) => boolean {
  const condition = child(operation, "Restriction");
  const element = condition && elements(condition)[0];
  if (element === undefined) return () => true;
  const field = descendants(element, "FieldURI")[0]?.getAttribute("FieldURI") ?? "";
  const wanted = (descendants(element, "Constant")[0]?.getAttribute("Value") ?? "").toLowerCase();
  const valueOf = (item: StoredItem) => (field === "item:ItemClass" ? item.itemClass : item.subject).toLowerCase();
  return element.localName === "Contains"
    ? (item) => valueOf(item).includes(wanted)
    : (item) => valueOf(item) === wanted;
}
