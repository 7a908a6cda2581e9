import { randomUUID } from "node:crypto";
import type { DynamicsServerOptions } from "../../servers/dynamics/dynamicsServer";
import { mailboxRules } from "../../servers/dynamics/mailboxRules";
import { profileRules } from "../../servers/dynamics/profileRules";
import { exchangeProfile, internetProfile, callersOfTests } from "./caller";

const callers = callersOfTests();

const http = "http://mail.contoso.com/EWS/Exchange.asmx";
const ownOutgoing = { usesamesettingsforoutgoingconnections: false, outgoingcredentialretrieval: 0 };
const byProfile = { incomingcredentialretrieval: 1, incomingusername: "crm@contoso.com", incomingpassword: "secret" };

/** Each breaks one rule, and only that. */
const brokenProfiles: [string, object, Partial<DynamicsServerOptions>?][] = [
  ["0x8005E201", { ...internetProfile, incomingusessl: false }, { deployment: "online" }],
  ["0x8005E202", { ...exchangeProfile, incomingcredentialretrieval: 3 }, { deployment: "online" }],
  ["0x8005E203", { ...exchangeProfile, ...ownOutgoing, outgoingcredentialretrieval: 4 }],
  ["0x8005E204", { name: "x", servertype: 1, useautodiscover: true }],
  ["0x8005E205", { ...exchangeProfile, useautodiscover: true }],
  ["0x8005E20A", { ...exchangeProfile, incomingserverlocation: "mail.contoso.com" }],
  ["0x8005E20A", { ...internetProfile, outgoingserverlocation: "https://smtp.contoso.com" }],
  ["0x8005E214", { ...internetProfile, ...byProfile }],
  ["0x8005E234", { ...internetProfile, outgoingusessl: false }, { settings: { allowNonSslEmail: false } }],
  ["0x8005E235", { ...internetProfile, outgoingautograntdelegateaccess: true }],
  ["0x8005E236", { ...internetProfile, incominguseimpersonation: true }],
  ["0x8005E238", { ...exchangeProfile, outgoingusername: "other@contoso.com" }],
  ["0x8005E23B", { ...internetProfile, incomingauthenticationprotocol: 1 }],
  ["0x8005E23C", { ...exchangeProfile, incomingauthenticationprotocol: 2 }, { deployment: "online" }],
  [
    "0x8005E23C",
    { ...exchangeProfile, incomingauthenticationprotocol: 2 },
    { settings: { allowAdBasedAuthentication: false } },
  ],
  [
    "0x8005E23D",
    { ...internetProfile, incomingusessl: false, incomingauthenticationprotocol: 3 },
    { settings: { allowBasicOnNonSecureChannel: false } },
  ],
  ["0x8005E23E", { ...exchangeProfile, incomingusessl: false }],
  ["0x8005E23F", { ...exchangeProfile, outgoingusessl: false }],
  ["0x8005E240", { ...exchangeProfile, incomingserverlocation: http }],
  ["0x8005E241", { ...exchangeProfile, outgoingserverlocation: http }],
  [
    "0x8005E244",
    { ...exchangeProfile, processemailsreceivedafter: "2001-01-01T00:00:00Z" },
    { settings: { processEmailSinceMaximumDays: 30 } },
  ],
  ["0x8005E245", { ...exchangeProfile, incomingcredentialretrieval: 2 }],
  ["0x8005E24B", { ...exchangeProfile, incomingserverlocation: null }],
  ["0x8005E24C", { ...exchangeProfile, outgoingserverlocation: null }],
  ["0x8005E24D", { ...exchangeProfile, ...byProfile, incominguseimpersonation: true, incomingusername: null }],
  ["0x8005E24E", { ...exchangeProfile, ...byProfile, incominguseimpersonation: true, incomingpassword: "" }],
  ["0x8005E251", { ...exchangeProfile, ...byProfile, incomingusername: null }],
  ["0x8005E252", { ...exchangeProfile, ...ownOutgoing, outgoingcredentialretrieval: 1, outgoingpassword: "x" }],
  ["0x8005E253", { ...exchangeProfile, ...byProfile, incomingpassword: null }],
  ["0x8005E254", { ...exchangeProfile, ...ownOutgoing, outgoingcredentialretrieval: 1, outgoingusername: "x" }],
  ["0x8005E255", { name: "x", servertype: 3, incomingserverlocation: http, outgoingserverlocation: http }],
  ["0x8005E25A", { name: "x", servertype: 3, useautodiscover: true, usedefaulttenantid: false }],
  ["0x8005E25B", { name: "x", servertype: 3, useautodiscover: true, exchangeonlinetenantid: "contoso" }],
];

describe("rules of profiles", () => {
  test("each has a case", () => {
    expect([...new Set(brokenProfiles.map(([code]) => code))].sort()).toEqual(
      profileRules.map(({ code }) => code).sort(),
    );
  });

  test.each(brokenProfiles.map(([code, profile, options = {}]) => ({ code, profile, options })))(
    "$code",
    async ({ code, profile, options }) => {
      const server = await callers.start(options);
      const { status, json } = await callers.ask(server, "POST", "emailserverprofiles", profile);
      expect([status, json.error?.code]).toEqual([400, code]);
      expect(server.snapshot().emailserverprofile).toEqual({});
      // On an update as well, and with nothing of it done.
      const id = server.seed.addProfile({ name: "Before", usesamesettingsforoutgoingconnections: true });
      const updated = await callers.ask(server, "PATCH", `emailserverprofiles(${id})`, profile, { "if-match": "*" });
      expect(updated.json.error?.code).toBe(code);
      expect(server.record("emailserverprofiles", id).columns.name).toBe("Before");
    },
  );

  test.each<[string, object, Partial<DynamicsServerOptions>]>([
    ["Exchange with credentials of the mailbox", exchangeProfile, {}],
    [
      "Exchange with the profile's account for both sides",
      { ...exchangeProfile, ...byProfile, incominguseimpersonation: true, outgoingcredentialretrieval: 1 },
      {},
    ],
    ["POP3 and anonymous SMTP", { ...internetProfile, ...ownOutgoing, outgoingcredentialretrieval: 4 }, {}],
    [
      "Exchange Online by server to server",
      { name: "x", servertype: 3, useautodiscover: true, incomingcredentialretrieval: 2 },
      {},
    ],
    ["IMAP online", { ...internetProfile, servertype: 4 }, { deployment: "online" }],
    ["Windows' account on-premises", { ...exchangeProfile, incomingcredentialretrieval: 3 }, {}],
  ])("%s is fine", async (_name, profile, options) => {
    const server = await callers.start(options);
    const { status, json } = await callers.ask(server, "POST", "emailserverprofiles", profile);
    expect([status, json.error]).toEqual([204, undefined]);
  });
});

describe("rules of mailboxes", () => {
  async function contoso() {
    const server = await callers.start();
    const internet = server.seed.addProfile(internetProfile);
    const user = server.seed.addUser({
      fullname: "Ann",
      internalemailaddress: "ann@contoso.com",
      mailbox: { actdeliverymethod: 2 },
    });
    const disabled = server.seed.addUser({
      fullname: "Bob",
      internalemailaddress: "bob@contoso.com",
      isdisabled: true,
      mailbox: { statecode: 1 },
    });
    const queue = server.seed.addQueue({ name: "Sales", emailaddress: "sales@contoso.com" });
    const forward = server.seed.addForwardMailbox({ emailaddress: "forward@contoso.com" });
    return { server, internet, user: user.mailboxId, disabled: disabled.mailboxId, queue: queue.mailboxId, forward };
  }
  type Contoso = Awaited<ReturnType<typeof contoso>>;
  const broken: [string, (contoso: Contoso) => [string, object]][] = [
    ["0x8005E208", ({ user }) => [user, { emailaddress: "other@contoso.com" }]],
    ["0x8005E208", ({ queue }) => [queue, { emailaddress: "other@contoso.com" }]],
    ["0x8005E210", ({ queue }) => [queue, { incomingemaildeliverymethod: 1 }]],
    ["0x8005E211", ({ forward }) => [forward, { emailaddress: null }]],
    ["0x8005E212", ({ forward }) => [forward, { incomingemaildeliverymethod: 3 }]],
    ["0x8005E213", ({ forward }) => [forward, { outgoingemaildeliverymethod: 2 }]],
    ["0x8005E233", ({ user }) => [user, { processanddeleteemails: true }]],
    ["0x8005E230", ({ disabled }) => [disabled, { statecode: 0 }]],
    [
      "0x8005E247",
      ({ user, internet }) => [
        user,
        { actdeliverymethod: 1, "emailserverprofile@odata.bind": `/emailserverprofiles(${internet})` },
      ],
    ],
    [
      "0x8005E248",
      ({ server, user }) => {
        server.editByHand("mailboxes", user, { testemailconfigurationscheduled: true });
        return [user, { username: "ann" }];
      },
    ],
  ];

  test("each has a case", () => {
    expect([...new Set(broken.map(([code]) => code))].sort()).toEqual(mailboxRules.map(({ code }) => code).sort());
  });

  test.each(broken)("%s", async (code, breaks) => {
    const world = await contoso();
    const [id, changes] = breaks(world);
    const before = world.server.record("mailboxes", id);
    const { status, json } = await callers.ask(world.server, "PATCH", `mailboxes(${id})`, changes);
    expect([status, json.error?.code]).toEqual([400, code]);
    expect(world.server.record("mailboxes", id)).toEqual(before);
  });

  test("what a queue and a forward mailbox may, and an address that stays as it is", async () => {
    const { server, queue, forward, user } = await contoso();
    const patch = async (id: string, changes: object) =>
      (await callers.ask(server, "PATCH", `mailboxes(${id})`, changes)).status;
    expect(await patch(queue, { processanddeleteemails: true })).toBe(204);
    expect(await patch(forward, { emailaddress: "other@contoso.com", processanddeleteemails: true })).toBe(204);
    expect(await patch(user, { emailaddress: "ann@contoso.com" })).toBe(204);
  });

  test("a created mailbox is a forward mailbox and can be deleted; those of users and queues cannot", async () => {
    const { server, queue, user } = await contoso();
    const id = randomUUID();
    const regarding = {
      emailaddress: "x@contoso.com",
      "regardingobjectid@odata.bind": `/systemusers(${randomUUID()})`,
    };
    const created = await callers.ask(server, "POST", "mailboxes", {
      mailboxid: id,
      name: "New",
      emailaddress: "new@contoso.com",
    });
    expect(created.headers["odata-entityid"]).toBe(`${server.apiUrl}mailboxes(${id})`);
    expect(server.record("mailboxes", id).columns).toMatchObject({
      isforwardmailbox: true,
      incomingemaildeliverymethod: 2,
      outgoingemaildeliverymethod: 0,
      actdeliverymethod: 2,
      emailrouteraccessapproval: 1,
      testmailboxaccesscompletedon: "1900-01-01T00:00:00Z",
    });
    const withUser = await callers.ask(server, "POST", "mailboxes", { name: "x", ...regarding });
    expect(withUser.json.error?.code).toBe("0x8005E207");
    expect((await callers.ask(server, "POST", "mailboxes", { emailaddress: "x@contoso.com" })).json.error?.code).toBe(
      "0x80040200",
    );
    const remove = async (mailbox: string) =>
      (await callers.ask(server, "DELETE", `mailboxes(${mailbox})`)).json.error?.code;
    expect([await remove(id), await remove(queue), await remove(user)]).toEqual([
      undefined,
      "0x8005E200",
      "0x8005E200",
    ]);
  });
});

describe("what belongs together", () => {
  test("a state and its reason", async () => {
    const server = await callers.start();
    const id = server.seed.addProfile(exchangeProfile);
    const patch = async (changes: object) => {
      const { json } = await callers.ask(server, "PATCH", `emailserverprofiles(${id})`, changes);
      const { statecode, statuscode } = server.record("emailserverprofiles", id).columns;
      return [json.error?.code, statecode, statuscode];
    };
    expect(await patch({ statecode: 1, statuscode: 1 })).toEqual(["0x80048408", 0, 1]);
    expect(await patch({ statuscode: 2 })).toEqual(["0x80048408", 0, 1]);
    expect(await patch({ statecode: 1 })).toEqual([undefined, 1, 2]);
    expect(await patch({ statecode: 0, statuscode: 1 })).toEqual([undefined, 0, 1]);
  });

  test("a deleted profile leaves its mailboxes and the organization without one", async () => {
    const server = await callers.start();
    const profile = server.seed.addProfile(exchangeProfile);
    server.configure({
      defaultemailserverprofileid: profile,
      defaultemailsettings:
        "<EmailSettings><IncomingEmailDeliveryMethod>2</IncomingEmailDeliveryMethod><OutgoingEmailDeliveryMethod>2</OutgoingEmailDeliveryMethod><ACTDeliveryMethod>1</ACTDeliveryMethod></EmailSettings>",
    });
    const { mailboxId } = server.seed.addUser({ fullname: "Ann", internalemailaddress: "ann@contoso.com" });
    expect(server.record("mailboxes", mailboxId).columns).toMatchObject({
      _emailserverprofile_value: profile,
      incomingemaildeliverymethod: 2,
      outgoingemaildeliverymethod: 2,
      actdeliverymethod: 1,
    });
    const before = server.record("mailboxes", mailboxId).columns.versionnumber;
    expect((await callers.ask(server, "DELETE", `emailserverprofiles(${profile})`)).status).toBe(204);
    const { columns } = server.record("mailboxes", mailboxId);
    expect(columns._emailserverprofile_value).toBeNull();
    expect(columns.versionnumber).not.toBe(before);
    expect(server.record("organizations", server.organizationId).columns._defaultemailserverprofileid_value).toBeNull();
  });

  test("a user's new address is the mailbox's, and has to be approved again", async () => {
    const server = await callers.start();
    const { id, mailboxId } = server.seed.addUser({ fullname: "Ann", internalemailaddress: "ann@contoso.com" });
    await callers.ask(server, "PATCH", `systemusers(${id})`, { internalemailaddress: "anna@contoso.com" });
    expect(server.record("mailboxes", mailboxId).columns).toMatchObject({
      emailaddress: "anna@contoso.com",
      emailrouteraccessapproval: 2,
    });
    await callers.ask(server, "PATCH", `systemusers(${id})`, { emailrouteraccessapproval: 1 });
    expect(server.record("mailboxes", mailboxId).columns.emailrouteraccessapproval).toBe(1);
  });

  test.each([
    ["granted", 204, 1, true],
    ["silent", 204, 2, false],
    ["refused", 403, 2, false],
  ] as const)("an approval that is %s", async (approval, status, approved, byAdministrator) => {
    const server = await callers.start({ deployment: "online", approval });
    const user = { fullname: "Ann", internalemailaddress: "ann@contoso.com", emailrouteraccessapproval: 2 };
    const targets = [server.seed.addUser(user), server.seed.addUser(user)];
    const answers = [
      await callers.ask(server, "PATCH", `systemusers(${targets[0]?.id ?? ""})`, { emailrouteraccessapproval: 1 }),
      await callers.ask(server, "PATCH", `mailboxes(${targets[1]?.mailboxId ?? ""})`, { emailrouteraccessapproval: 1 }),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([status, status]);
    expect(answers.map(({ json }) => json.error?.code)).toEqual(
      Array(2).fill(status === 403 ? "0x8009000B" : undefined),
    );
    for (const { mailboxId } of targets)
      expect(server.record("mailboxes", mailboxId).columns).toMatchObject({
        emailrouteraccessapproval: approved,
        isemailaddressapprovedbyo365admin: byAdministrator,
      });
  });
});
