import { z } from "zod";
import { isUnknown, type Maybe } from "./unknown";

/**
 * A leaf of a schema: accepts what `schema` accepts, and lets a value through that is not known yet. Zod would judge
 * the stand-in by its type ("expected number") and reject declarations that are fine.
 */
export function leaf<T>(schema: z.ZodType<T, T>): z.ZodType<Maybe<T>, T> {
  const guarded = z.unknown().superRefine((value, context) => {
    if (isUnknown(value)) return;
    const result = schema.safeParse(value);
    if (result.success) return;
    for (const issue of result.error.issues) {
      // Re-issued as custom: the original codes carry inputs that may be secrets.
      context.addIssue({ code: "custom", path: issue.path, message: issue.message, params: { original: issue } });
    }
  });
  return guarded as unknown as z.ZodType<Maybe<T>, T>;
}
