import {
  emptyBody,
  first,
  html,
  on,
  redirect,
  responseError,
  serverBusy,
  status,
  tryLater,
} from "../../servers/ews/interference";
import type { EwsServerOptions } from "../../servers/ews/ewsServer";
import type { ExchangeRelease } from "../../servers/ews/versions";
import { crm, sales, startExchange, support, type ExchangeCaller } from "./exchangeCaller";
import * as r from "./requests";

describe("the simulated Exchange", () => {
  const servers: ExchangeCaller[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(({ server }) => server.stop()));
  });
  async function start(options: Partial<EwsServerOptions> = {}): Promise<ExchangeCaller> {
    const caller = await startExchange(options);
    servers.push(caller);
    return caller;
  }
  const subject = r.fieldUri("item:Subject");
  const inbox = r.folderId("inbox");
  const send = (text: string, to = sales) => r.createItem(r.message(text, to), 'MessageDisposition="SendOnly"');

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

  describe("the directory", () => {
    test("resolves one, several and no mailbox", async () => {
      const { ask } = await start();
      expect((await ask(r.resolveNames(sales))).text("EmailAddress")).toBe(sales);
      expect((await ask(r.resolveNames("s"))).codes).toEqual(["ErrorNameResolutionMultipleResults"]);
      expect((await ask(r.resolveNames("none"))).codes).toEqual(["ErrorNameResolutionNoResults"]);
    });
  });

  describe("requests", () => {
    test.each<[ExchangeRelease, string, string]>([
      ["2010-sp2", "Exchange2010_SP2", "14.2.247.5"],
      ["2010-sp3", "Exchange2010_SP2", "14.3.513.0"],
      ["2013", "Exchange2013_SP1", "15.0.1497.2"],
      ["2016", "Exchange2016", "15.1.2507.6"],
      ["2019", "Exchange2016", "15.2.1544.4"],
      ["se", "Exchange2016", "15.2.2562.17"],
      ["online", "Exchange2016", "15.20.9253.12"],
    ])("%s knows schemas up to %s, and says that it is %s", async (version, newest, expected) => {
      const { ask } = await start({ version });
      const schemas = [
        "Exchange2007",
        "Exchange2010",
        "Exchange2010_SP2",
        "Exchange2013_SP1",
        "Exchange2016",
        "Exchange2019",
      ];
      for (const schema of schemas) {
        const reply = await ask(r.getFolder(inbox), { version: schema });
        const known = schemas.indexOf(schema) <= schemas.indexOf(newest);
        expect([schema, reply.status, ...reply.codes]).toEqual([
          schema,
          ...(known ? [200, "NoError"] : [500, "ErrorInvalidServerVersion"]),
        ]);
        const [, major, minor, build, revision] =
          /MajorVersion="(\d+)" MinorVersion="(\d+)" MajorBuildNumber="(\d+)" MinorBuildNumber="(\d+)"/.exec(
            reply.xml,
          ) ?? [];
        if (known) expect([major, minor, build, revision].join(".")).toBe(expected);
      }
    });

    test.each([
      [
        "a shape after the ids",
        `<m:GetFolder><m:FolderIds>${inbox}</m:FolderIds><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape></m:GetFolder>`,
      ],
      ["no ids", "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape></m:GetFolder>"],
      ["an unknown shape", r.getFolder(inbox, "Everything")],
      ["no traversal", r.findItem(inbox).replace(' Traversal="Shallow"', "")],
      ["an unknown property", r.findItem(inbox, { additional: r.fieldUri("item:Nothing") })],
      ["an element of the wrong namespace", r.getFolder(inbox).replace(/m:FolderShape/g, "t:FolderShape")],
      [
        "properties of an item out of order",
        r.createItem("<t:Contact><t:GivenName>Ann</t:GivenName><t:Subject>Ann</t:Subject></t:Contact>"),
      ],
      [
        "a property of another kind of item",
        r.createItem("<t:Contact><t:DueDate>2001-01-01T00:00:00Z</t:DueDate></t:Contact>"),
      ],
      ["no kind of deletion", r.deleteItem(r.itemIds(["AAMk"]), "")],
      ["an & that is none", r.findItem(inbox, { restriction: r.contains(subject, "a & b") })],
      ["no SOAP at all", "<html/>"],
      ["nothing", ""],
    ])("with %s are refused by the schema", async (_name, body) => {
      const { ask } = await start();
      const reply = await ask(body);
      expect([reply.status, ...reply.codes]).toEqual([500, "ErrorSchemaValidation"]);
    });

    test("of an operation that is not there are refused", async () => {
      const { ask } = await start();
      expect((await ask("<m:PlayOnPhone/>")).codes).toEqual(["ErrorInvalidRequest"]);
    });
  });

  describe("misbehaviour", () => {
    test("is scripted for an operation, and a number of times", async () => {
      const script = first(
        on("FindItem", serverBusy(1500), 1),
        on("GetFolder", responseError("ErrorAccessDenied", "No.")),
      );
      const { ask } = await start({ script });
      const busy = await ask(r.findItem(inbox));
      expect([busy.status, ...busy.codes]).toEqual([500, "ErrorServerBusy"]);
      expect(busy.xml).toContain('<t:Value Name="BackOffMilliseconds">1500</t:Value>');
      expect((await ask(r.findItem(inbox))).codes).toEqual(["NoError"]);
      for (let time = 0; time < 2; time += 1) {
        const denied = await ask(r.getFolder(inbox));
        expect([denied.status, ...denied.codes]).toEqual([200, "ErrorAccessDenied"]);
      }
    });

    test.each([
      ["403", html(403), 403],
      ["456", status(456), 456],
      ["503", tryLater(503, 7), 503],
      ["an empty body", emptyBody, 200],
    ])("answers %s", async (_name, behaviour, expected) => {
      const { ask, server } = await start({ interfere: on("GetFolder", behaviour) });
      const reply = await ask(r.getFolder(inbox));
      expect([reply.status, reply.codes, server.exchanged]).toEqual([expected, [], []]);
    });

    test("redirects", async () => {
      const { server } = await start({ interfere: on("", redirect("https://127.0.0.1/owa/")) });
      const reply = await fetch(server.url, { redirect: "manual" });
      expect([reply.status, reply.headers.get("location")]).toEqual([302, "https://127.0.0.1/owa/"]);
    });

    test.each([
      ["plain", true],
      ["gzip", true],
      ["chunked", true],
      ["truncated", false],
    ] as const)("answers %s", async (transfer, whole) => {
      const { ask } = await start({ transfer });
      expect((await ask(r.getFolder(inbox))).xml.endsWith("</s:Envelope>")).toBe(whole);
    });
  });
});
