import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { Endpoint, SignIn, TestResult } from "../../../provider/src/testing/types";
import {
  imapScript,
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
      [protocol === "imap" ? "incoming" : "outgoing"]: side,
      roundTrip: false,
      timeoutSeconds: budgetSeconds,
      maxConcurrentTests: 4,
    });
    const took = performance.now() - start;
    const result = results.find(({ test }) => test === (protocol === "imap" ? "incomingEmail" : "outgoingEmail"));
    if (result === undefined) throw new Error("no result");
    expect(JSON.stringify(results)).not.toContain(password);
    expect(JSON.stringify(results)).not.toContain(saslPlain);
    return { ...result, took };
  }
  const scriptOf = (protocol: Endpoint["protocol"], twist?: Twist) =>
    protocol === "imap" ? imapScript(twist) : smtpScript(twist);

  test.each(["imap", "smtp"] as const)("%s: without a twist the fault server passes", async (protocol) => {
    expect(await tried(protocol, "tls", scriptOf(protocol))).toMatchObject({ status: "Success" });
    await server?.stop();
    expect(await tried(protocol, "starttls", scriptOf(protocol))).toMatchObject({ status: "Success" });
  });

  const points = [
    ...["greeting", "CAPABILITY", "LOGIN", "SELECT", "SEARCH"].map((at) => ["imap", at] as const),
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
    test.each(["imap", "smtp"] as const)("%s refuses STARTTLS", async (protocol) => {
      const does: Twist["does"] = (peer, tag) => {
        peer.send(protocol === "imap" ? `${tag} NO TLS is broken` : "502 5.5.1 TLS is broken");
      };
      const result = await tried(protocol, "starttls", scriptOf(protocol, { at: "STARTTLS", does }));
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
    for (const protocol of ["imap", "smtp"] as const) {
      const result = await tried(protocol, "tls", scriptOf(protocol), { certificate: await authority.issue(options) });
      expect(result).toMatchObject({ status: "Failure", code, transient: false });
      await server?.stop();
    }
  });

  test.each([
    ["SSH", "SSH-2.0-OpenSSH_9.2"],
    ["HTTP", "HTTP/1.1 400 Bad Request"],
    ["POP3", "+OK ready"],
  ])("a banner of %s is named", async (name, banner) => {
    for (const protocol of ["imap", "smtp"] as const) {
      const does: Twist["does"] = (peer) => {
        peer.send(banner);
      };
      const result = await tried(protocol, "tls", scriptOf(protocol, { at: "greeting", does }));
      expect(result).toMatchObject({ status: "Failure", code: "wrong-protocol", transient: false });
      expect(result.message).toContain(name);
      await server?.stop();
    }
  });

  test.each(["imap", "smtp"] as const)("%s in clear text where TLS was declared", async (protocol) => {
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
