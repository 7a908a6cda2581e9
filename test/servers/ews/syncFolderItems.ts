import type { Context } from "./context";
import { Refusal } from "./errors";
import { findFolder } from "./folders";
import { itemXml } from "./items";
import { answerEach } from "./responses";
import { readShape } from "./shapes";
import { child, childrenOf, textOf } from "./soap";

/** What changed in a folder since a state, which is the list of what the client knows: change key by id. */
export function syncFolderItems(operation: Element, context: Context): string {
  const shape = readShape(operation, "ItemShape");
  return answerEach("SyncFolderItems", childrenOf(operation, "SyncFolderId"), (id) => {
    const { mailbox, folder } = findFolder(id, context);
    const known = readState(child(operation, "SyncState")?.textContent ?? "");
    const present = mailbox.items.filter((item) => item.folder === folder);
    const changes = [
      ...present
        .filter((item) => known.get(item.id) !== item.changeKey)
        .map((item) => {
          const kind = known.has(item.id) ? "Update" : "Create";
          const xml = `<t:${kind}>${itemXml({ mailbox, item }, shape, true)}</t:${kind}>`;
          return { id: item.id, changeKey: item.changeKey, xml };
        }),
      ...[...known.keys()]
        .filter((gone) => !present.some((item) => item.id === gone))
        .map((gone) => ({ id: gone, changeKey: undefined, xml: `<t:Delete><t:ItemId Id="${gone}"/></t:Delete>` })),
    ];
    const shown = changes.slice(0, Number(textOf(operation, "MaxChangesReturned")));
    for (const { id: itemId, changeKey } of shown)
      if (changeKey === undefined) known.delete(itemId);
      else known.set(itemId, changeKey);
    const isLast = shown.length === changes.length;
    return `<m:SyncState>${writeState(known)}</m:SyncState><m:IncludesLastItemInRange>${String(isLast)}</m:IncludesLastItemInRange><m:Changes>${shown.map(({ xml }) => xml).join("")}</m:Changes>`;
  });
}

const writeState = (known: ReadonlyMap<string, string>) => Buffer.from(JSON.stringify([...known])).toString("base64");

function readState(text: string): Map<string, string> {
  if (text === "") return new Map();
  try {
    return new Map(JSON.parse(Buffer.from(text, "base64").toString("utf8")) as [string, string][]);
  } catch {
    throw new Refusal("ErrorInvalidSyncStateData", "Synchronization state data is corrupt or otherwise invalid.");
  }
}
