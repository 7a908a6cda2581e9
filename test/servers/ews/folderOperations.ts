import type { Context } from "./context";
import { folderXml, findFolder as placeOf, folderValue } from "./folders";
import { foldersBelow, foldersIn } from "./folderTree";
import { page } from "./paging";
import { answerEach } from "./responses";
import { readRestriction } from "./restrictions";
import { readShape } from "./shapes";
import { attributeOf, childrenOf } from "./soap";

export function getFolder(operation: Element, context: Context): string {
  const shape = readShape(operation, "FolderShape");
  return answerEach(
    "GetFolder",
    childrenOf(operation, "FolderIds"),
    (id) => `<m:Folders>${folderXml(placeOf(id, context), shape)}</m:Folders>`,
    "<m:Folders/>",
  );
}

export function findFolder(operation: Element, context: Context): string {
  const shape = readShape(operation, "FolderShape");
  const below = attributeOf(operation, "Traversal") === "Shallow" ? foldersIn : foldersBelow;
  return answerEach("FindFolder", childrenOf(operation, "ParentFolderIds"), (id) => {
    const { mailbox, folder } = placeOf(id, context);
    const matches = readRestriction<ReturnType<typeof placeOf>>(operation, (place, path) =>
      path.kind === "named" ? folderValue(place, path.name) : undefined,
    );
    const found = below(folder)
      .map((name) => ({ mailbox, folder: name }))
      .filter(matches);
    const { shown, attributes } = page(operation, "IndexedPageFolderView", found);
    const folders = shown.map((place) => folderXml(place, shape)).join("");
    return `<m:RootFolder ${attributes}><t:Folders>${folders}</t:Folders></m:RootFolder>`;
  });
}
