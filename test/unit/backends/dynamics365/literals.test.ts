import fc from "fast-check";
import {
  allOf,
  anyOf,
  bindTo,
  guid,
  isId,
  isNumber,
  isText,
  queryString,
  recordPath,
  text,
} from "../../../../provider/src/backends/dynamics365/webApi/literals";

const id = "3F17E397-C012-53AF-A427-65D8EC3C93B0";

test("a text keeps whatever it holds, and ends where it ends", () => {
  expect(text("O'Brien")).toBe("'O''Brien'");
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (value) => {
      const literal = text(value);
      // As OData reads it: quotes within are doubled, and the one that is not ends it.
      expect(/^'((?:[^']|'')*)'$/.exec(literal)?.[1]?.replaceAll("''", "'")).toBe(value);
    }),
  );
});

test("a filter arrives as it was written", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const filter = isText("emailaddress", value);
      const url = new URL(`https://crm.contoso.com/mailboxes${queryString({ filter, top: 2 })}`);
      expect([...url.searchParams]).toEqual([
        ["$filter", filter],
        ["$top", "2"],
      ]);
      expect(url.hash).toBe("");
    }),
  );
});

test("ids are GUIDs and nothing else", () => {
  expect(guid(id)).toBe(id.toLowerCase());
  expect(recordPath("mailboxes", id)).toBe(`mailboxes(${id.toLowerCase()})`);
  expect(bindTo("emailserverprofiles", id)).toBe(`/emailserverprofiles(${id.toLowerCase()})`);
  for (const wrong of ["", "1", `${id})/x`, `{${id}}`, `${id}\n`, "mailboxid eq 1"])
    expect(() => guid(wrong)).toThrow(expect.objectContaining({ code: "invalid-arguments" }) as Error);
});

test("conditions and queries", () => {
  expect(
    allOf([anyOf([isNumber("statecode", 0), isNumber("statecode", 1)]), isId("_emailserverprofile_value", id)]),
  ).toBe(`(statecode eq 0 or statecode eq 1) and _emailserverprofile_value eq ${id.toLowerCase()}`);
  expect(queryString({})).toBe("");
  expect(queryString({ select: ["name", "statecode"], expand: { owner_x: ["name"] } })).toBe(
    "?$select=name,statecode&$expand=owner_x(%24select%3Dname)",
  );
});

test("a name that would be a query of its own is no name", () => {
  expect(() => queryString({ select: ["name&$filter=x"] })).toThrow(TypeError);
  expect(() => recordPath("mailboxes/x", id)).toThrow(TypeError);
});
