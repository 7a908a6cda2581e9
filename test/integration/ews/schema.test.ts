import { describeIfAvailable } from "../../support/layers";
import { on, responseError, serverBusy, soapFault, tooManyConnections } from "../../servers/ews/interference";
import type { Exchanged } from "../../servers/ews/ewsServer";
import { schemaAvailability, validate, type Judged } from "../../servers/ews/schema/validate";
import type { ExchangeRelease } from "../../servers/ews/versions";
import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { MailSide } from "../../../provider/src/testing/types";
import { crm, sales, startExchange, support, useExchange, type ExchangeCaller } from "./exchangeCaller";
import * as r from "./requests";

const shapes = ["IdOnly", "Default", "AllProperties"];
const folders = ["root", "msgfolderroot", "inbox", "calendar", "contacts", "tasks", "sentitems", "notes"];
const mailFields = ["item:Subject", "item:DateTimeReceived", "item:ParentFolderId", "item:Body", "item:MimeContent"];
const messageFields = ["message:From", "message:ToRecipients", "message:InternetMessageId", "message:IsRead"];
const additional = [...mailFields, ...messageFields, "item:InternetMessageHeaders", "item:EffectiveRights", "item:Flag"]
  .map(r.fieldUri)
  .join("");
const calendarFields = ["calendar:Start", "calendar:End", "calendar:Location", "item:Subject"].map(r.fieldUri).join("");
const folderFields = ["folder:FolderClass", "folder:ParentFolderId", "folder:EffectiveRights"].map(r.fieldUri).join("");

/** Every operation with every shape, and what Exchange refuses about single items. */
async function everything({ ask }: ExchangeCaller): Promise<void> {
  for (const base of shapes) {
    await ask(r.getFolder(folders.map((name) => r.folderId(name)).join(""), base, folderFields));
    await ask(r.findFolder(r.folderId("root"), "Deep", "", base));
  }
  await ask(
    r.findFolder(
      r.folderId("msgfolderroot"),
      "Shallow",
      r.compares("IsEqualTo", r.fieldUri("folder:DisplayName"), "Inbox"),
    ),
  );
  await ask(r.getFolder(r.folderId("inbox", "unknown@contoso.com") + r.folderId("inbox", support)));

  const tag = `<t:ExtendedProperty>${r.headerField("X-Tag")}<t:Value>a &amp; b</t:Value></t:ExtendedProperty>`;
  await ask(r.createItem(r.message("One", sales, tag), 'MessageDisposition="SendAndSaveCopy"'));
  await ask(r.createItem(r.mimeMessage(`Subject: Two\r\nTo: <${sales}>\r\n\r\nText`), 'MessageDisposition="SendOnly"'));
  await ask(r.createItem(r.message("Gone", "unknown@contoso.com"), 'MessageDisposition="SendOnly"'));
  const draft = await ask(r.createItem(r.message("Draft", sales), 'MessageDisposition="SaveOnly"'));
  await ask(
    r.updateItem(
      draft.ids[0] ?? "",
      `<t:SetItemField>${r.fieldUri("item:Importance")}<t:Message><t:Importance>High</t:Importance></t:Message></t:SetItemField>`,
    ),
  );
  await ask(r.updateItem("AAMkNone", `<t:DeleteItemField>${r.fieldUri("item:Importance")}</t:DeleteItemField>`));
  const saved = await ask(r.createItem(r.message("Draft", sales), 'MessageDisposition="SaveOnly"'));
  await ask(r.sendItem(r.itemIds(saved.ids, saved.changeKeys[0]), true));
  await ask(r.sendItem(r.itemIds(["AAMkNone"], "CQAA"), false));
  const others = [
    await ask(r.createItem(r.appointment("Meeting", support), 'SendMeetingInvitations="SendToAllAndSaveCopy"')),
    await ask(r.createItem(r.contact("ann"))),
    await ask(r.createItem(r.task("Call"))),
  ];
  await ask(r.createItem(r.appointment("Meeting")));
  await ask(r.createItem(r.message("Undecided", sales)));

  for (const base of shapes) {
    for (const folder of ["inbox", "sentitems", "drafts", "calendar", "contacts", "tasks"]) {
      const found = await ask(
        r.findItem(r.folderId(folder), { base, additional: additional + r.headerField("X-Tag") }),
      );
      const options = "<t:IncludeMimeContent>true</t:IncludeMimeContent><t:BodyType>Text</t:BodyType>";
      await ask(r.getItem(r.itemIds([...found.ids, "AAMkNone", "bad"]), base, additional + calendarFields, options));
      await ask(r.getItem(r.itemIds(found.ids), base));
    }
    await ask(r.findItem(r.folderId("inbox"), { base }), { as: support });
  }
  await ask(
    r.findItem(r.folderId("calendar"), {
      view: '<m:CalendarView StartDate="2000-01-01T00:00:00Z" EndDate="2002-01-01T00:00:00Z"/>',
    }),
  );
  await ask(
    r.findItem(r.folderId("inbox"), {
      view: r.pageView(1, 1, "End"),
      sort: r.order(r.fieldUri("item:Subject"), "Ascending"),
      restriction: `<t:And>${r.contains(r.fieldUri("item:Subject"), "o")}<t:Not><t:Exists>${r.headerField("X-None")}</t:Exists></t:Not></t:And>`,
    }),
  );
  await ask(r.findItem(r.folderId("inbox"), { restriction: r.contains(r.fieldUri("item:MimeContent"), "o") }));

  const state = await ask(r.syncFolderItems(r.folderId("inbox"), "", 1));
  await ask(r.deleteItem(r.itemIds(state.ids.slice(0, 1)), 'DeleteType="MoveToDeletedItems"'));
  await ask(r.syncFolderItems(r.folderId("inbox"), state.text("SyncState")));
  await ask(r.syncFolderItems(r.folderId("inbox"), "bm9uZQ=="));
  for (const attributes of [
    'DeleteType="HardDelete"',
    'DeleteType="SoftDelete" SendMeetingCancellations="SendToNone" AffectedTaskOccurrences="AllOccurrences"',
  ])
    await ask(r.deleteItem(r.itemIds([...others.flatMap(({ ids }) => ids), "AAMkNone"]), attributes));
  for (const entry of ["sales", "s", "nobody at all"]) await ask(r.resolveNames(entry, true));
  await ask(r.convertId(draft.ids[0] ?? "", sales));
  await ask(r.convertId("DUMMY", "DUMMY"));
  for (const full of [true, false]) await ask(r.getServerTimeZones(full));
  await ask(r.getServerTimeZones(true, "UTC"));
}

/** What the server refuses as a whole; the schema knows none of the requests but for the impersonating ones. */
async function faults({ ask }: ExchangeCaller): Promise<void> {
  await ask("no XML");
  await ask("");
  await ask("<m:GetFolder/>");
  await ask("<m:PlayOnPhone/>");
  await ask(r.getFolder(r.folderId("inbox")), { version: "Exchange2099" });
}

describeIfAvailable("Exchange Web Services by Microsoft's schema", schemaAvailability(), () => {
  const start = useExchange();
  const judged = (kind: "request" | "reply", exchanged: readonly Exchanged[]): Judged[] =>
    exchanged.map((one, index) => ({ name: `${kind} ${index} ${one.operation} `, xml: one[kind] }));
  const count = (what: string, list: readonly unknown[]) =>
    process.stdout.write(`\n${list.length} ${what} validated\n`);

  test("every reply of every operation in every shape is valid, and so is every request of these tests", async () => {
    const exchange = await start();
    await everything(exchange);
    const { exchanged } = exchange.server;
    expect(new Set(exchanged.map(({ operation }) => operation)).size).toBe(12);
    expect(exchanged.every(({ status }) => status === 200)).toBe(true);
    expect(validate([...judged("request", exchanged), ...judged("reply", exchanged)])).toEqual([]);
    count("replies", exchanged);
  });

  test.each<ExchangeRelease>(["2010-sp2", "2010-sp3", "2013", "2019", "se", "online"])(
    "replies of %s are valid",
    async (version) => {
      const { server, ask } = await start({ version });
      await ask(r.getFolder(r.folderId("inbox"), "AllProperties"), { version: "Exchange2010_SP2" });
      expect(validate(judged("reply", server.exchanged))).toEqual([]);
      expect(server.exchanged).toHaveLength(1);
    },
  );

  test("every fault and scripted error is valid", async () => {
    const exchange = await start();
    await faults(exchange);
    await exchange.ask(r.getFolder(r.folderId("inbox")), { impersonate: ["SmtpAddress", support] });
    for (const [by, address] of [
      ["SmtpAddress", "unknown@contoso.com"],
      ["PrimarySmtpAddress", "unknown@contoso.com"],
    ] as const)
      await exchange.ask(r.getFolder(r.folderId("inbox")), { as: crm, impersonate: [by, address] });
    expect(exchange.server.exchanged.map(({ status }) => status)).toEqual(Array<number>(8).fill(500));
    expect(validate(judged("reply", exchange.server.exchanged))).toEqual([]);

    const operations = [
      "GetFolder",
      "FindFolder",
      "FindItem",
      "CreateItem",
      "GetItem",
      "UpdateItem",
      "DeleteItem",
      "SendItem",
      "ResolveNames",
      "ConvertId",
      "SyncFolderItems",
    ];
    const scripted: Judged[] = [];
    for (const operation of operations)
      for (const behaviour of [
        responseError("ErrorAccessDenied", "No <access> & none"),
        serverBusy(1500),
        tooManyConnections,
        soapFault("ErrorInternalServerError", "An internal server error occurred."),
      ]) {
        const { server, ask } = await startExchange({ script: on(operation, behaviour) });
        const { xml } = await ask(`<m:${operation}/>`);
        scripted.push({ name: operation, xml });
        await server.stop();
      }
    expect(validate(scripted)).toEqual([]);
    count("faults and scripted errors", [...exchange.server.exchanged, ...scripted]);
  });

  test.each<{ impersonate: boolean; account: string; version?: ExchangeRelease }>([
    { impersonate: false, account: sales },
    { impersonate: false, account: crm },
    { impersonate: true, account: crm },
    { impersonate: false, account: sales, version: "2010-sp3" },
  ])(
    "every request of the client is valid: impersonation $impersonate, account $account, server $version",
    async ({ impersonate, account, version = "2016" }) => {
      const { server, store } = await start({ schemes: ["Basic"], version });
      const name = "r&d.o'neil@contoso.com";
      store.add(name, [crm]);
      const mailbox = account === sales ? sales : name;
      const side: MailSide = {
        endpoint: { protocol: "ews", host: "127.0.0.1", port: server.port, security: "none" },
        signIn: { type: "password", username: account, password: "pass-word-1" },
        exchange: { url: server.url, impersonate, method: "basic", version: "Exchange2013_SP1" },
      };
      const results = await runMailboxTest({
        emailAddress: mailbox,
        incoming: side,
        outgoing: side,
        appointmentsContactsTasks: side,
        writeAccess: true,
        roundTrip: true,
        timeoutSeconds: 20,
        maxConcurrentTests: 4,
      });
      expect(results.map(({ status }) => status)).toEqual(Array<string>(results.length).fill("Success"));
      expect(validate([...judged("request", server.exchanged), ...judged("reply", server.exchanged)])).toEqual([]);
      const zones = server.exchanged.flatMap(
        ({ request }) => /<t:TimeZoneDefinition[^>]*Id="([^"]*)"/.exec(request)?.[1] ?? [],
      );
      expect(zones).toEqual(["UTC", "UTC"]);
      count("requests of the client", server.exchanged);
    },
  );

  test("a reply whose elements are out of order is found", () => {
    const reply = r
      .envelopeOf(r.getFolder(r.folderId("inbox")))
      .replace(/(<m:FolderShape>.*<\/m:FolderShape>)(<m:FolderIds>.*<\/m:FolderIds>)/, "$2$1");
    expect(validate([{ name: "turned ", xml: reply }])).not.toEqual([]);
  });
});
