import { sales, useExchange, type ExchangeCaller } from "./exchangeCaller";
import * as r from "./requests";

const subject = r.fieldUri("item:Subject");
const inbox = r.folderId("inbox");

describe("the simulated Exchange", () => {
  const start = useExchange();

  describe("searches", () => {
    const tagged = (tag: string) =>
      `<t:ExtendedProperty>${r.headerField("X-Tag")}<t:Value>${tag}</t:Value></t:ExtendedProperty>`;
    async function filled(): Promise<ExchangeCaller> {
      const exchange = await start();
      for (const name of ["Alpha one", "Beta two", "alpha three"])
        await exchange.ask(
          r.createItem(r.message(name, sales, tagged(name.slice(0, 4))), 'MessageDisposition="SendOnly"'),
        );
      return exchange;
    }
    const found = async ({ ask }: ExchangeCaller, restriction: string) =>
      (await ask(r.findItem(inbox, { restriction, additional: subject, sort: r.order(subject, "Ascending") }))).all(
        "Subject",
      );

    test.each([
      ["Contains Substring", r.contains(subject, "ALPHA"), ["Alpha one", "alpha three"]],
      ["Contains exactly", r.contains(subject, "alpha", "Substring", "Exact"), ["alpha three"]],
      ["Contains Prefixed", r.contains(subject, "t", "Prefixed"), []],
      ["Contains PrefixOnWords", r.contains(subject, "t", "PrefixOnWords"), ["alpha three", "Beta two"]],
      ["Contains FullString", r.contains(subject, "beta two", "FullString"), ["Beta two"]],
      ["IsEqualTo", r.compares("IsEqualTo", subject, "Beta two"), ["Beta two"]],
      ["IsNotEqualTo", r.compares("IsNotEqualTo", subject, "Beta two"), ["Alpha one", "alpha three"]],
      ["IsGreaterThan", r.compares("IsGreaterThan", subject, "alpha three"), ["Beta two"]],
      ["IsLessThanOrEqualTo", r.compares("IsLessThanOrEqualTo", subject, "alpha one"), ["Alpha one"]],
      [
        "a later time",
        r.compares("IsGreaterThanOrEqualTo", r.fieldUri("item:DateTimeReceived"), "2001-01-01T00:00:00Z"),
        ["Alpha one", "alpha three", "Beta two"],
      ],
      ["an earlier time", r.compares("IsLessThan", r.fieldUri("item:DateTimeReceived"), "2001-01-01T00:00:00Z"), []],
      ["a class", r.compares("IsEqualTo", r.fieldUri("item:ItemClass"), "REPORT.IPM.Note.NDR"), []],
      ["a header field", r.compares("IsEqualTo", r.headerField("x-tag"), "Beta"), ["Beta two"]],
      ["Exists", `<t:Exists>${r.headerField("X-Other")}</t:Exists>`, []],
      ["And", `<t:And>${r.contains(subject, "alpha")}${r.contains(subject, "one")}</t:And>`, ["Alpha one"]],
      ["Or", `<t:Or>${r.contains(subject, "two")}${r.contains(subject, "one")}</t:Or>`, ["Alpha one", "Beta two"]],
      ["Not", `<t:Not>${r.contains(subject, "alpha")}</t:Not>`, ["Beta two"]],
    ])("%s", async (_name, restriction, expected) => {
      expect(await found(await filled(), restriction)).toEqual(expected);
    });

    test("shows the newest first, and any page of an order", async () => {
      const { ask } = await filled();
      const subjects = async (search: r.Search) =>
        (await ask(r.findItem(inbox, { additional: subject, ...search }))).all("Subject");
      expect(await subjects({})).toEqual(["alpha three", "Beta two", "Alpha one"]);
      const sort = r.order(subject, "Descending");
      expect(await subjects({ sort, view: r.pageView(2, 1) })).toEqual(["alpha three", "Alpha one"]);
      expect(await subjects({ sort, view: r.pageView(1, 0, "End") })).toEqual(["Alpha one"]);
      const { xml } = await ask(r.findItem(inbox, { view: r.pageView(2) }));
      expect(xml).toContain('IndexedPagingOffset="2" TotalItemsInView="3" IncludesLastItemInRange="false"');
      expect((await ask(r.findItem(inbox, { view: r.pageView(0) }))).codes).toEqual(["ErrorInvalidPagingMaxRows"]);
      expect(
        (await ask(r.findItem(inbox, { restriction: r.contains(r.fieldUri("item:MimeContent"), "x") }))).codes,
      ).toEqual(["ErrorUnsupportedPathForQuery"]);
    });

    test("carries what the shape asks for, and no body in a search", async () => {
      const { ask } = await filled();
      const idOnly = await ask(r.findItem(inbox));
      expect(idOnly.xml).not.toContain("<t:Subject>");
      const search = await ask(r.findItem(inbox, { base: "AllProperties", additional: r.headerField("X-Tag") }));
      expect(search.xml).toContain("<t:Value>Beta</t:Value>");
      expect(search.xml).not.toContain("<t:Body");
      const item = await ask(
        r.getItem(r.itemIds(idOnly.ids.slice(0, 1)), "Default", r.fieldUri("message:InternetMessageId")),
      );
      expect(item.all("Body")).toContain("A body.");
      expect(item.text("InternetMessageId")).toMatch(/@exch1\.contoso\.com/);
    });
  });
});
