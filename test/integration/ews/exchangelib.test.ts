import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  exchangelibAvailability,
  runExchangelib,
  type ExchangelibArguments,
} from "../../servers/ews/clients/exchangelib";
import { startEwsServer, type EwsServer, type EwsServerOptions } from "../../servers/ews/ewsServer";
import { schemaAvailability, validate } from "../../servers/ews/schema/validate";
import { ExchangeStore } from "../../servers/ews/store";
import { createAuthority, type KeyPair } from "../../servers/pki";
import { allOf, describeIfAvailable } from "../../support/layers";

const sales = "sales@contoso.com";
const crm = "crm@contoso.com";
const password = "pass-word-1";
const everything = ["folders", "mail", "calendar", "contact", "task", "ndr", "names"] as const;

describeIfAvailable("exchangelib", allOf(exchangelibAvailability(), schemaAvailability()), () => {
  let directory: string;
  let certificate: KeyPair;
  let store: ExchangeStore;
  const servers: EwsServer[] = [];
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "exchangelib-"));
    const authority = await createAuthority();
    certificate = await authority.issue();
    writeFileSync(join(directory, "ca.pem"), authority.certificate);
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  beforeEach(() => {
    store = new ExchangeStore();
    store.add(sales, [crm]);
    store.add(crm);
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  async function start(options: Partial<EwsServerOptions> = {}): Promise<EwsServer> {
    const server = await startEwsServer({
      store,
      certificate,
      users: { [sales]: password, [crm]: password, "CONTOSO\\sales": password },
      addresses: { "CONTOSO\\sales": sales },
      impersonators: [],
      ...options,
    });
    servers.push(server);
    return server;
  }
  const run = (server: EwsServer, given: Partial<ExchangelibArguments>) =>
    runExchangelib({
      url: server.url,
      ca: join(directory, "ca.pem"),
      username: sales,
      password,
      address: sales,
      auth: "basic",
      access: "delegate",
      actions: ["folders"],
      ...given,
    });
  const problemsIn = (server: EwsServer) =>
    validate(server.exchanged.map(({ operation, reply }) => ({ name: operation, xml: reply })));

  const used = {
    mail: {
      found: 1,
      contained: 1,
      newest: "From exchangelib: r&d <5 > 4>",
      missing: 0,
      subject: "From exchangelib: r&d <5 > 4>",
      body: "A body with a & and a <tag>.",
      sender: sales,
      to: [sales],
      message_id: true,
      mime: expect.stringContaining("Subject: From exchangelib: r&d <5 > 4>") as string,
      was_read: false,
      in_sent: 1,
      is_read: true,
      left: 0,
      in_trash: 1,
    },
    calendar: { viewed: ["An appointment"], start: "2001-02-03T10:00:00+00:00", left: 0 },
    contact: { names: ["Ann"], left: 0 },
    task: { subjects: ["A task"], left: 0 },
    ndr: { subjects: ["Undeliverable: Into the void"] },
    names: { addresses: [sales] },
  };

  test.each(["basic", "NTLM"] as const)("uses the whole mailbox by %s, and finds out the version", async (auth) => {
    const server = await start();
    const username = auth === "NTLM" ? "CONTOSO\\sales" : sales;
    const seen = await run(server, { auth, username, actions: everything });
    expect(seen).toMatchObject({ build: "15.1.2507.6", api: "Exchange2016", ...used });
    expect(seen.folders).toMatchObject({
      opened: { inbox: ["Inbox", "IPF.Note", 0], calendar: ["Calendar", "IPF.Appointment", 0] },
      root: "root",
    });
    expect(problemsIn(server)).toEqual([]);
    expect(
      store
        .mailbox(sales)
        ?.items.map(({ folder, itemClass }) => `${folder} ${itemClass}`)
        .sort(),
    ).toEqual(["deleteditems IPM.Note", "inbox REPORT.IPM.Note.NDR", "sentitems IPM.Note"]);
  });

  test.each([
    { version: "2010-sp3", build: [14, 3, 513, 0], api: "Exchange2010_SP2" },
    { version: "2013", build: [15, 0, 1497, 2], api: "Exchange2013_SP1" },
    { version: "2016", build: [15, 1, 2507, 6], api: "Exchange2016" },
  ] as const)("uses a server of $version with the version given", async ({ version, build, api }) => {
    const server = await start({ version });
    const seen = await run(server, { version: { build, api }, actions: everything });
    expect(seen).toMatchObject({ api, ...used });
    expect(problemsIn(server)).toEqual([]);
  });

  test("is refused by an older server, and steps down to what it knows", async () => {
    const server = await start({ version: "2010-sp3" });
    expect(await run(server, {})).toMatchObject({ build: "14.3.513.0", api: "Exchange2010_SP2" });
    expect(server.exchanged[0]).toMatchObject({ operation: "ConvertId", status: 500 });
    expect(server.exchanged[0]?.reply).toContain("ErrorInvalidServerVersion");
  });

  test("acts for a mailbox by impersonation where the account may, and not where it may not", async () => {
    const given = { username: crm, access: "impersonation", actions: everything } as const;
    const allowed = await start({ impersonators: [crm] });
    expect(await run(allowed, given)).toMatchObject(used);
    const ofMailbox = allowed.exchanged.filter(({ operation }) => !["ConvertId", "ResolveNames"].includes(operation));
    expect(ofMailbox.filter(({ request }) => !request.includes("ExchangeImpersonation"))).toEqual([]);
    expect(problemsIn(allowed)).toEqual([]);
    expect(await run(await start(), given)).toMatchObject({ error: "ErrorImpersonateUserDenied" });
  });

  test("opens a mailbox as its delegate, and not another's", async () => {
    const given = { username: crm, actions: ["folders", "calendar", "contact", "task"] } as const;
    expect(await run(await start(), given)).toMatchObject({
      calendar: used.calendar,
      contact: used.contact,
      task: used.task,
    });
    store.add(sales);
    expect(await run(await start(), given)).toMatchObject({ error: "ErrorAccessDenied" });
  });

  test.each(["basic", "NTLM"] as const)("is refused with a wrong password by %s", async (auth) => {
    const server = await start();
    expect(await run(server, { auth, password: "wrong" })).toMatchObject({ error: "UnauthorizedError" });
    expect(server.exchanged).toEqual([]);
  });
});
