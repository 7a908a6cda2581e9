import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { MailboxTestRequest } from "../../../provider/src/testing/types";
import type { Endpoint, SignIn, TestResult } from "../../../provider/src/testing/types";
import { mailLabAvailability, startMailLab, type MailLab } from "../../servers/mailLab";
import { describeIfAvailable } from "../../support/layers";

describeIfAvailable("Test & Enable against Dovecot and Postfix", mailLabAvailability(), () => {
  let lab: MailLab;
  beforeAll(async () => {
    lab = await startMailLab();
  }, 60_000);
  afterAll(async () => {
    await lab.stop();
  }, 30_000);

  type Security = "tls" | "starttls";
  const endpoint = (protocol: "imap" | "smtp", security: Security): Endpoint => ({
    protocol,
    host: lab.host,
    port: lab[protocol][security],
    security,
    caCertificates: lab.caCertificate,
  });
  const password = (user: string): SignIn => ({ type: "password", username: user, password: lab.users[user] ?? "" });
  const request = (user: string, signIn: SignIn, security: Security = "tls"): MailboxTestRequest => ({
    emailAddress: user,
    incoming: { endpoint: endpoint("imap", security), signIn },
    outgoing: { endpoint: endpoint("smtp", security), signIn },
    roundTrip: true,
    timeoutSeconds: 20,
    maxConcurrentTests: 4,
  });
  const byName = (results: readonly TestResult[]) => Object.fromEntries(results.map((result) => [result.test, result]));
  const statuses = (results: readonly TestResult[]) => results.map(({ test, status }) => `${test} ${status}`);
  const allSuccess = ["incomingEmail Success", "outgoingEmail Success", "roundTrip Success"];

  test.each(["tls", "starttls"] as const)("signs in, sends, receives and removes over %s", async (security) => {
    const user = "alice@lab.test";
    const results = await runMailboxTest(request(user, password(user), security));
    expect(statuses(results)).toEqual(allSuccess);
    expect(lab.messages(user)).toEqual([]);
  });

  test("signs in with an access token in both directions", async () => {
    const user = "bob@lab.test";
    const token: SignIn = { type: "access-token", username: user, accessToken: lab.accessToken(user) };
    expect(statuses(await runMailboxTest(request(user, token)))).toEqual(allSuccess);
  });

  test("names the user, the server's words and the remedy for a wrong password, and never the password", async () => {
    const user = "carol@lab.test";
    const wrong = "wr0ng-Passw0rd";
    const results = await runMailboxTest(request(user, { type: "password", username: user, password: wrong }));
    const { incomingEmail, outgoingEmail, roundTrip } = byName(results);
    expect(incomingEmail).toMatchObject({ status: "Failure", code: "imap-authentication-failed", transient: false });
    expect(incomingEmail?.message).toContain(`127.0.0.1:${lab.imap.tls} (TLS) refused user ${user} (password)`);
    expect(incomingEmail?.message).toContain("[AUTHENTICATIONFAILED]");
    expect(outgoingEmail).toMatchObject({ status: "Failure", code: "smtp-authentication-failed", transient: false });
    expect(outgoingEmail?.message).toContain("535 5.7.8");
    expect(roundTrip?.status).toBe("Not Run");
    expect(JSON.stringify(results)).not.toContain(wrong);
    expect(JSON.stringify(results)).not.toContain(Buffer.from(`\0${user}\0${wrong}`).toString("base64"));
  });

  test.each([{ expired: true }, { wrongKey: true }])("refuses an access token that is %j", async (flaw) => {
    const user = "bob@lab.test";
    const token = lab.accessToken(user, flaw);
    const results = await runMailboxTest(request(user, { type: "access-token", username: user, accessToken: token }));
    const { incomingEmail, outgoingEmail } = byName(results);
    expect(incomingEmail).toMatchObject({ status: "Failure", code: "imap-token-refused" });
    expect(outgoingEmail).toMatchObject({ status: "Failure", code: "smtp-token-refused" });
    expect(JSON.stringify(results)).not.toContain(token);
  });

  test("reports a bounce with the server's reason, and removes it", async () => {
    const user = "bounce@lab.test";
    const { outgoingEmail, roundTrip } = byName(await runMailboxTest(request(user, password(user))));
    expect(outgoingEmail?.status).toBe("Success");
    expect(roundTrip).toMatchObject({ status: "Failure", code: "message-bounced", transient: false });
    expect(roundTrip?.message).toContain("Mailbox full, quota exceeded");
    expect(lab.messages(user)).toEqual([]);
  }, 20_000);

  test("says so when an accepted message does not arrive, within the budget", async () => {
    const user = "quota@lab.test";
    const start = performance.now();
    const { roundTrip } = byName(await runMailboxTest({ ...request(user, password(user)), timeoutSeconds: 5 }));
    expect(roundTrip).toMatchObject({ status: "Failure", code: "message-not-delivered", transient: true });
    expect(performance.now() - start).toBeLessThan(6000);
  }, 20_000);

  test("retries a greylisted recipient and then says that it is transient", async () => {
    const user = "grey@lab.test";
    const { outgoingEmail } = byName(await runMailboxTest(request(user, password(user))));
    expect(outgoingEmail).toMatchObject({ status: "Failure", code: "smtp-greylisted", transient: true });
  });

  test("says that a mailbox is full where the server refuses the recipient", async () => {
    const user = "full@lab.test";
    const { outgoingEmail } = byName(await runMailboxTest(request(user, password(user))));
    expect(outgoingEmail).toMatchObject({ status: "Failure", code: "smtp-mailbox-full", transient: false });
  });

  test("does not trust the lab's authority unless it is told to, and names the certificate", async () => {
    const user = "alice@lab.test";
    const asked = request(user, password(user));
    for (const side of [asked.incoming, asked.outgoing])
      if (side !== undefined && "endpoint" in side) delete side.endpoint.caCertificates;
    const { incomingEmail, outgoingEmail } = byName(await runMailboxTest(asked));
    expect(incomingEmail).toMatchObject({ status: "Failure", code: "tls-untrusted-certificate" });
    expect(outgoingEmail).toMatchObject({ status: "Failure", code: "tls-untrusted-certificate" });
    expect(incomingEmail?.message).toContain('issued by "Lab Authority"');
    expect(incomingEmail?.remedy).toContain("caCertificates");
  });

  test("removes what an interrupted test left behind, and nothing else", async () => {
    const user = "dave@lab.test";
    const asked = request(user, password(user));
    // Sent without a round trip, a test message stays.
    await runMailboxTest({ ...asked, roundTrip: false });
    const [left] = await lab.waitForMessages(user, 1, 10_000);
    expect(left).toContain("X-Server-Side-Sync-Test: sss-");
    expect(statuses(await runMailboxTest(asked))).toEqual(allSuccess);
    expect(lab.messages(user)).toEqual([]);
  });

  test("stops after RCPT for a queue: nothing is delivered", async () => {
    const user = "queue@lab.test";
    const asked = { ...request(user, password(user)), roundTrip: false, accessCheckOnly: true };
    expect(statuses(await runMailboxTest(asked))).toEqual([
      "incomingEmail Success",
      "outgoingEmail Success",
      "roundTrip Not Run",
    ]);
    const wrong = await runMailboxTest({
      ...asked,
      outgoing: { endpoint: endpoint("smtp", "tls"), signIn: { type: "password", username: user, password: "nope" } },
    });
    expect(byName(wrong).outgoingEmail).toMatchObject({ status: "Failure", code: "smtp-authentication-failed" });
    expect(lab.messages(user)).toEqual([]);
  });
});
