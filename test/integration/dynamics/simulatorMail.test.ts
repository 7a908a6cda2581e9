import { startDynamicsServer, type DynamicsServer } from "../../servers/dynamics/dynamicsServer";
import { mailTester, type MailTesterOptions } from "../../servers/dynamics/mail/mailTester";
import { accessToken, address, account, ExchangeLab, secret, serviceAccount } from "../../servers/ews/exchangeLab";
import { mailLabAvailability, startMailLab, type MailLab } from "../../servers/mailLab";
import { createAuthority } from "../../servers/pki";
import { until } from "../../servers/processes";
import { describeIfAvailable } from "../../support/layers";

let server: DynamicsServer | undefined;
afterEach(async () => {
  await server?.stop();
});

/** Tests and enables one mailbox, and gives its columns and the codes of its alerts. */
async function tested(
  mailbox: Record<string, string | number | boolean>,
  profile: Record<string, string | number | boolean>,
  options: MailTesterOptions,
) {
  const authority = await createAuthority();
  server = await startDynamicsServer({
    certificate: await authority.issue(),
    secondsPerMinute: 0.01,
    mostRetries: 1,
    settings: { allowNonSslEmail: true },
    tester: mailTester(options),
  });
  const { organization, seed, tests } = server;
  const id = seed.addProfile({ name: "Profile", ...profile });
  const user = seed.addUser({
    fullname: "Ann",
    internalemailaddress: String(mailbox.emailaddress),
    mailbox: {
      emailserverprofile: { table: "emailserverprofile", id },
      allowemailconnectortousecredentials: true,
      testemailconfigurationscheduled: true,
      ...mailbox,
    },
  });
  tests.schedule(user.mailboxId);
  const read = () => organization.store.get("mailbox", user.mailboxId);
  await until("the test to end", () => read().testemailconfigurationscheduled === false, 20_000);
  const alerts = Object.values(server.snapshot().tracelog).map(({ columns }) => columns);
  const statuses = [read().incomingemailstatus, read().outgoingemailstatus, read().actstatus];
  return { statuses, codes: [...new Set(alerts.map(({ errortypedisplay }) => errortypedisplay))], runs: tests.runs };
}

describeIfAvailable("the simulator's Test & Enable on real mail servers", mailLabAvailability(), () => {
  let lab: MailLab;
  beforeAll(async () => {
    lab = await startMailLab();
  });
  afterAll(() => lab.stop());

  const alice = "alice@lab.test";
  const mailbox = (password?: string) => ({
    emailaddress: alice,
    username: alice,
    password: password ?? lab.users[alice] ?? "",
    incomingemaildeliverymethod: 2,
    outgoingemaildeliverymethod: 2,
    actdeliverymethod: 2,
  });
  const profile = (servertype: number, incomingportnumber: number, outgoingportnumber: number) => ({
    servertype,
    incomingserverlocation: lab.host,
    outgoingserverlocation: lab.host,
    incomingportnumber,
    outgoingportnumber,
  });
  const ports = () => ({ imap: lab.imap, pop3: lab.pop3, smtp: lab.smtp });

  test.each([
    ["IMAP with TLS", 4, () => [ports().imap.tls, ports().smtp.tls]],
    ["IMAP with STARTTLS", 4, () => [ports().imap.starttls, ports().smtp.starttls]],
    ["POP3 with TLS", 1, () => [ports().pop3.tls, ports().smtp.starttls]],
    ["POP3 with STLS", 1, () => [ports().pop3.starttls, ports().smtp.tls]],
  ] as const)("passes over %s, and sends the message", async (_name, servertype, chosen) => {
    const before = lab.messages(alice).length;
    const [incoming = 0, outgoing = 0] = chosen();
    const result = await tested(mailbox(), profile(servertype, incoming, outgoing), {
      caCertificates: [lab.caCertificate],
    });
    expect(result).toEqual({ statuses: [1, 1, 0], codes: [null], runs: 1 });
    const messages = await lab.waitForMessages(alice, before + 1, 10_000);
    expect(messages.at(-1)).toContain("Your mailbox is now connected to Dynamics 365");
  });

  test.each([
    ["IMAP", 4, () => ports().imap.tls],
    ["POP3", 1, () => ports().pop3.tls],
  ] as const)("refuses a wrong password over %s at once", async (_name, servertype, port) => {
    const result = await tested(mailbox("wrong"), profile(servertype, port(), lab.smtp.tls), {
      caCertificates: [lab.caCertificate],
    });
    expect(result).toMatchObject({ statuses: [2, 2, 0], runs: 1 });
    expect(result.codes.sort()).toEqual(["IncomingEmailAuthenticationError", "OutgoingEmailAuthenticationError"]);
  });

  test("tries again where nobody listens, or nobody trusts", async () => {
    const nobody = await tested(mailbox(), profile(4, 1, 1), { caCertificates: [lab.caCertificate] });
    expect(nobody).toMatchObject({
      statuses: [2, 2, 0],
      codes: ["InvalidIncomingEmailServerProfileConfiguration"],
      runs: 2,
    });
    await server?.stop();
    const untrusted = await tested(mailbox(), profile(4, lab.imap.tls, lab.smtp.starttls), { caCertificates: [] });
    expect(untrusted).toMatchObject({ statuses: [2, 2, 0], codes: ["MailboxAccessError"], runs: 2 });
  });
});

describe("the simulator's Test & Enable on Exchange", () => {
  let lab: ExchangeLab;
  beforeAll(async () => {
    lab = await ExchangeLab.create();
  });
  afterEach(() => lab.stop());

  const everything = {
    emailaddress: address,
    incomingemaildeliverymethod: 2,
    outgoingemaildeliverymethod: 2,
    actdeliverymethod: 1,
  };
  const own = { ...everything, username: account, password: secret };
  const trust = () => ({ caCertificates: [lab.authority.certificate] });
  const exchange = (url: string) => ({ servertype: 0, incomingserverlocation: url, outgoingserverlocation: url });

  test.each([
    ["auto detect", 0],
    ["NTLM", 2],
    ["Basic", 3],
  ])("passes with the mailbox's account and %s", async (_name, protocol) => {
    const { url, store } = await lab.start();
    const profile = {
      ...exchange(url),
      incomingauthenticationprotocol: protocol,
      outgoingauthenticationprotocol: protocol,
    };
    expect(await tested(own, profile, trust())).toMatchObject({ statuses: [1, 1, 1], runs: 1 });
    expect(JSON.stringify(store.mailbox(address))).toContain("Your mailbox is now connected to Dynamics 365");
  });

  test("passes with the profile's account and impersonation, and fails without the right to it", async () => {
    const { url } = await lab.start({ impersonators: [serviceAccount] });
    const profile = {
      ...exchange(url),
      incomingcredentialretrieval: 1,
      incomingusername: serviceAccount,
      incomingpassword: secret,
      incominguseimpersonation: true,
    };
    expect(await tested(everything, profile, trust())).toMatchObject({ statuses: [1, 1, 1] });
    await server?.stop();
    const other = await lab.start();
    const refused = await tested(everything, { ...profile, ...exchange(other.url) }, trust());
    expect(refused).toMatchObject({ statuses: [2, 2, 2], codes: ["ErrorImpersonateUserDenied"], runs: 1 });
  });

  test("finds Exchange by autodiscover, or says that it cannot", async () => {
    const { url } = await lab.start();
    const profile = { servertype: 0, useautodiscover: true };
    expect(await tested(own, profile, { ...trust(), exchangeUrl: url })).toMatchObject({ statuses: [1, 1, 1] });
    await server?.stop();
    expect(await tested(own, profile, trust())).toMatchObject({ statuses: [2, 2, 2], codes: ["8004503A"], runs: 1 });
  });

  test("passes with a token server to server, and not with a wrong one or password", async () => {
    const { url } = await lab.start({ schemes: ["Bearer", "NTLM"], impersonators: [address] });
    const profile = { ...exchange(url), servertype: 3, incomingcredentialretrieval: 2 };
    const withToken = (given: string) =>
      tested(everything, profile, { ...trust(), accessToken: () => Promise.resolve(given) });
    expect((await withToken("wrong")).codes).toEqual(["Http401"]);
    await server?.stop();
    expect((await tested({ ...own, password: "wrong" }, exchange(url), trust())).codes).toEqual(["Http401"]);
    await server?.stop();
    expect(await withToken(accessToken)).toMatchObject({ statuses: [1, 1, 1], runs: 1 });
  });
});
