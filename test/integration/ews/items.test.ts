import { crm, sales, support, useExchange } from "./exchangeCaller";
import * as r from "./requests";

const inbox = r.folderId("inbox");
const send = (text: string, to = sales) => r.createItem(r.message(text, to), 'MessageDisposition="SendOnly"');

describe("the simulated Exchange", () => {
  const start = useExchange();

  describe("items", () => {
    const calendar = r.folderId("calendar");

    test("asks for the attributes that Exchange requires", async () => {
      const { ask } = await start();
      const codes = async (body: string) => (await ask(body)).codes;
      expect(await codes(r.createItem(r.message("One", sales)))).toEqual(["ErrorMessageDispositionRequired"]);
      expect(await codes(r.createItem(r.appointment("One")))).toEqual(["ErrorSendMeetingInvitationsRequired"]);
      const { ids: meeting } = await ask(r.createItem(r.appointment("One"), 'SendMeetingInvitations="SendToNone"'));
      const { ids: task } = await ask(r.createItem(r.task("One")));
      expect(await codes(r.deleteItem(r.itemIds(meeting)))).toEqual(["ErrorSendMeetingCancellationsRequired"]);
      expect(await codes(r.deleteItem(r.itemIds(task)))).toEqual(["ErrorAffectedTaskOccurrencesRequired"]);
      const full =
        'DeleteType="HardDelete" SendMeetingCancellations="SendToNone" AffectedTaskOccurrences="AllOccurrences"';
      expect(await codes(r.deleteItem(r.itemIds([...meeting, ...task]), full))).toEqual(["NoError", "NoError"]);
      expect(await codes(r.getItem(r.itemIds(task)))).toEqual(["ErrorItemNotFound"]);
    });

    test("takes each kind only into a folder of its own", async () => {
      const { ask } = await start();
      const codes = async (item: string, folder: string) =>
        (await ask(r.createItem(item, 'SendMeetingInvitations="SendToNone"', folder))).codes;
      expect(await codes(r.contact("ann"), calendar)).toEqual(["ErrorCannotCreateContactInNonContactFolder"]);
      expect(await codes(r.task("Call"), calendar)).toEqual(["ErrorCannotCreateTaskInNonTaskFolder"]);
      expect(await codes(r.appointment("Meet"), inbox)).toEqual(["ErrorCannotCreateCalendarItemInNonCalendarFolder"]);
      expect(await codes(r.appointment("Meet"), calendar)).toEqual(["NoError"]);
    });

    test.each([
      ["SendToNone", 0],
      ["SendToAllAndSaveCopy", 1],
    ])("with %s, %d invitations arrive", async (invitations, expected) => {
      const { ask, store } = await start();
      await ask(r.createItem(r.appointment("Meet", support), `SendMeetingInvitations="${invitations}"`));
      const arrived = store.mailbox(support)?.items.map(({ itemClass }) => itemClass) ?? [];
      expect(arrived).toEqual(Array<string>(expected).fill("IPM.Schedule.Meeting.Request"));
    });

    test.each([
      ["HardDelete", []],
      ["SoftDelete", ["recoverableitemsdeletions"]],
      ["MoveToDeletedItems", ["deleteditems"]],
    ])("%s leaves it in %j", async (kind, expected) => {
      const { ask, store } = await start();
      const { ids } = await ask(r.createItem(r.contact("ann")));
      await ask(r.deleteItem(r.itemIds(ids), `DeleteType="${kind}"`));
      expect(store.mailbox(sales)?.items.map(({ folder }) => folder)).toEqual(expected);
    });

    test("sends a draft as it is, once", async () => {
      const { ask, store } = await start();
      const draft = await ask(r.createItem(r.message("Later", support), 'MessageDisposition="SaveOnly"'));
      const ids = r.itemIds(draft.ids, draft.changeKeys[0]);
      expect((await ask(r.sendItem(r.itemIds(draft.ids), true))).codes).toEqual(["ErrorChangeKeyRequired"]);
      expect((await ask(r.sendItem(ids, true))).codes).toEqual(["NoError"]);
      expect((await ask(r.sendItem(ids, true))).codes).toEqual(["ErrorItemNotFound"]);
      const places = [sales, support].flatMap(
        (address) => store.mailbox(address)?.items.map(({ folder }) => folder) ?? [],
      );
      expect(places).toEqual(["sentitems", "inbox"]);
    });

    test("tells what was created, changed and deleted since a state", async () => {
      const { ask } = await start();
      const contacts = r.folderId("contacts");
      for (const name of ["ann", "bob"]) await ask(r.createItem(r.contact(name)));
      const one = await ask(r.syncFolderItems(contacts, "", 1));
      expect(one.text("IncludesLastItemInRange")).toBe("false");
      const rest = await ask(r.syncFolderItems(contacts, one.text("SyncState")));
      expect([...rest.xml.matchAll(/<t:(Create|Update|Delete)>/g)].map(([, kind]) => kind)).toEqual(["Create"]);
      const change = `<t:SetItemField>${r.fieldUri("contacts:GivenName")}<t:Contact><t:GivenName>Anna</t:GivenName></t:Contact></t:SetItemField>`;
      await ask(r.updateItem(one.ids[0] ?? "", change, ""));
      await ask(r.deleteItem(r.itemIds(rest.ids)));
      const later = await ask(r.syncFolderItems(contacts, rest.text("SyncState")));
      expect([...later.xml.matchAll(/<t:(Create|Update|Delete)>/g)].map(([, kind]) => kind)).toEqual([
        "Update",
        "Delete",
      ]);
      expect((await ask(r.getItem(r.itemIds(one.ids), "AllProperties"))).text("GivenName")).toBe("Anna");
    });
  });

  describe("delivery", () => {
    test("reports a message to an unknown mailbox to its sender, with the header of the original", async () => {
      const { ask } = await start();
      await ask(
        r.createItem(
          r.mimeMessage(`Subject: Lost\r\nTo: <nobody@elsewhere.org>\r\nX-Tag: t-1\r\n\r\nText`),
          'MessageDisposition="SendOnly"',
        ),
      );
      const { ids } = await ask(
        r.findItem(inbox, {
          restriction: r.compares("IsEqualTo", r.fieldUri("item:ItemClass"), "REPORT.IPM.Note.NDR"),
        }),
      );
      expect(ids).toHaveLength(1);
      const report = await ask(r.getItem(r.itemIds(ids), "Default", r.fieldUri("item:MimeContent")));
      expect(report.text("Subject")).toBe("Undeliverable: Lost");
      const mime = Buffer.from(report.text("MimeContent"), "base64").toString("utf8");
      expect(mime).toMatch(/report-type=delivery-status[^]*Status: 5\.1\.10[^]*text\/rfc822-headers[^]*X-Tag: t-1/);
    });

    test("refuses what a full mailbox would hold, and reports what it does not take", async () => {
      const { ask, store } = await start();
      store.add(support, [], { quota: "prohibit-send-receive" });
      await ask(send("Too much", support));
      expect(store.mailbox(sales)?.items[0]?.mime).toContain("Status: 5.2.2");
      expect(store.mailbox(support)?.items).toEqual([]);
      const own = { as: support };
      expect((await ask(send("Mine"), own)).codes).toEqual(["ErrorQuotaExceeded"]);
      expect((await ask(r.createItem(r.task("Mine")), own)).codes).toEqual(["ErrorQuotaExceeded"]);
    });

    test("sends as another only where that is allowed", async () => {
      const { ask, store } = await start();
      const from = (address: string) =>
        r.createItem(
          r.mimeMessage(`From: <${address}>\r\nTo: <${support}>\r\nSubject: As\r\n\r\n`),
          'MessageDisposition="SendOnly"',
        );
      expect((await ask(from(sales), { as: crm })).codes).toEqual(["NoError"]);
      expect((await ask(from(support), { as: crm })).codes).toEqual(["ErrorSendAsDenied"]);
      store.add(sales, [crm], { sendAsDenied: true });
      expect((await ask(from(sales), { as: crm })).codes).toEqual(["ErrorSendAsDenied"]);
      expect((await ask(from(sales))).codes).toEqual(["ErrorSendAsDenied"]);
      expect(
        (
          await ask(r.createItem(r.mimeMessage("Subject: To nobody\r\n\r\n"), 'MessageDisposition="SendOnly"'), {
            as: support,
          })
        ).codes,
      ).toEqual(["ErrorInvalidRecipients"]);
      expect((await ask(send("Without a mailbox"), { as: "nobody@contoso.com" })).codes).toEqual([
        "ErrorMissingEmailAddress",
      ]);
    });
  });
});
