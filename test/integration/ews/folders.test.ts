import { crm, sales, support, useExchange } from "./exchangeCaller";
import * as r from "./requests";

const inbox = r.folderId("inbox");

describe("the simulated Exchange", () => {
  const start = useExchange();

  describe("folders", () => {
    test("answers about each of several, in their order", async () => {
      const { ask } = await start();
      const ids = ["inbox", "calendar", "journal", "favorites", "tasks"].map((name) => r.folderId(name)).join("");
      const reply = await ask(r.getFolder(ids, "Default"));
      expect(reply.codes).toEqual(["NoError", "NoError", "NoError", "ErrorFolderNotFound", "NoError"]);
      expect(reply.all("DisplayName")).toEqual(["Inbox", "Calendar", "Journal", "Tasks"]);
      expect(reply.xml).toMatch(/<t:CalendarFolder>[^]*<t:TasksFolder>/);
    });

    test("opens a folder by the id that it gave, and knows a malformed one", async () => {
      const { ask } = await start();
      const { xml } = await ask(r.getFolder(inbox));
      const id = /<t:FolderId Id="([^"]+)"/.exec(xml)?.[1] ?? "";
      expect((await ask(r.getFolder(`<t:FolderId Id="${id}"/>`, "Default"))).text("DisplayName")).toBe("Inbox");
      expect((await ask(r.getFolder('<t:FolderId Id="DUMMY"/>'))).codes).toEqual(["ErrorInvalidIdMalformed"]);
      expect((await ask(r.getFolder(`<t:FolderId Id="${id}"/>`), { as: support })).codes).toEqual([
        "ErrorAccessDenied",
      ]);
    });

    test("finds folders at one level and at all, by name and by pages", async () => {
      const { ask } = await start();
      const shallow = await ask(r.findFolder(r.folderId("root")));
      expect(shallow.all("DisplayName")).toEqual(["Top of Information Store", "Recoverable Items"]);
      const deep = await ask(r.findFolder(r.folderId("root"), "Deep"));
      expect(deep.xml).toMatch(/IndexedPagingOffset="3" TotalItemsInView="14" IncludesLastItemInRange="false"/);
      const named = r.compares("IsEqualTo", r.fieldUri("folder:DisplayName"), "sent items");
      expect((await ask(r.findFolder(r.folderId("root"), "Deep", named))).all("DisplayName")).toEqual(["Sent Items"]);
    });

    test("opens another's mailbox for its delegates and those who impersonate its owner, by its primary address", async () => {
      const { ask, store } = await start();
      store.add(support, [], { aliases: ["help@contoso.com"] });
      const codes = async (as: string, folder: string, impersonate?: readonly [string, string]) =>
        (await ask(r.getFolder(folder), { as, ...(impersonate === undefined ? {} : { impersonate }) })).codes;
      expect(await codes(crm, r.folderId("inbox", sales))).toEqual(["NoError"]);
      expect(await codes(support, r.folderId("inbox", sales))).toEqual(["ErrorAccessDenied"]);
      expect(await codes(crm, r.folderId("inbox", support))).toEqual(["ErrorAccessDenied"]);
      expect(await codes(support, r.folderId("inbox", "help@contoso.com"))).toEqual(["ErrorNonPrimarySmtpAddress"]);
      expect(await codes(crm, r.folderId("inbox", "unknown@contoso.com"))).toEqual(["ErrorNonExistentMailbox"]);
      expect(await codes("nobody@contoso.com", inbox)).toEqual(["ErrorMissingEmailAddress"]);
      expect(await codes(crm, inbox, ["SmtpAddress", "help@contoso.com"])).toEqual(["NoError"]);
      expect(await codes(crm, r.folderId("inbox", sales), ["SmtpAddress", support])).toEqual(["ErrorAccessDenied"]);
      expect(await codes(crm, inbox, ["PrimarySmtpAddress", "help@contoso.com"])).toEqual([
        "ErrorNonPrimarySmtpAddress",
      ]);
      expect(await codes(crm, inbox, ["SmtpAddress", "unknown@contoso.com"])).toEqual(["ErrorNonExistentMailbox"]);
      expect(await codes(support, inbox, ["SmtpAddress", sales])).toEqual(["ErrorImpersonateUserDenied"]);
    });
  });

  describe("the directory", () => {
    test("resolves one, several and no mailbox", async () => {
      const { ask } = await start();
      expect((await ask(r.resolveNames(sales))).text("EmailAddress")).toBe(sales);
      expect((await ask(r.resolveNames("s"))).codes).toEqual(["ErrorNameResolutionMultipleResults"]);
      expect((await ask(r.resolveNames("none"))).codes).toEqual(["ErrorNameResolutionNoResults"]);
    });
  });
});
