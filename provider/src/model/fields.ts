import { isIP } from "node:net";
import { z } from "zod";
import { leaf } from "./leaf";
import { asciiDomain } from "./names";

/** Schemas of single values, shared by the resources. Messages never quote the value: it may be a secret. */

/** A URL is stored and shown as it is. */
const withoutUser = "must hold no user name or password: they belong into credentials";

export const text = (maximum: number) =>
  leaf(
    z
      .string({ error: "expected a text" })
      .min(1, "must not be empty")
      .max(maximum, `must be at most ${maximum} characters`),
  );

export const integer = (minimum: number, maximum: number) => {
  const wanted = `expected a whole number from ${minimum} to ${maximum}`;
  return leaf(z.int({ error: wanted }).min(minimum, wanted).max(maximum, wanted));
};

export const flag = z.boolean({ error: "expected true or false" });

export const emailAddress = leaf(
  z
    .string({ error: "expected an email address" })
    .max(100, "must be at most 100 characters, the limit of Dynamics")
    .refine(isEmailAddress, "expected one email address, like sales@contoso.com"),
);

export const serverLocation = leaf(
  z
    .string({ error: "expected a host name or a URL" })
    .max(2084, "must be at most 2084 characters")
    .refine(isServerLocation, "expected a host name without port, like mail.contoso.com, or for EWS an http(s) URL")
    .refine(isWithoutUser, withoutUser),
);

export const webUrl = (expected: string) =>
  z.url({ protocol: /^https?$/, error: expected }).refine(isWithoutUser, withoutUser);

export const dateTime = leaf(
  z.iso.datetime({ offset: true, error: "expected an RFC 3339 date and time, like 2026-11-24T00:00:00Z" }),
);
export const date = leaf(z.iso.date({ error: "expected a date, like 2026-11-24" }));

export const guid = leaf(
  z
    .string({ error: "expected a GUID" })
    .regex(
      /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
      "expected a GUID, like 00000000-0000-0000-0000-000000000000",
    ),
);

const version = text(200).optional();
const secretText = z.string({ error: "expected a text" }).min(1, "must not be empty");

/** The value itself, or where to find it: an environment variable or a key of the stack's config. */
const secretReference = z.union([
  z.strictObject({ env: z.string().min(1), version }),
  z.strictObject({ config: z.string().min(1), version }),
]);
export type SecretReference = { env: string; version?: string } | { config: string; version?: string };

export const secret = z.custom<string | SecretReference>().superRefine((value, context) => {
  const schema: z.ZodType = isReference(value) ? secretReference : leaf(secretText);
  const result = schema.safeParse(value);
  if (result.success) return;
  context.addIssue({
    code: "custom",
    message: 'expected a secret text, { env: "NAME" } or { config: "key" }, each with an optional version',
  });
});

function isReference(value: unknown): boolean {
  return typeof value === "object" && value !== null && ("env" in value || "config" in value);
}

function isEmailAddress(value: string): boolean {
  const separator = value.lastIndexOf("@");
  const domain = value.slice(separator + 1);
  return separator > 0 && !/[\s<>,;"]/.test(value) && domain.length > 0 && asciiDomain(domain) !== "";
}

function isWithoutUser(value: string): boolean {
  if (!URL.canParse(value)) return true;
  const { username, password } = new URL(value);
  return username === "" && password === "";
}

function isServerLocation(value: string): boolean {
  if (/^https?:\/\//i.test(value)) return URL.canParse(value);
  const host = value.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
  return isIP(host) !== 0 || (!/[\s:/@?#]|^\.|\.\./.test(host) && asciiDomain(host) !== "");
}
