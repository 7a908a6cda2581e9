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
import { createAuthority, selfSigned, type Authority, type KeyPair } from "../../servers/pki";

const user = "sales@contoso.com";
const password = "s3cret-Of-Faults";
const signIn: SignIn = { type: "password", username: user, password };
const budgetSeconds = 2;
/** A deadline is behaviour: the budget plus 1 s. */
const latestMs = budgetSeconds * 1000 + 1000;
const saslPlain = Buffer.from(`\0${user}\0${password}`).toString("base64");

describe("mail servers that misbehave", () => {
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
    options: { implicitTls?: boolean; certificate?: KeyPair; signIn?: SignIn } = {},
  ): Promise<TestResult & { took: number }> {
    server = await startFaultServer(
      script,
      options.certificate ?? certificate,
      options.implicitTls ?? security === "tls",
    );
    const endpoint: Endpoint = {
      protocol,
      host: "127.0.0.1",
      port: server.port,
      security,
      caCertificates: authority.certificate,
    };
    const side = { endpoint, signIn: options.signIn ?? signIn };
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
  // Only a server that pipelines is sent STAT.
  const pop3 = (twist?: Twist) =>
    pop3Script(twist, twist?.at === "STAT" ? [...pop3Capabilities, "PIPELINING"] : pop3Capabilities);
  const scripts = { imap: imapScript, pop3, smtp: smtpScript };
  const protocols = Object.keys(scripts) as (keyof typeof scripts)[];
  const scriptOf = (protocol: keyof typeof scripts, twist?: Twist) => scripts[protocol](twist);

  test.each(protocols)("%s: without a twist the fault server passes", async (protocol) => {
    expect(await tried(protocol, "tls", scriptOf(protocol))).toMatchObject({ status: "Success" });
    await server?.stop();
    expect(await tried(protocol, "starttls", scriptOf(protocol))).toMatchObject({ status: "Success" });
  });

  const points = [
    ...["greeting", "CAPABILITY", "LOGIN", "SELECT", "SEARCH"].map((at) => ["imap", at] as const),
    ...["greeting", "CAPA", "AUTH", "STAT", "UIDL"].map((at) => ["pop3", at] as const),
    ...["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "message"].map((at) => ["smtp", at] as const),
  ];
  test.each(points)("%s stalls at %s: a transient failure within the budget", async (protocol, at) => {
    const result = await tried(protocol, "tls", scriptOf(protocol, { at, does: "stall" }));
    expect(result).toMatchObject({ status: "Failure", transient: true });
    expect(result.code).toMatch(/^(test-timeout|greeting-timeout|connection-timeout)$/);
    expect(result.message).toContain(`127.0.0.1:${server?.port ?? 0}`);
    expect(result.took).toBeLessThan(latestMs);
  });
  test.each(points)("%s resets the connection at %s: a transient failure within the budget", async (protocol, at) => {
    const result = await tried(protocol, "tls", scriptOf(protocol, { at, does: "reset" }));
    expect(result).toMatchObject({ status: "Failure", code: "connection-reset", transient: true });
    expect(result.took).toBeLessThan(latestMs);
  });
  test("a message that may have been accepted is not sent twice", async () => {
    const messages = () => (server?.received.match(/^DATA/gm) ?? []).length;
    await tried("smtp", "tls", smtpScript({ at: "message", does: "reset" }));
    expect(messages()).toBe(1);
  });

  describe("no password travels in clear text", () => {
    const sentNothing = () => {
      expect(server?.received).not.toContain(password);
      expect(server?.received).not.toContain(saslPlain);
      expect(server?.received).not.toMatch(/LOGIN|AUTH/i);
    };
    test("IMAP without STARTTLS", async () => {
      const result = await tried("imap", "starttls", imapScript(undefined, "IMAP4rev1 AUTH=PLAIN"));
      expect(result).toMatchObject({ status: "Failure", code: "starttls-not-offered", transient: false });
      sentNothing();
    });
    test("SMTP without STARTTLS", async () => {
      const result = await tried("smtp", "starttls", smtpScript(undefined, ["AUTH PLAIN LOGIN"]));
      expect(result).toMatchObject({ status: "Failure", code: "starttls-not-offered", transient: false });
      sentNothing();
    });
    test("POP3 without STLS", async () => {
      const result = await tried("pop3", "starttls", pop3Script(undefined, ["USER", "SASL PLAIN"]));
      expect(result).toMatchObject({ status: "Failure", code: "starttls-not-offered", transient: false });
      sentNothing();
    });
    test.each(protocols)("%s refuses STARTTLS", async (protocol) => {
      const refusals = { imap: "NO TLS is broken", pop3: "-ERR TLS is broken", smtp: "502 5.5.1 TLS is broken" };
      const does: Twist["does"] = (peer, tag) => {
        peer.send(`${tag} ${refusals[protocol]}`.trim());
      };
      const at = protocol === "pop3" ? "STLS" : "STARTTLS";
      const result = await tried(protocol, "starttls", scriptOf(protocol, { at, does }));
      expect(result.status).toBe("Failure");
      expect(result.code).toMatch(/^starttls-/);
      sentNothing();
    });
    test("IMAP with bytes injected before TLS", async () => {
      const does: Twist["does"] = (peer, tag) => {
        peer.startTls(`${tag} OK begin`, "* OK injected");
      };
      expect(await tried("imap", "starttls", imapScript({ at: "STARTTLS", does }))).toMatchObject({
        status: "Failure",
      });
      sentNothing();
    });
    test("POP3 with bytes injected before TLS", async () => {
      const does: Twist["does"] = (peer) => {
        peer.startTls("+OK begin", "+OK injected");
      };
      const result = await tried("pop3", "starttls", pop3Script({ at: "STLS", does }));
      expect(result).toMatchObject({ status: "Failure", code: "starttls-failed", transient: false });
      sentNothing();
    });
    test("SMTP with bytes injected before TLS: they are not taken for an answer", async () => {
      const does: Twist["does"] = (peer) => {
        peer.startTls("220 begin", "250 AUTH NONSENSE");
      };
      expect(await tried("smtp", "starttls", smtpScript({ at: "STARTTLS", does }))).toMatchObject({
        status: "Success",
      });
      expect(server?.received).toMatch(/EHLO[^]*STARTTLS\r\n[^]*EHLO[^]*AUTH PLAIN/);
    });
    test("an untrusted certificate ends the conversation before any sign-in", async () => {
      const result = await tried("imap", "starttls", imapScript(), { certificate: await selfSigned() });
      expect(result).toMatchObject({ status: "Failure", code: "tls-self-signed", transient: false });
      expect(server?.received).not.toContain(password);
    });
  });

  test.each([
    ["expired", { notBefore: new Date("2024-01-01"), notAfter: new Date("2024-02-01") }, "tls-certificate-expired"],
    ["of another name", { hosts: ["mail.elsewhere.example"] }, "tls-wrong-host-name"],
  ])("a certificate that is %s", async (_what, options, code) => {
    for (const protocol of protocols) {
      const result = await tried(protocol, "tls", scriptOf(protocol), { certificate: await authority.issue(options) });
      expect(result).toMatchObject({ status: "Failure", code, transient: false });
      await server?.stop();
    }
  });

  test.each([
    ["SSH", "SSH-2.0-OpenSSH_9.2"],
    ["HTTP", "HTTP/1.1 400 Bad Request"],
    ["POP3", "+OK ready"],
    ["IMAP", "* OK ready"],
    ["SMTP", "220 ready"],
  ])("a banner of %s is named", async (name, banner) => {
    for (const protocol of protocols.filter((candidate) => candidate !== name.toLowerCase())) {
      const does: Twist["does"] = (peer) => {
        peer.send(banner);
      };
      const result = await tried(protocol, "tls", scriptOf(protocol, { at: "greeting", does }));
      expect(result).toMatchObject({ status: "Failure", code: "wrong-protocol", transient: false });
      expect(result.message).toContain(name);
      await server?.stop();
    }
  });

  test.each(protocols)("%s in clear text where TLS was declared", async (protocol) => {
    const result = await tried(protocol, "tls", scriptOf(protocol), { implicitTls: false });
    expect(result).toMatchObject({ status: "Failure", code: "tls-on-plain-port", transient: false });
    expect(result.message).toMatch(/: "[^":]*: ?wrong version number"\.$/);
  });

  test("IMAP that takes no more connections says why", async () => {
    const does: Twist["does"] = (peer) => {
      peer.send("* BYE too many connections from your address");
    };
    const result = await tried("imap", "tls", imapScript({ at: "greeting", does }));
    expect(result).toMatchObject({ status: "Failure", code: "imap-too-many-connections", transient: true });
    expect(result.message).toContain("too many connections");
  });

  test("SMTP that takes no more connections says why", async () => {
    const does: Twist["does"] = (peer) => {
      peer.send("421 4.7.0 come back tomorrow");
    };
    const result = await tried("smtp", "tls", smtpScript({ at: "greeting", does }));
    expect(result).toMatchObject({ status: "Failure", transient: true });
    expect(result.code).toMatch(/^smtp-/);
    expect(result.message).toContain("421 4.7.0 come back tomorrow");
  });

  test.each([
    ["-ERR [AUTH] Authentication failed.", "pop3-authentication-failed", false],
    ["-ERR Logon failure: unknown user name or bad password.", "pop3-authentication-failed", false],
    ["-ERR Authentication failure: unknown user name or bad password.", "pop3-authentication-failed", false],
    ["-ERR [SYS/TEMP] Temporary authentication failure", "pop3-temporary-failure", true],
    ["-ERR [SYS/PERM] POP is not enabled", "pop3-not-enabled", false],
    ["-ERR [LOGIN-DELAY] minimum time between mail checks violated", "pop3-login-delay", true],
    ["-ERR [IN-USE] Mailbox is locked by another POP3 session.", "pop3-mailbox-in-use", true],
    ["-ERR Basic authentication is disabled.", "pop3-basic-authentication-disabled", false],
    ["-ERR [AUTH] Application-specific password required", "pop3-app-password-required", false],
  ])("POP3 sign-in answered with %s", async (answer, code, transient) => {
    const does: Twist["does"] = (peer) => {
      peer.send(answer);
    };
    const result = await tried("pop3", "tls", pop3Script({ at: "AUTH", does }));
    expect(result).toMatchObject({ status: "Failure", code, transient });
    expect(result.message).toContain(answer);
    expect(result.took).toBeLessThan(latestMs);
  });

  test("POP3 that takes no more connections says why", async () => {
    const does: Twist["does"] = (peer) => {
      peer.send("-ERR come back tomorrow");
    };
    const result = await tried("pop3", "tls", pop3Script({ at: "greeting", does }));
    expect(result).toMatchObject({ status: "Failure", code: "pop3-server-refused", transient: true });
  });

  test("POP3 without CAPA signs in by USER and PASS", async () => {
    const does: Twist["does"] = (peer) => {
      peer.send("-ERR unknown command");
    };
    expect(await tried("pop3", "tls", pop3Script({ at: "CAPA", does }))).toMatchObject({ status: "Success" });
    expect(server?.received).toMatch(/USER sales@contoso\.com\r\nPASS /);
  });

  test("POP3 that takes passwords in no form", async () => {
    const result = await tried("pop3", "tls", pop3Script(undefined, ["UIDL", "SASL XOAUTH2"]));
    expect(result).toMatchObject({ status: "Failure", code: "pop3-auth-not-offered", transient: false });
    expect(server?.received).not.toMatch(/AUTH|PASS/);
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
    const result = await tried("pop3", "tls", twoLines, { signIn: asToken });
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

  test("SMTP without AUTH", async () => {
    const result = await tried("smtp", "tls", smtpScript(undefined, ["SIZE 1000"]));
    expect(result).toMatchObject({ status: "Failure", code: "smtp-auth-not-offered", transient: false });
  });

  test.each([
    ["454 4.7.0 Temporary authentication failure", "smtp-temporary-authentication-failure", true],
    [
      "535 5.7.139 Authentication unsuccessful, basic authentication is disabled",
      "smtp-basic-authentication-disabled",
      false,
    ],
    ["534 5.7.9 Application-specific password required", "smtp-app-password-required", false],
  ])("SMTP sign-in answered with %s", async (answer, code, transient) => {
    const does: Twist["does"] = (peer) => {
      peer.send(answer);
    };
    expect(await tried("smtp", "tls", smtpScript({ at: "AUTH", does }))).toMatchObject({ code, transient });
  });

  test("a server that repeats the password does not bring it into a message", async () => {
    const does: Twist["does"] = (peer, tag) => {
      peer.send(`${tag} NO [AUTHENTICATIONFAILED] no such password: ${password} (${saslPlain})`);
    };
    const result = await tried("imap", "tls", imapScript({ at: "LOGIN", does }));
    expect(result).toMatchObject({ code: "imap-authentication-failed" });
    expect(result.message).toContain("no such password: ");
  });

  test("a wait that the server names and that is too long ends at once, named", async () => {
    const does: Twist["does"] = (peer, tag) => {
      peer.send(`${tag} NO [UNAVAILABLE] busy, try again in 90 seconds`);
    };
    const result = await tried("imap", "tls", imapScript({ at: "LOGIN", does }));
    expect(result).toMatchObject({ status: "Failure", transient: true });
    expect(result.remedy).toContain("Try again in 90 s");
    expect(result.took).toBeLessThan(1000);
    expect(server?.connections).toBe(1);
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
