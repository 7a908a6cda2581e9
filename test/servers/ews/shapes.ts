import { isPath, readPath, type PropertyPath } from "./paths";
import { child, childrenOf, isTrue, textOf } from "./soap";

export type ShapeName = "IdOnly" | "Default" | "AllProperties";

/** Which properties of items or folders an answer carries. */
export interface Shape {
  base: ShapeName;
  additional: readonly PropertyPath[];
  mimeContent: boolean;
  bodyType: "Best" | "HTML" | "Text";
}

/** Reads ItemShape or FolderShape. */
export function readShape(operation: Element, name: "ItemShape" | "FolderShape"): Shape {
  const shape = child(operation, name);
  if (shape === undefined) return { base: "IdOnly", additional: [], mimeContent: false, bodyType: "Best" };
  return {
    base: textOf(shape, "BaseShape") as ShapeName,
    additional: childrenOf(shape, "AdditionalProperties").filter(isPath).map(readPath),
    mimeContent: isTrue(textOf(shape, "IncludeMimeContent")),
    bodyType: (child(shape, "BodyType")?.textContent ?? "Best") as Shape["bodyType"],
  };
}

/** Of an item whose operation asks for no shape: its id. */
export const idOnly: Shape = { base: "IdOnly", additional: [], mimeContent: false, bodyType: "Best" };

/** The names of the properties of a shape; `defaults` are those of the shape Default. */
export function namesIn(shape: Shape, defaults: readonly string[], all: readonly string[]): Set<string> {
  const base = { IdOnly: [], Default: defaults, AllProperties: all }[shape.base];
  return new Set([...base, ...shape.additional.flatMap((path) => (path.kind === "named" ? [path.name] : []))]);
}
