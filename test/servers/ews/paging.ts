import { Refusal } from "./errors";
import { attributeOf, child } from "./soap";

/** The part of a list that a view asks for, and the attributes that describe it. */
export function page<T>(operation: Element, viewName: string, all: readonly T[]): { shown: T[]; attributes: string } {
  const view = child(operation, viewName);
  const most = Number(attributeOf(view, "MaxEntriesReturned") ?? all.length);
  const offset = Number(attributeOf(view, "Offset") ?? 0);
  if (view?.hasAttribute("MaxEntriesReturned") === true && most < 1)
    throw new Refusal("ErrorInvalidPagingMaxRows", "The value of MaxEntriesReturned is invalid.");
  if (offset < 0)
    throw new Refusal("ErrorInvalidIndexedPagingParameters", "The indexed paging parameters are invalid.");
  const fromEnd = attributeOf(view, "BasePoint") === "End";
  const [start, end] = fromEnd
    ? [Math.max(0, all.length - offset - most), Math.max(0, all.length - offset)]
    : [offset, offset + most];
  const shown = all.slice(start, end);
  const next = fromEnd ? offset + shown.length : start + shown.length;
  const isLast = fromEnd ? start === 0 : end >= all.length;
  return {
    shown,
    attributes: `IndexedPagingOffset="${next}" TotalItemsInView="${all.length}" IncludesLastItemInRange="${String(isLast)}"`,
  };
}
