import { contextOf, type Caller, type Context } from "./context";
import { createItem, sendItem } from "./createItem";
import { convertId, getServerTimeZones, resolveNames } from "./directory";
import { Fault } from "./errors";
import { findItem } from "./findItem";
import { findFolder, getFolder } from "./folderOperations";
import { deleteItem, getItem, updateItem } from "./itemOperations";
import { validateRequest } from "./requestSchema";
import { envelope, faultWith, type SoapRequest } from "./soap";
import type { ExchangeStore } from "./store";
import { syncFolderItems } from "./syncFolderItems";
import { knowsSchema, type ExchangeRelease } from "./versions";

export type { Caller } from "./context";
export interface Answer {
  status: 200 | 500;
  body: string;
}

const handlers: Readonly<Record<string, (operation: Element, context: Context) => string>> = {
  ConvertId: convertId,
  CreateItem: createItem,
  DeleteItem: deleteItem,
  FindFolder: findFolder,
  FindItem: findItem,
  GetFolder: getFolder,
  GetItem: getItem,
  GetServerTimeZones: getServerTimeZones,
  ResolveNames: resolveNames,
  SendItem: sendItem,
  SyncFolderItems: syncFolderItems,
  UpdateItem: updateItem,
};

/** Answers one request as Exchange does: element order and namespaces are those of the published schema. */
export function answer(
  request: SoapRequest,
  caller: Caller,
  store: ExchangeStore,
  release: ExchangeRelease = "2016",
): Answer {
  return orFault(() => {
    if (!knowsSchema(release, request.requestedVersion))
      throw new Fault("ErrorInvalidServerVersion", "The specified server version is invalid.");
    validateRequest(request.operation);
    const context = contextOf(caller, request.impersonated, store);
    const handler = handlers[request.operation.localName];
    if (handler === undefined) throw new TypeError("a valid operation without a handler");
    return { status: 200, body: envelope(handler(request.operation, context), release) };
  });
}

/** The answer, or the SOAP fault that ends the request. */
export function orFault(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    const { code, message, details } =
      error instanceof Fault ? error : { code: "ErrorInternalServerError", message: String(error), details: "" };
    return { status: 500, body: faultWith(code, message, details) };
  }
}
