import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { Endpoint, SignIn, TestResult } from "../../../provider/src/testing/types";
import {
  imapScript,
  pop3Capabilities,
  pop3Script,
  smtpScript,
  startFaultServer,
  type FaultServer,
  type Script,
  type Twist,
} from "../../servers/faultServer";
import { createAuthority, type Authority, type KeyPair } from "../../servers/pki";

const user = "sales@contoso.com";
const password = "s3cret-Of-Faults";
const byPassword: SignIn = { type: "password", username: user, password };
const budgetSeconds = 2;
/** A deadline is behaviour: the budget plus 1 s. */
const latestMs = budgetSeconds * 1000 + 1000;
const saslPlain = Buffer.from(`\0${user}\0${password}`).toString("base64");

/** What is no failure, or is seen only on the wire; what fails stands in test/integration/faults. */
describe("conversations with mail servers", () => {
  let authority: Authority;
  let certificate: KeyPair;
  let server: FaultServer | undefined;
  beforeAll(async () => {
    authority = await createAuthority();
    certificate = await authority.issue();
  });
  afterEach(() => server?.stop());

  async function tried(
    protocol: Endpoint["protocol"],
    security: Endpoint["security"],
    script: Script,
    signIn: SignIn = byPassword,
  ): Promise<TestResult & { took: number }> {
    server = await startFaultServer(script, certificate, security === "tls");
    const endpoint: Endpoint = {
      protocol,
      host: "127.0.0.1",
      port: server.port,
      security,
      caCertificates: authority.certificate,
    };
    const side = { endpoint, signIn };
    const start = performance.now();
    const results = await runMailboxTest({
      emailAddress: user,
      [protocol === "smtp" ? "outgoing" : "incoming"]: side,
      roundTrip: false,
      timeoutSeconds: budgetSeconds,
      maxConcurrentTests: 4,
    });
    const took = performance.now() - start;
    const result = results.find(({ test }) => test === (protocol === "smtp" ? "outgoingEmail" : "incomingEmail"));
    if (result === undefined) throw new Error("no result");
    expect(JSON.stringify(results)).not.toContain(password);
    expect(JSON.stringify(results)).not.toContain(saslPlain);
    return { ...result, took };
  }
  const scripts = { imap: imapScript, pop3: pop3Script, smtp: smtpScript };
  const protocols = Object.keys(scripts) as (keyof typeof scripts)[];
  const scriptOf = (protocol: keyof typeof scripts, twist?: Twist) => scripts[protocol](twist);

  test.each(protocols)("%s: without a twist the fault server passes", async (protocol) => {
    expect(await tried(protocol, "tls", scriptOf(protocol))).toMatchObject({ status: "Success" });
    await server?.stop();
    expect(await tried(protocol, "starttls", scriptOf(protocol))).toMatchObject({ status: "Success" });
  });

  test("POP3 without CAPA signs in by USER and PASS", async () => {
    const does: Twist["does"] = (peer) => {
      peer.send("-ERR unknown command");
    };
    expect(await tried("pop3", "tls", pop3Script({ at: "CAPA", does }))).toMatchObject({ status: "Success" });
    expect(server?.received).toMatch(/USER sales@contoso\.com\r\nPASS /);
  });

  test("POP3 takes a token in two lines, and its reason from the challenge", async () => {
    const token = "an-access-token-of-the-test";
    const challenge = Buffer.from('{"status":"400","schemes":"Bearer"}').toString("base64");
    const script = pop3Script();
    let step = 0;
    const twoLines: Script = (line, peer) => {
      if (line === "AUTH XOAUTH2") {
        step = 1;
        peer.send("+ ");
      } else if (step === 1) {
        step = 2;
        peer.send(`+ ${challenge}`);
      } else if (step === 2) {
        step = 3;
        peer.send("-ERR Authentication failure: unknown user name or bad password.");
      } else script(line, peer);
    };
    const asToken: SignIn = { type: "access-token", username: user, accessToken: token };
    const result = await tried("pop3", "tls", twoLines, asToken);
    expect(result).toMatchObject({ status: "Failure", code: "pop3-token-refused", transient: false });
    expect(server?.received).toContain(
      `AUTH XOAUTH2\r\n${Buffer.from(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`).toString("base64")}\r\n\r\n`,
    );
    expect(JSON.stringify(result)).not.toContain(token);
  });

  test.each([
    ["PLAIN", pop3Capabilities, `AUTH PLAIN ${saslPlain}\r\n`],
    ["USER and PASS", ["USER", "UIDL", "TOP"], `USER ${user}\r\nPASS ${password}\r\n`],
  ])("POP3 by %s, one command at a time: no command more than is needed", async (_, capabilities, signIn) => {
    expect(await tried("pop3", "tls", pop3Script(undefined, capabilities))).toMatchObject({ status: "Success" });
    expect(server?.received).toBe(`CAPA\r\n${signIn}UIDL\r\nQUIT\r\n`);
  });

  test("POP3 commands go in one packet where the server pipelines, and dots are taken off", async () => {
    let packets = 0;
    const head = ["Subject: one", "..dotted: header", "", "."];
    const script = pop3Script(undefined, ["USER", "UIDL", "TOP", "PIPELINING", "SASL PLAIN"]);
    const two: Script = (line, peer) => {
      if (line === "UIDL") peer.send("+OK", "1 first", "2 second", ".");
      else if (line.startsWith("TOP")) {
        packets += 1;
        peer.send("+OK", ...head);
      } else script(line, peer);
    };
    expect(await tried("pop3", "tls", two)).toMatchObject({ status: "Success" });
    expect(packets).toBe(2);
    expect(server?.received).toContain("STAT\r\nUIDL\r\n");
    expect(server?.received).toContain("TOP 1 0\r\nTOP 2 0\r\n");
  });

  test("POP3 without end: a mailbox list of a hundred megabytes is cut off", async () => {
    const line = `1 ${"u".repeat(1000)}`;
    const chunk = Array.from({ length: 1000 }, () => line);
    const does: Twist["does"] = (peer) => {
      peer.send("+OK", ...chunk);
      for (let megabytes = 1; megabytes < 100; megabytes++) peer.send(...chunk);
    };
    const result = await tried("pop3", "tls", pop3Script({ at: "UIDL", does }));
    expect(result).toMatchObject({ status: "Failure", code: "answer-too-large", transient: false });
    expect(result.took).toBeLessThan(latestMs);
  });

  test("a transient fault that passes is a success", async () => {
    let refusals = 1;
    const script = imapScript();
    const moody: Script = (line, peer) => {
      if (line.includes(" LOGIN ") && refusals > 0) {
        refusals -= 1;
        peer.send(`${line.split(" ")[0] ?? ""} NO [UNAVAILABLE] a moment please`);
      } else script(line, peer);
    };
    expect(await tried("imap", "tls", moody)).toMatchObject({ status: "Success" });
    expect(server?.connections).toBe(2);
  });
});
