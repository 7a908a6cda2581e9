import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { MailboxTestRequest } from "../../../provider/src/testing/types";
import { Pop3Session } from "../../../provider/src/testing/pop3";
import type { Endpoint, SignIn, TestResult } from "../../../provider/src/testing/types";
import { Budget } from "../../../provider/src/transport/budget";
import { mailLabAvailability, startMailLab, type MailLab } from "../../servers/mailLab";
import { describeIfAvailable } from "../../support/layers";

describeIfAvailable("Test & Enable over POP3 against Dovecot and Postfix", mailLabAvailability(), () => {
  let lab: MailLab;
  beforeAll(async () => {
    lab = await startMailLab();
  }, 60_000);
  afterAll(async () => {
    await lab.stop();
  }, 30_000);

  type Security = "tls" | "starttls";
  const endpoint = (protocol: "pop3" | "smtp", security: Security): Endpoint => ({
    protocol,
    host: lab.host,
    port: lab[protocol][security],
    security,
    caCertificates: lab.caCertificate,
  });
  const password = (user: string) => ({ type: "password", username: user, password: lab.users[user] ?? "" }) as const;
  const request = (user: string, signIn: SignIn, security: Security = "tls"): MailboxTestRequest => ({
    emailAddress: user,
    incoming: { endpoint: endpoint("pop3", security), signIn },
    outgoing: { endpoint: endpoint("smtp", security), signIn },
    roundTrip: true,
    timeoutSeconds: 30,
    maxConcurrentTests: 4,
  });
  const byName = (results: readonly TestResult[]) => Object.fromEntries(results.map((result) => [result.test, result]));
  const statuses = (results: readonly TestResult[]) => results.map(({ test, status }) => `${test} ${status}`);
  const allSuccess = ["incomingEmail Success", "outgoingEmail Success", "roundTrip Success"];

  test.each(["tls", "starttls"] as const)("signs in, sends, receives and removes over %s", async (security) => {
    const user = "alice@lab.test";
    expect(statuses(await runMailboxTest(request(user, password(user), security)))).toEqual(allSuccess);
    expect(lab.messages(user)).toEqual([]);
  });

  test("signs in with an access token", async () => {
    const user = "bob@lab.test";
    const token: SignIn = { type: "access-token", username: user, accessToken: lab.accessToken(user) };
    expect(statuses(await runMailboxTest(request(user, token)))).toEqual(allSuccess);
  });

  test("names user, server's words and remedy for a wrong password, and never the password", async () => {
    const user = "carol@lab.test";
    const wrong = "wr0ng-Passw0rd";
    const results = await runMailboxTest(request(user, { type: "password", username: user, password: wrong }));
    const { incomingEmail } = byName(results);
    expect(incomingEmail).toMatchObject({ status: "Failure", code: "pop3-authentication-failed", transient: false });
    expect(incomingEmail?.message).toContain(`127.0.0.1:${lab.pop3.tls} (TLS) refused user ${user} (password)`);
    expect(incomingEmail?.message).toContain("-ERR [AUTH]");
    expect(JSON.stringify(results)).not.toContain(wrong);
    expect(JSON.stringify(results)).not.toContain(Buffer.from(`\0${user}\0${wrong}`).toString("base64"));
  });

  test.each([{ expired: true }, { wrongKey: true }])("refuses an access token that is %j", async (flaw) => {
    const user = "bob@lab.test";
    const token = lab.accessToken(user, flaw);
    const results = await runMailboxTest(request(user, { type: "access-token", username: user, accessToken: token }));
    expect(byName(results).incomingEmail).toMatchObject({ status: "Failure", code: "pop3-token-refused" });
    expect(JSON.stringify(results)).not.toContain(token);
  });

  test("reports a bounce with the server's reason, and removes it", async () => {
    const user = "bounce@lab.test";
    const { roundTrip } = byName(await runMailboxTest(request(user, password(user))));
    expect(roundTrip).toMatchObject({ status: "Failure", code: "message-bounced", transient: false });
    expect(roundTrip?.message).toContain("Mailbox full, quota exceeded");
    expect(lab.messages(user)).toEqual([]);
  }, 30_000);

  test("says so when an accepted message does not arrive, within the budget", async () => {
    const user = "quota@lab.test";
    const start = performance.now();
    const { roundTrip } = byName(await runMailboxTest({ ...request(user, password(user)), timeoutSeconds: 5 }));
    expect(roundTrip).toMatchObject({ status: "Failure", code: "message-not-delivered", transient: true });
    expect(performance.now() - start).toBeLessThan(6000);
  }, 20_000);

  test("removes what an interrupted test left behind, and nothing else", async () => {
    const user = "dave@lab.test";
    const asked = request(user, password(user));
    await runMailboxTest({ ...asked, roundTrip: false });
    await lab.waitForMessages(user, 1, 10_000);
    const other = "erin@lab.test";
    // Another mailbox's test message is not ours to remove: its token begins otherwise.
    await runMailboxTest({ ...request(other, password(other)), roundTrip: false });
    await lab.waitForMessages(other, 1, 10_000);
    expect(statuses(await runMailboxTest(asked))).toEqual(allSuccess);
    expect(lab.messages(user)).toEqual([]);
    expect(lab.messages(other)).toHaveLength(1);
  });

  test("what is deleted is gone only after a clean end of the session", async () => {
    const user = "erin@lab.test";
    const signIn = password(user);
    const open = () => Pop3Session.open(endpoint("pop3", "tls"), signIn, Budget.ofSeconds(10), () => undefined);
    const before = lab.messages(user).length + 1;
    await runMailboxTest({ ...request(user, signIn), roundTrip: false });
    await lab.waitForMessages(user, before, 10_000);
    const broken = await open();
    const [message] = await broken.newest(40, false);
    await broken.remove([message?.number ?? 0]);
    broken.close();
    expect(lab.messages(user)).toHaveLength(before);
    const clean = await open();
    const [again] = await clean.newest(40, false);
    expect(again?.uid).toBe(message?.uid);
    expect(await clean.source(again?.number ?? 0)).toContain("X-Server-Side-Sync-Test: sss-");
    await clean.remove([again?.number ?? 0]);
    await clean.quit();
    expect(lab.messages(user)).toHaveLength(before - 1);
  });
});
