import { ImapFlow } from "imapflow";
import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { MailboxTestRequest, MailSide } from "../../../provider/src/testing/types";
import { until } from "../../servers/processes";
import { startSandbox, type Sandbox } from "../../servers/sandbox/sandbox";

const user = "sales@contoso.example";
const manager = "ceo@contoso.example";

describe("the sandbox of npm start", () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startSandbox({ internet: [user], exchange: [manager] });
  });
  afterAll(() => sandbox.stop());

  const request = (password: string): MailboxTestRequest => {
    const { host, imapPort, smtpPort, caCertificate: caCertificates } = sandbox.access;
    const signIn = { type: "password", username: user, password } as const;
    return {
      emailAddress: user,
      incoming: { endpoint: { protocol: "imap", host, port: imapPort, security: "tls", caCertificates }, signIn },
      outgoing: { endpoint: { protocol: "smtp", host, port: smtpPort, security: "starttls", caCertificates }, signIn },
      roundTrip: true,
      timeoutSeconds: 10,
      maxConcurrentTests: 4,
    };
  };
  const password = () => sandbox.access.users[user] ?? "";
  const client = () =>
    new ImapFlow({
      host: sandbox.access.host,
      port: sandbox.access.imapPort,
      secure: true,
      tls: { ca: sandbox.access.caCertificate },
      auth: { user, pass: password() },
      logger: false,
    });

  test("passes Test & Enable and keeps nothing", async () => {
    const results = await runMailboxTest(request(password()));
    expect(results.map(({ test: name, status }) => `${name} ${status}`)).toEqual([
      "incomingEmail Success",
      "outgoingEmail Success",
      "roundTrip Success",
    ]);
    expect(sandbox.store.messages(user)).toEqual([]);
  });

  test("passes Test & Enable over POP3, too, and leaves other messages alone", async () => {
    const asked = request(password());
    const { host, pop3Port: port, caCertificate: caCertificates } = sandbox.access;
    const signIn = { type: "password", username: user, password: password() } as const;
    const endpoint = { protocol: "pop3", host, port, security: "tls", caCertificates } as const;
    sandbox.store.deliver(user, "Subject: not ours\r\n\r\n.a line with a dot\r\n");
    const results = await runMailboxTest({ ...asked, incoming: { endpoint, signIn } });
    expect(results.map(({ test: name, status }) => `${name} ${status}`)).toEqual([
      "incomingEmail Success",
      "outgoingEmail Success",
      "roundTrip Success",
    ]);
    expect(sandbox.store.messages(user).map(({ raw }) => raw.slice(0, 17))).toEqual(["Subject: not ours"]);
    sandbox.store.messages(user)[0]?.flags.add("\\Deleted");
    sandbox.store.expunge(user, () => true);
  });

  test("passes Test & Enable on its Exchange Server, with appointments, contacts, and tasks", async () => {
    const { host, ewsUrl, caCertificate: caCertificates, users } = sandbox.access;
    const port = Number(new URL(ewsUrl).port);
    const side: MailSide = {
      endpoint: { protocol: "ews", host, port, security: "tls", caCertificates },
      signIn: { type: "password", username: manager, password: users[manager] ?? "" },
      exchange: { url: ewsUrl, impersonate: false, method: "auto", version: "Exchange2013_SP1" },
    };
    const asked = { ...request(password()), emailAddress: manager, incoming: side, outgoing: side, writeAccess: true };
    const results = await runMailboxTest({ ...asked, appointmentsContactsTasks: side });
    expect(results.map(({ test: name, status }) => `${name} ${status}`)).toEqual([
      "incomingEmail Success",
      "outgoingEmail Success",
      "appointmentsContactsTasks Success",
      "roundTrip Success",
    ]);
    expect(sandbox.exchange.mailbox(manager)?.items).toEqual([]);
  });

  test("refuses a wrong password in both directions", async () => {
    const [incoming, outgoing] = await runMailboxTest(request("wrong"));
    expect(incoming).toMatchObject({ status: "Failure", code: "imap-authentication-failed" });
    expect(outgoing).toMatchObject({ status: "Failure", code: "smtp-authentication-failed" });
  });

  test("removes only what is marked as deleted, and tells other sessions", async () => {
    for (const subject of ["one", "two", "three"])
      sandbox.store.deliver(user, `Subject: ${subject}\r\n\r\n${subject}\r\n`);
    const [first, second] = [client(), client()];
    await Promise.all([first.connect(), second.connect()]);
    await Promise.all([first.mailboxOpen("INBOX"), second.mailboxOpen("INBOX")]);
    const found = await first.search({ header: { subject: "two" } }, { uid: true });
    expect(found).toHaveLength(1);
    const uid = String(found === false ? "" : found?.[0]);
    const fetched = await first.fetchOne(uid, { source: true, flags: true }, { uid: true });
    expect(fetched === false ? "" : fetched.source?.toString()).toContain("Subject: two");
    await first.messageDelete(uid, { uid: true });
    await second.noop();
    expect(second.mailbox === false ? 0 : second.mailbox.exists).toBe(2);
    expect(sandbox.store.messages(user).map(({ raw }) => raw.slice(9, 12))).toEqual(["one", "thr"]);
    await Promise.all([first.logout(), second.logout()]);
  });
});

describe("the organization beside the sandbox's mail servers", () => {
  let sandbox: Sandbox;
  beforeEach(async () => {
    sandbox = await startSandbox({ internet: [user], exchange: [manager], organization: true });
  });
  afterEach(() => sandbox.stop());

  /** Has the organization test one mailbox: statuses of incoming and outgoing email and appointments. */
  async function tested(address: string, profile: Record<string, string | number | boolean>, password?: string) {
    const { server } = sandbox.organization ?? fail();
    const { seed, tests } = server;
    const mailboxes = Object.entries(server.snapshot().mailbox);
    const [id = ""] = mailboxes.find(([, { columns }]) => columns.emailaddress === address) ?? [];
    seed.edit("mailboxes", id, {
      emailserverprofile: seed.addProfile({ name: "Sandbox", ...profile }),
      incomingemaildeliverymethod: 2,
      outgoingemaildeliverymethod: 2,
      actdeliverymethod: profile.servertype === 0 ? 1 : 2,
      allowemailconnectortousecredentials: true,
      username: address,
      password: password ?? sandbox.access.users[address] ?? "",
      testemailconfigurationscheduled: true,
    });
    tests.schedule(id);
    const columns = () => server.record("mailboxes", id).columns;
    await until("the test to end", () => columns().testemailconfigurationscheduled === false, 20_000);
    const { incomingemailstatus, outgoingemailstatus, actstatus } = columns();
    return [incomingemailstatus, outgoingemailstatus, actstatus];
  }
  const fail = (): never => {
    throw new Error("the sandbox has no organization");
  };
  const pop3 = () => ({
    servertype: 1,
    incomingserverlocation: sandbox.access.host,
    incomingportnumber: sandbox.access.pop3Port,
    outgoingserverlocation: sandbox.access.host,
    outgoingportnumber: sandbox.access.smtpPort,
  });
  const exchange = () => ({
    servertype: 0,
    incomingserverlocation: sandbox.access.ewsUrl,
    outgoingserverlocation: sandbox.access.ewsUrl,
  });

  test("signs in to them over POP3 and SMTP, and sends its message", async () => {
    expect(await tested(user, pop3())).toEqual([1, 1, 0]);
    expect(sandbox.store.messages(user).map(({ raw }) => raw)).toEqual([
      expect.stringContaining("Your mailbox is now connected to Dynamics 365"),
    ]);
  });

  test("signs in to Exchange, with appointments", async () => {
    expect(await tested(manager, exchange())).toEqual([1, 1, 1]);
  });

  test.each([
    ["POP3 and SMTP", user, pop3, 0],
    ["Exchange", manager, exchange, 2],
  ] as const)("fails over %s with a wrong password", async (_name, address, profile, appointments) => {
    expect(await tested(address, profile(), "wrong")).toEqual([2, 2, appointments]);
    expect(sandbox.store.messages(user)).toEqual([]);
  });
});
