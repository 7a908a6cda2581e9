import type { ExtendedProperty } from "./store";
import { attributeOf, elements, escape, renderContent } from "./soap";

/** A property that a request names: by the local name of its element, or an extended one by its key. */
export type PropertyPath =
  | { kind: "named"; name: string }
  | { kind: "extended"; key: string; header: string | undefined; tag: number | undefined; element: string };

const pathElements = ["FieldURI", "IndexedFieldURI", "ExtendedFieldURI"];

export function isPath(element: Element): boolean {
  return pathElements.includes(element.localName);
}

export function readPath(element: Element): PropertyPath {
  if (element.localName !== "ExtendedFieldURI")
    return { kind: "named", name: attributeOf(element, "FieldURI")?.split(":")[1] ?? "" };
  const attribute = (name: string) => attributeOf(element, name) ?? "";
  const isHeader = attribute("DistinguishedPropertySetId") === "InternetHeaders";
  const tag = attribute("PropertyTag");
  return {
    kind: "extended",
    key: extendedKey(element),
    header: isHeader ? attribute("PropertyName") : undefined,
    tag: tag === "" ? undefined : Number(tag),
    element: extendedPath(element),
  };
}

/** An ExtendedProperty as a request sets it. */
export function readExtendedProperty(element: Element): ExtendedProperty {
  const [path, value] = elements(element);
  if (path === undefined || value === undefined) throw new TypeError("an extended property has a path and a value");
  const name = value.localName;
  return {
    key: extendedKey(path),
    path: extendedPath(path),
    value: `<t:${name}>${renderContent(value)}</t:${name}>`,
    text: value.textContent,
  };
}

const extendedAttributes = [
  "DistinguishedPropertySetId",
  "PropertySetId",
  "PropertyTag",
  "PropertyName",
  "PropertyId",
  "PropertyType",
];

function extendedKey(element: Element): string {
  return extendedAttributes
    .map((name) => {
      const value = attributeOf(element, name) ?? "";
      return name === "PropertyTag" && value !== "" ? String(Number(value)) : value.toLowerCase();
    })
    .join("|");
}

function extendedPath(element: Element): string {
  const attributes = extendedAttributes.flatMap((name) => {
    const value = attributeOf(element, name) ?? "";
    return value === "" ? [] : [` ${name}="${escape(value)}"`];
  });
  return `<t:ExtendedFieldURI${attributes.join("")}/>`;
}
