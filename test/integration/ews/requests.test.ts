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
import type { ExchangeRelease } from "../../servers/ews/versions";
import { useExchange } from "./exchangeCaller";
import * as r from "./requests";

const subject = r.fieldUri("item:Subject");
const inbox = r.folderId("inbox");

describe("the simulated Exchange", () => {
  const start = useExchange();

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
