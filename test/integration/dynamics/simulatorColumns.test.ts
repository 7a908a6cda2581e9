import { randomUUID } from "node:crypto";
import type { DynamicsServer } from "../../servers/dynamics/dynamicsServer";
import { exchangeProfile, callersOfTests } from "./caller";

const callers = callersOfTests();

const post = (server: DynamicsServer, changes: object) =>
  callers.ask(server, "POST", "emailserverprofiles", { ...exchangeProfile, ...changes });

describe("columns of a profile", () => {
  const cases: [string, object, number, string, "online"?][] = [
    ["one that is not there", { emailprotocol: 1 }, 400, "0x80048d19"],
    ["one of the online version", { oauthclientid: "x" }, 400, "0x80048d19"],
    ["the authority of the online version", { serverauthority: 0 }, 400, "0x80048d19"],
    ["a text that is a number", { name: 5 }, 400, "0x80048d19"],
    ["a number that is a text", { incomingportnumber: "993" }, 400, "0x80048d19"],
    ["a Boolean that is a number", { incomingusessl: 1 }, 400, "0x80048d19"],
    ["a number with a fraction", { incomingportnumber: 9.5 }, 400, "0x80048d19"],
    ["a date without a time", { processemailsreceivedafter: "2026-01-01" }, 400, "0x80048d19"],
    ["a date that is none", { processemailsreceivedafter: "2026-13-01T00:00:00Z" }, 400, "0x80048d19"],
    ["a text that is too long", { name: "x".repeat(101) }, 400, "0x80044331"],
    ["a text as long as may be", { name: "x".repeat(100) }, 204, ""],
    ["a number that is too large", { incomingportnumber: 65_537 }, 400, "0x80044330"],
    ["a number that is too small", { minpollingintervalinminutes: -1 }, 400, "0x80044330"],
    ["the most connections on-premises", { maxconcurrentconnections: 65_536 }, 204, ""],
    ["more connections than online has", { maxconcurrentconnections: 301 }, 400, "0x80044330", "online"],
    ["IMAP on-premises", { servertype: 4 }, 400, "0x8004431a"],
    ["OAuth as a protocol on-premises", { incomingauthenticationprotocol: 4 }, 400, "0x8004431a"],
    ["Gmail's OAuth on-premises", { incomingcredentialretrieval: 5 }, 400, "0x8004431a"],
    ["hybrid modern authentication on-premises", { incomingcredentialretrieval: 6 }, 400, "0x8004431a"],
    ["Entra ID's OAuth on-premises", { outgoingcredentialretrieval: 7 }, 400, "0x8004431a"],
    ["Entra ID's OAuth online", { incomingcredentialretrieval: 7, oauthclientsecret: "s" }, 204, "", "online"],
    ["a value that no version has", { servertype: 9 }, 400, "0x8004431a", "online"],
    ["no authority online", { serverauthority: null }, 400, "0x80040200", "online"],
    ["one that is read only", { emailservertypename: "x" }, 400, "0x80040203"],
    ["one that is for updates only", { statecode: 1 }, 400, "0x80040203"],
    ["a lookup under the name that it is read by", { _ownerid_value: randomUUID() }, 400, "0x80048d19"],
    ["a property to bind that is not there", { "owner@odata.bind": "/teams(1)" }, 400, "0x80048d19"],
    ["a reference to another table", { "ownerid@odata.bind": `/queues(${randomUUID()})` }, 400, "0x80048d19"],
    ["a reference that is none", { "ownerid@odata.bind": "systemuser 5" }, 400, "0x80048d19"],
    ["a reference to nobody", { "ownerid@odata.bind": `/systemusers(${randomUUID()})` }, 404, "0x80040217"],
  ];
  const named = cases.map(([name, changes, status, code, deployment = "on-premises"]) => ({
    name,
    changes,
    status,
    code,
    deployment,
  }));
  test.each(named)("$name", async ({ changes, status, code, deployment }) => {
    const server = await callers.start({ deployment: deployment === "online" ? "online" : "on-premises" });
    const { json, status: answered } = await post(server, changes);
    expect([answered, json.error?.code ?? ""]).toEqual([status, code]);
    expect(server.snapshot().emailserverprofile).toEqual(status === 204 ? expect.anything() : {});
  });

  test("an option set's refusal says what it has", async () => {
    const server = await callers.start();
    const { json } = await post(server, { servertype: 4 });
    expect(json.error?.message).toContain(
      "The value 4 of 'servertype' on record of type 'emailserverprofile' is outside the valid range. Accepted Values: 0,1,2,3",
    );
  });

  test("defaults, what is filled in, and whether there is a password", async () => {
    const server = await callers.start();
    const id = randomUUID();
    await post(server, {
      emailserverprofileid: id,
      servertype: 1,
      incomingserverlocation: "pop.contoso.com",
      outgoingserverlocation: "smtp.contoso.com",
    });
    await callers.ask(server, "PATCH", `emailserverprofiles(${id})`, { incomingpassword: "one" });
    await callers.ask(server, "PATCH", `emailserverprofiles(${id})`, { incomingpassword: "two" });
    const { columns, secrets } = server.record("emailserverprofiles", id);
    expect(columns).toMatchObject({
      incomingusessl: true,
      usesamesettingsforoutgoingconnections: true,
      maxconcurrentconnections: 10,
      lasttestexecutionstatus: 1,
      outgoingcredentialretrieval: null,
      incomingportnumber: 995,
      outgoingportnumber: 587,
      isincomingpasswordset: true,
      isoutgoingpasswordset: false,
      statecode: 0,
      statuscode: 1,
    });
    expect(secrets.incomingpassword).toEqual({ value: "two", writes: 2 });
    const read = await callers.ask(server, "GET", `emailserverprofiles(${id})`);
    expect(JSON.stringify(read.json)).not.toContain("two");
    expect(read.json).not.toHaveProperty("incomingpassword");
  });

  test("values for columns that are read only can be ignored instead", async () => {
    const server = await callers.start({ readOnlyColumns: "ignore" });
    const id = randomUUID();
    const { status } = await post(server, { emailserverprofileid: id, emailservertypename: "x", statecode: 1 });
    expect([status, server.record("emailserverprofiles", id).columns]).toMatchObject([
      204,
      { emailservertypename: null, statecode: 0 },
    ]);
  });
});

describe("queries", () => {
  const mailboxes = async () => {
    const server = await callers.start();
    const profile = server.seed.addProfile(exchangeProfile);
    server.seed.addUser({
      fullname: "Ann O'Hara",
      internalemailaddress: "ann@contoso.com",
      mailbox: { username: "CONTOSO\\ann", emailserverprofile: { table: "emailserverprofile", id: profile } },
    });
    server.seed.addUser({ fullname: "Bob", internalemailaddress: "bob@contoso.com", isdisabled: true });
    server.seed.addQueue({ name: "Sales", emailaddress: "sales@contoso.com" });
    return { server, profile };
  };
  const namesFor = async (server: DynamicsServer, query: string) => {
    const { json, status } = await callers.ask(server, "GET", `mailboxes?$select=name&${query}`);
    return status === 200 ? json.value?.map(({ name }) => name) : json.error?.code;
  };

  test.each<[string, string[] | string]>([
    ["$filter=name eq 'ann o''hara'", ["Ann O'Hara"]],
    ["$filter=name ne 'bob'", ["Ann O'Hara", "Sales"]],
    ["$filter=username eq null", ["Bob", "Sales"]],
    ["$filter=username ne null", ["Ann O'Hara"]],
    ["$filter=contains(emailaddress,'CONTOSO') and (startswith(name,'b') or endswith(name,'les'))", ["Bob", "Sales"]],
    ["$filter=not contains(name,'a')", ["Bob"]],
    [
      "$filter=incomingemailstatus ge 0 and incomingemailstatus lt 1 and isforwardmailbox eq false",
      ["Ann O'Hara", "Bob", "Sales"],
    ],
    ["$filter=testmailboxaccesscompletedon le 1900-01-01", ["Ann O'Hara", "Bob", "Sales"]],
    ["$filter=testmailboxaccesscompletedon gt 1900-01-01T00:00:00.500Z", []],
    ["$filter=emailserverprofile/name eq 'exchange'", ["Ann O'Hara"]],
    ["$filter=_emailserverprofile_value eq PROFILE", ["Ann O'Hara"]],
    ["$filter=emailaddress eq @address&@address='bob@contoso.com'", ["Bob"]],
    ["$filter=Microsoft.Dynamics.CRM.In(PropertyName='emailaddress',PropertyValues=['BOB@contoso.com','x'])", ["Bob"]],
    ["$filter=Microsoft.Dynamics.CRM.In(PropertyName='emailserverprofile',PropertyValues=['PROFILE'])", ["Ann O'Hara"]],
    ["$orderby=name desc&$top=2", ["Sales", "Bob"]],
    ["$orderby=isforwardmailbox,name", ["Ann O'Hara", "Bob", "Sales"]],
    ["$filter=_emailserverprofile_value eq 'PROFILE'", "0x80060888"],
    ["$filter=name eq 5", "0x80060888"],
    ["$filter=nonsense eq 5", "0x80060888"],
    ["$filter=password eq 'x'", "0x80060888"],
    ["$filter=name eq", "0x80060888"],
    ["$filter=name in ('a')", "0x80060888"],
    ["$filter=name eq 'a')", "0x80060888"],
    ["$filter=tolower(name) eq 'a'", "0x80060888"],
    ["$orderby=nonsense", "0x80060888"],
    ["$orderby=name downwards", "0x80060888"],
    ["$top=0", "0x80060888"],
    ["$skip=1", "0x80060888"],
    ["$apply=aggregate(name)", "0x80060888"],
    ["$expand=nonsense", "0x80060888"],
    ["$expand=emailserverprofile($select=nonsense)", "0x80060888"],
    ["$expand=emailserverprofile($filter=name eq 'x')", "0x80060888"],
    ["$count=yes", "0x80060888"],
    ["$skiptoken=5", "0x80060888"],
    ["select=name", "0x80060888"],
  ])("%s", async (query, expected) => {
    const { server, profile } = await mailboxes();
    const found = await namesFor(server, encodeURI(query.replace("PROFILE", profile)));
    expect(found).toEqual(expected);
  });

  test("records that belong to one are expanded, or a path of their own", async () => {
    const { server, profile } = await mailboxes();
    const expanded = await callers.ask(
      server,
      "GET",
      `emailserverprofiles(${profile})?$select=name&$expand=emailserverprofile_mailbox($select=emailaddress;$top=5)`,
    );
    expect(expanded.json.emailserverprofile_mailbox).toMatchObject([{ emailaddress: "ann@contoso.com" }]);
    const listed = await callers.ask(
      server,
      "GET",
      `emailserverprofiles(${profile})/emailserverprofile_mailbox?$select=name`,
    );
    expect(listed.json.value).toMatchObject([{ name: "Ann O'Hara" }]);
    const one = await callers.ask(server, "GET", `organizations(${server.organizationId})/requireapprovalforuseremail`);
    expect(one.json.value).toBe(true);
  });

  test("every record is seen once over all pages, and a page is as large as asked", async () => {
    const server = await callers.start();
    for (let index = 0; index < 7; index += 1) server.seed.addQueue({ name: `queue ${index}` });
    const prefer = { prefer: 'odata.maxpagesize=3,odata.include-annotations="*"' };
    const seen: unknown[] = [];
    const sizes: number[] = [];
    for (let link: string | undefined = "queues?$select=name&$orderby=name"; link !== undefined;) {
      const { json, headers } = await callers.ask(server, "GET", link, undefined, prefer);
      expect(headers["preference-applied"]).toBe('odata.maxpagesize=3,odata.include-annotations="*"');
      sizes.push(json.value?.length ?? 0);
      seen.push(...(json.value ?? []).map(({ name }) => name));
      link = json["@odata.nextLink"] as string | undefined;
    }
    expect(sizes).toEqual([3, 3, 1]);
    expect(seen).toEqual(Array.from({ length: 7 }, (_, index) => `queue ${index}`));
  });

  test("a write whose answer cannot be made is not done", async () => {
    const server = await callers.start();
    const prefer = { prefer: "return=representation" };
    const created = await callers.ask(server, "POST", "queues?$select=nonsense", { name: "Sales" }, prefer);
    expect([created.status, server.snapshot().queue, server.snapshot().mailbox]).toEqual([400, {}, {}]);
  });

  test("the first of many have no next page, and a count says whether it is all", async () => {
    const server = await callers.start();
    for (let index = 0; index < 3; index += 1) server.seed.addQueue({ name: `queue ${index}` });
    const prefer = { prefer: 'odata.maxpagesize=1,odata.include-annotations="Microsoft.Dynamics.CRM.total*"' };
    const { json } = await callers.ask(server, "GET", "queues?$select=name&$top=2&$count=true", undefined, prefer);
    expect(json).not.toHaveProperty(["@odata.nextLink"]);
    expect(json).toMatchObject({ "@odata.count": 3, "@Microsoft.Dynamics.CRM.totalrecordcountlimitexceeded": false });
    expect(json.value).toHaveLength(2);
  });

  test("the path of a column, a table, or a version that is not there", async () => {
    const server = await callers.start();
    const status = async (path: string, method = "GET") => (await callers.ask(server, method, path)).status;
    expect(await status("accounts")).toBe(404);
    expect(await status("mailboxes(5)")).toBe(400);
    expect(await status(`mailboxes(${randomUUID()})`)).toBe(404);
    expect(await status("../v8.2/mailboxes")).toBe(404);
    expect(await status("../v9.0/mailboxes")).toBe(200);
    expect(await status("/api/data/v9.1/mailboxes")).toBe(404);
    expect(await status(`mailboxes?$filter=${"x".repeat(33_000)}`)).toBe(414);
    expect(await status("teams", "DELETE")).toBe(405);
    expect((await callers.ask(server, "POST", "queues", "{", {})).status).toBe(400);
    expect((await callers.ask(server, "POST", "queues", "{}", { "content-type": "text/plain" })).status).toBe(415);
  });
});
