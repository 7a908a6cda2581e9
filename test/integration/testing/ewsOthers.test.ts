import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import { testSubject, tokenPrefix } from "../../../provider/src/testing/message";
import type { MailSide, TestResult } from "../../../provider/src/testing/types";
import type { Interference } from "../../servers/ews/ewsServer";
import { accessToken, address, everything, ExchangeLab, password } from "../../servers/ews/exchangeLab";
import { envelope, fault, response, success } from "../../servers/ews/soap";
import { ExchangeStore } from "../../servers/ews/store";

const xml = { "content-type": "text/xml" };
const statusesOf = (results: readonly TestResult[]) => results.map(({ status }) => status);
const allSuccess = ["Success", "Success", "Success", "Success"];
const oldToken = `${tokenPrefix(address)}3b3c7a5e-6f0a-4d6c-9f2e-0d9a5b1c2d00`;

describe("an Exchange mailbox that others use, too", () => {
  let lab: ExchangeLab;
  beforeAll(async () => {
    lab = await ExchangeLab.create();
  });
  afterEach(async () => {
    await lab.stop();
  });
  const mailboxIn = (store: ExchangeStore) => {
    const mailbox = store.mailbox(address);
    if (mailbox === undefined) throw new Error("no mailbox");
    return mailbox;
  };

  test("keeps what people wrote about a test, and loses what a test left", async () => {
    const server = await lab.start();
    const mailbox = mailboxIn(server.store);
    const put = (folder: "inbox" | "sentitems" | "calendar", subject: string) =>
      server.store.put(mailbox, { folder, element: "Message", itemClass: "IPM.Note", subject, mime: "" });
    const kept = [
      put("inbox", `RE: ${testSubject(oldToken)}: who sent this?`),
      put("inbox", `${testSubject(oldToken)}: who sent this?`),
      put("inbox", `Automatic reply: ${testSubject(oldToken)}`),
      put("sentitems", `FW: ${testSubject(oldToken)}`),
      put("sentitems", `${testSubject(oldToken)}, see below`),
      put("calendar", `Meeting about ${oldToken}`),
    ].map(({ subject }) => subject);
    for (const folder of ["inbox", "sentitems", "calendar"] as const) put(folder, testSubject(oldToken));
    const results = await runMailboxTest(everything(lab.side(server), { writeAccess: true }));
    expect(statusesOf(results)).toEqual(allSuccess);
    expect(mailbox.items.map(({ subject }) => subject)).toEqual(kept);
  });

  test("is tested by one at a time, and every test finds its own message", async () => {
    const server = await lab.start();
    const run = () => runMailboxTest(everything(lab.side(server), { writeAccess: true }));
    const all = await Promise.all([run(), run(), run(), run()]);
    expect(all.map(statusesOf)).toEqual([allSuccess, allSuccess, allSuccess, allSuccess]);
    expect(mailboxIn(server.store).items).toEqual([]);
  });

  test("may lose a left-over to somebody else in the meantime", async () => {
    const store = new ExchangeStore();
    store.add(address);
    const subject = testSubject(oldToken);
    store.put(mailboxIn(store), { folder: "inbox", element: "Message", itemClass: "IPM.Note", subject, mime: "" });
    const script: Interference = ({ operation }) => {
      if (operation === "DeleteItem") {
        const { items } = mailboxIn(store);
        items.splice(0, items.length, ...items.filter((item) => item.subject !== subject));
      }
      return false;
    };
    const server = await lab.start({ store, script });
    expect(statusesOf(await runMailboxTest(everything(lab.side(server))))).toEqual(allSuccess);
  });

  test("may throttle the round trip, too", async () => {
    let finds = 0;
    const script: Interference = ({ operation }, answer) => {
      if (operation !== "FindItem" || ++finds !== 2) return false;
      const wait = { name: "BackOffMilliseconds", text: "300" };
      answer.writeHead(500, xml).end(fault("ErrorServerBusy", "Busy.", wait));
      return true;
    };
    const server = await lab.start({ script });
    const results = await runMailboxTest(everything(lab.side(server)));
    expect(statusesOf(results)).toEqual(allSuccess);
    expect(results.find(({ test: name }) => name === "roundTrip")?.milliseconds).toBeGreaterThan(300);
    expect(mailboxIn(server.store).items).toEqual([]);
  });

  test.each([
    ["names its wait behind many words", "Ausgelastet. ".repeat(60), "900", 900],
    ["names no time at all", "", "0", 250],
  ])("a busy server that %s is asked again after it", async (_name, words, text, least) => {
    const asked: number[] = [];
    const script: Interference = ({ operation }, answer) => {
      if (operation !== "FindItem" || asked.push(performance.now()) > 1) return false;
      answer.writeHead(500, xml).end(fault("ErrorServerBusy", words, { name: "BackOffMilliseconds", text }));
      return true;
    };
    const server = await lab.start({ script });
    expect(statusesOf(await runMailboxTest(everything(lab.side(server))))).toEqual(allSuccess);
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(least);
  });

  test("a Retry-After that is a date is a wait like any other", async () => {
    const asked: number[] = [];
    const script: Interference = (_request, answer) => {
      if (asked.push(performance.now()) > 1) return false;
      answer.writeHead(503, { "retry-after": new Date(Date.now() + 2000).toUTCString() }).end();
      return true;
    };
    const server = await lab.start({ script });
    const only = { outgoing: undefined, appointmentsContactsTasks: undefined, roundTrip: false };
    expect(statusesOf(await runMailboxTest(everything(lab.side(server), only)))[0]).toBe("Success");
    // A date has whole seconds.
    expect((asked[1] ?? 0) - (asked[0] ?? 0)).toBeGreaterThanOrEqual(1000);
  });

  test("keeps no message of a test that only sends", async () => {
    const server = await lab.start();
    const side = lab.side(server);
    const results = await runMailboxTest(
      everything(side, { incoming: undefined, appointmentsContactsTasks: undefined }),
    );
    expect(statusesOf(results)).toEqual(["Not Run", "Success", "Not Run"]);
    expect(mailboxIn(server.store).items).toEqual([]);
  });

  test("says its version to a token that was fetched for the test", async () => {
    const server = await lab.start({ schemes: ["Bearer"] });
    const signIn: MailSide["signIn"] = {
      type: "token-request",
      username: address,
      request: {
        type: "client-secret",
        authority: "https://login.microsoftonline.com",
        tenant: "t",
        clientId: "c",
        clientSecret: "s",
        scope: "x",
      },
    };
    const side = { ...lab.side(server), signIn };
    const tokens = { get: () => Promise.resolve(accessToken), isKept: () => false } as unknown as Parameters<
      typeof runMailboxTest
    >[1];
    const results = await runMailboxTest(everything(side), tokens);
    expect(results[0]).toMatchObject({ status: "Success", serverVersion: "Exchange Server 2016 (15.1.2507.6)" });
  });

  const found = (items: string) =>
    envelope(
      response("FindItem", [
        success(
          "FindItem",
          `<m:RootFolder IndexedPagingOffset="1" TotalItemsInView="1" IncludesLastItemInRange="true"><t:Items>${items}</t:Items></m:RootFolder>`,
        ),
      ]),
    );
  test.each([
    [
      "an item without class and subject",
      found('<t:Message><t:ItemId Id="a" ChangeKey="b"/></t:Message>'),
      "Success",
      undefined,
    ],
    ["an envelope without what was asked for", envelope("<x/>"), "Failure", "ews-not-soap"],
    ["an envelope that is not well formed", found("<t:Message>"), "Failure", "ews-not-soap"],
    [
      "an envelope of ninety thousand open tags",
      envelope('<m:aResponseMessage ResponseClass="Error">'.repeat(90_000)),
      "Failure",
      "ews-not-soap",
    ],
    ["an envelope of a million elements", envelope("<a/>".repeat(900_000)), "Failure", "ews-not-soap"],
    ["an envelope of attributes without end", envelope(`<a ${'b="c" '.repeat(600_000)}/>`), "Failure", "ews-not-soap"],
    [
      "an envelope a thousand levels deep",
      envelope(`${"<a>".repeat(1000)}${"</a>".repeat(1000)}`),
      "Failure",
      "ews-not-soap",
    ],
  ])("%s neither breaks nor holds up anything", async (_name, body, status, code) => {
    const script: Interference = ({ operation }, answer) => {
      if (operation !== "FindItem") return false;
      answer.writeHead(200, xml).end(body);
      return true;
    };
    const server = await lab.start({ script });
    const printed = jest.spyOn(console, "warn").mockImplementation(() => undefined);
    const only = { outgoing: undefined, appointmentsContactsTasks: undefined, roundTrip: false };
    const start = performance.now();
    const [incoming] = await runMailboxTest(everything(lab.side(server, password), only));
    expect(performance.now() - start).toBeLessThan(3000);
    expect(incoming).toMatchObject({ status, ...(code === undefined ? {} : { code }) });
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });
});
