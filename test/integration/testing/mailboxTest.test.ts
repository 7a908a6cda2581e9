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

  test("removes what an interrupted test left behind, and nothing else", async () => {
    const user = "dave@lab.test";
    const asked = request(user, password(user));
    // Sent without a round trip, a test message stays.
    await runMailboxTest({ ...asked, roundTrip: false });
    const [left] = await lab.waitForMessages(user, 1, 10_000);
    expect(left).toContain("X-Server-Side-Sync-Test: sss-");
    // RFC 3834 and Exchange: nobody answers automatically to a message that comes automatically.
    expect(left).toMatch(/^Auto-Submitted: auto-generated\r?$/m);
    expect(left).toMatch(/^X-Auto-Response-Suppress: All\r?$/m);
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
