import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { davmailAvailability, startDavmail, type Davmail } from "../../servers/ews/clients/davmail";
import { schemaAvailability, validate } from "../../servers/ews/schema/validate";
import { allOf, describeIfAvailable } from "../../support/layers";
import { sales, startExchange, type ExchangeCaller } from "./exchangeCaller";

describeIfAvailable("DavMail", allOf(davmailAvailability(), schemaAvailability()), () => {
  let directory: string;
  let exchange: ExchangeCaller;
  let davmail: Davmail;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "davmail-"));
    exchange = await startExchange({ schemes: ["Basic"] });
    davmail = await startDavmail(directory, exchange.server.url);
  }, 60_000);
  afterAll(async () => {
    await davmail.stop();
    await exchange.server.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  test("lists folders, sends, reads and deletes through the simulator", async () => {
    const seen = await davmail.use(sales, "pass-word-1");
    expect(seen).toEqual({
      folders: expect.arrayContaining(["INBOX", "Drafts", "Sent", "Trash"]) as string[],
      content: expect.stringMatching(/X-Tag: by DavMail[^]*Sent through DavMail & back\./) as string,
      left: 0,
    });
    const { exchanged } = exchange.server;
    const used = [
      "ConvertId",
      "CreateItem",
      "DeleteItem",
      "FindFolder",
      "FindItem",
      "GetFolder",
      "GetItem",
      "UpdateItem",
    ];
    expect([...new Set(exchanged.map(({ operation }) => operation))].sort()).toEqual(used);
    expect(validate(exchanged.map(({ operation, reply }) => ({ name: operation, xml: reply })))).toEqual([]);
    expect(exchanged.filter(({ status }) => status !== 200)).toEqual([]);
  }, 60_000);

  test("is refused with a wrong password", async () => {
    expect(await davmail.use(sales, "wrong")).toMatchObject({ error: "error" });
  }, 60_000);
});
