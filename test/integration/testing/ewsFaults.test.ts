import type { ServerResponse } from "node:http";
import { diagnose } from "../../../provider/src/testing/diagnosis";
import { diagnosed } from "../../../provider/src/testing/faultOf";
import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { SignIn, TestResult } from "../../../provider/src/testing/types";
import { Budget } from "../../../provider/src/transport/budget";
import { DialogError } from "../../../provider/src/transport/dialog";
import type { Interference } from "../../servers/ews/ewsServer";
import { everything, ExchangeLab, password, secret, token } from "../../servers/ews/exchangeLab";
import { envelope, failure, fault, response } from "../../servers/ews/soap";
import { startFaultServer, type FaultServer, type Script } from "../../servers/faultServer";
import { selfSigned, type KeyPair } from "../../servers/pki";

const budgetSeconds = 2;
/** A deadline is behaviour: the budget plus 1 s. */
const latestMs = budgetSeconds * 1000 + 1000;
const xml = { "content-type": "text/xml; charset=utf-8" };
const html = { "content-type": "text/html" };

/** An answer of EWS with these messages. */
const soapResponse = (operation: string, messages: readonly string[]) => envelope(response(operation, messages));

type Answer = (response: ServerResponse) => void;
const answers =
  (status: number, headers: Record<string, string | string[]>, body = ""): Answer =>
  (answer) =>
    answer.writeHead(status, headers).end(body);
const soapFault = (code: string, text: string, value?: { name: string; text: string }) =>
  answers(500, xml, fault(code, text, value));
/** Texts are in the language of the server: only the code counts. */
const refused = (code: string) =>
  answers(200, xml, soapResponse("FindItem", [failure("FindItem", code, "Das geht nicht.")]));

/** Rows of the fault catalogue: what the server does, the code and whether it may pass by itself. */
const rows: [string, Answer, string, boolean, SignIn?][] = [
  [
    "401 with Negotiate, NTLM and Basic",
    answers(401, { "www-authenticate": ["Negotiate", "NTLM", 'Basic realm="x"'] }),
    "ews-authentication-failed",
    false,
  ],
  [
    "401 to a token",
    answers(401, {
      "www-authenticate": 'Bearer client_id="00000002-0000-0ff1-ce00-000000000000", error="invalid_token"',
      "x-ms-diagnostics": '2000003;reason="The audience claim value is invalid.";error_category="invalid_resource"',
    }),
    "ews-token-refused",
    false,
    token,
  ],
  ["403 with a page", answers(403, html, "<html>Forbidden</html>"), "ews-access-blocked", false],
  ["404", answers(404, html, "<html>Not found</html>"), "ews-wrong-url", false],
  ["405", answers(405, html), "ews-wrong-url", false],
  [
    "302 to the sign-in page of OWA",
    answers(302, { location: "https://mail.contoso.com/owa/auth/logon.aspx?url=x" }),
    "ews-redirected",
    false,
  ],
  [
    "302 to the generic error page",
    answers(302, { location: "/ews/genericerrorpage.htm?aspxerrorpath=/ews/exchange.asmx" }),
    "ews-front-end-error",
    true,
  ],
  ["429", answers(429, {}), "ews-throttled", true],
  ["456", answers(456, {}), "ews-account-locked", false],
  ["457", answers(457, {}), "ews-password-expired", false],
  [
    "500 with a page",
    answers(500, html, "<html>Server Error in '/EWS' Application.</html>"),
    "ews-temporarily-unavailable",
    true,
  ],
  [
    "500 with X-CasErrorCode",
    answers(500, { "x-caserrorcode": "CAS error: server not found" }),
    "ews-temporarily-unavailable",
    true,
  ],
  ["502", answers(502, html, "<html>Bad Gateway</html>"), "ews-temporarily-unavailable", true],
  ["503", answers(503, {}), "ews-temporarily-unavailable", true],
  ["504", answers(504, {}), "ews-temporarily-unavailable", true],
  ["200 with a page", answers(200, html, "<html>Sign in</html>"), "ews-not-soap", false],
  ["200 with nothing", answers(200, xml), "ews-not-soap", false],
  ["200 with half an envelope", answers(200, xml, soapResponse("GetFolder", []).slice(0, 200)), "ews-not-soap", false],
  ["200 packed in nonsense", answers(200, { ...xml, "content-encoding": "gzip" }, "no gzip"), "ews-not-soap", false],
  [
    "an answer that breaks off",
    (answer) =>
      answer.writeHead(200, { ...xml, "content-length": "1000" }).write("<s:Envelope") && answer.socket?.end(),
    "connection-reset",
    true,
  ],
  ["a body of 100 megabytes", (answer) => void endless(answer), "answer-too-large", false],
  [
    "ErrorServerBusy",
    soapFault("ErrorServerBusy", "The server cannot service this request right now.", {
      name: "BackOffMilliseconds",
      text: "297749",
    }),
    "ews-throttled",
    true,
  ],
  [
    "ErrorExceededConnectionCount",
    soapFault(
      "ErrorExceededConnectionCount",
      "You have exceeded the available concurrent connections for your account. Policy MaxConcurrency 27. Suggested backoff time 0 ms",
    ),
    "ews-throttled",
    true,
  ],
  ["ErrorInsufficientResources", soapFault("ErrorInsufficientResources", ""), "ews-throttled", true],
  [
    "ErrorImpersonateUserDenied",
    soapFault("ErrorImpersonateUserDenied", "The account does not have permission to impersonate the requested user."),
    "ews-impersonation-denied",
    false,
  ],
  [
    "ErrorNonExistentMailbox",
    soapFault("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it."),
    "ews-no-mailbox",
    false,
  ],
  [
    "ErrorSchemaValidation",
    soapFault("ErrorSchemaValidation", "The request failed schema validation."),
    "ews-request-refused",
    false,
  ],
  ...(
    [
      ["ErrorImpersonationDenied", "ews-impersonation-denied", false],
      ["ErrorImpersonationFailed", "ews-impersonation-denied", false],
      ["ErrorAccessDenied", "ews-access-denied", false],
      ["ErrorFolderNotFound", "ews-folder-not-found", false],
      ["ErrorItemNotFound", "ews-item-not-found", false],
      ["ErrorSendAsDenied", "ews-send-as-denied", false],
      ["ErrorQuotaExceeded", "ews-mailbox-full", false],
      ["ErrorMessageSizeExceeded", "ews-message-too-large", false],
      ["ErrorPasswordExpired", "ews-password-expired", false],
      ["ErrorAccountDisabled", "ews-account-disabled", false],
      ["ErrorNonPrimarySmtpAddress", "ews-not-primary-address", false],
      ["ErrorInvalidServerVersion", "ews-version-not-supported", false],
      ["ErrorInvalidLicense", "ews-no-license", false],
      ["ErrorOrganizationAccessBlocked", "ews-organization-blocked", false],
      ["ErrorMailboxMoveInProgress", "ews-temporarily-unavailable", true],
      ["ErrorMailboxStoreUnavailable", "ews-temporarily-unavailable", true],
      ["ErrorMailboxFailover", "ews-temporarily-unavailable", true],
      ["ErrorADUnavailable", "ews-temporarily-unavailable", true],
      ["ErrorConnectionFailed", "ews-temporarily-unavailable", true],
      ["ErrorInternalServerTransientError", "ews-temporarily-unavailable", true],
      ["ErrorTimeoutExpired", "ews-temporarily-unavailable", true],
      ["ErrorNoRespondingCASInDestinationSite", "ews-temporarily-unavailable", true],
      ["ErrorNobodyKnowsThisCode", "ews-failed", false],
    ] as const
  ).map(([code, ours, passes]): [string, Answer, string, boolean] => [code, refused(code), ours, passes]),
];

async function endless(answer: ServerResponse): Promise<void> {
  answer.writeHead(200, xml);
  const chunk = Buffer.alloc(1024 * 1024, "x");
  for (let megabytes = 0; megabytes < 100 && !answer.destroyed; megabytes++) {
    if (!answer.write(chunk)) await new Promise((resolve) => answer.once("drain", resolve).once("close", resolve));
  }
  answer.end();
}

describe("Exchange servers that misbehave", () => {
  let lab: ExchangeLab;
  let plain: FaultServer | undefined;
  const unhandled: unknown[] = [];
  const collect = (reason: unknown) => unhandled.push(reason);
  beforeAll(async () => {
    lab = await ExchangeLab.create();
    // Loading takes its time once; deadlines and memory are measured after it.
    require("ews-javascript-api");
    process.on("unhandledRejection", collect);
  });
  afterEach(async () => {
    await Promise.all([lab.stop(), plain?.stop()]);
    plain = undefined;
    expect(unhandled).toEqual([]);
  });
  afterAll(() => {
    process.off("unhandledRejection", collect);
  });

  async function tried(
    server: { port: number; url: string },
    signIn: SignIn = password,
  ): Promise<TestResult & { took: number }> {
    const side = lab.side(server, signIn);
    const start = performance.now();
    const results = await runMailboxTest(
      everything(side, {
        outgoing: undefined,
        appointmentsContactsTasks: undefined,
        roundTrip: false,
        timeoutSeconds: budgetSeconds,
      }),
    );
    const took = performance.now() - start;
    const said = JSON.stringify(results);
    expect(said).not.toContain(secret);
    if (token.type === "access-token") expect(said).not.toContain(token.accessToken);
    const [result] = results;
    if (result === undefined) throw new Error("no result");
    return { ...result, took };
  }

  test.each(rows)("%s", async (_name, answer, code, transient, signIn = password) => {
    const server = await lab.start({
      schemes: ["Negotiate", "NTLM", "Basic", "Bearer"],
      script: (_request, reply) => {
        answer(reply);
        return true;
      },
    });
    const result = await tried(server, signIn);
    expect(result).toMatchObject({ status: "Failure", code, transient });
    expect(result.took).toBeLessThan(latestMs);
    expect(result.message).toContain(`127.0.0.1:${server.port} (TLS)`);
    expect(result.remedy).not.toBe("");
  });

  test("a challenge of NTLM that cannot be read", async () => {
    const interfere: Interference = (_request, reply) => {
      reply
        .writeHead(401, { "www-authenticate": `NTLM ${Buffer.from("NTLMSSP\0 and no more").toString("base64")}` })
        .end();
      return true;
    };
    expect(await tried(await lab.start({ interfere }))).toMatchObject({ code: "ews-ntlm-failed", transient: false });
  });

  test("a certificate to which NTLM cannot be bound", async () => {
    const { endpoint } = lab.side({ port: 443, url: "https://127.0.0.1/" });
    const thrown = new DialogError("CHANNEL_BINDING_UNKNOWN", "the signature algorithm 1.2.3 is not known");
    const error = await diagnosed(thrown, "sign-in", { endpoint, signIn: password }, Budget.ofSeconds(1));
    expect(error).toMatchObject({ code: "ews-channel-binding", transient: false });
    expect(error.message).toContain("1.2.3");
  });

  test("the server among several that refused is named", async () => {
    const answer = answers(403, { ...html, "x-feserver": "EX01" });
    const script: Interference = (_request, reply) => (answer(reply), true);
    expect((await tried(await lab.start({ script }))).message).toContain('"HTTP 403 (from EX01)"');
  });

  test("a 403 of Exchange Online names the retirement of EWS", () => {
    const context = {
      endpoint: { protocol: "ews", host: "outlook.office365.com", port: 443, security: "tls" },
    } as const;
    const error = diagnose(
      {
        protocol: "ews",
        host: "outlook.office365.com",
        phase: "sign-in",
        replyCode: 403,
        text: "HTTP 403",
        fromServer: true,
      },
      { ...context, signIn: token },
    );
    expect(error).toMatchObject({ code: "ews-retired", transient: false });
    expect(error.message).toMatch(/2026-10-01.*EWSAllowedAppIDs.*2027-04-01/);
  });

  const at = (port: number) => ({ port, url: `https://127.0.0.1:${port}/EWS/Exchange.asmx` });
  async function speaking(script: Script, implicitTls = true, certificate: KeyPair = lab.certificate) {
    plain = await startFaultServer(script, certificate, implicitTls);
    return at(plain.port);
  }

  const silent: Script = () => undefined;
  const afterRequest =
    (act: (peer: Parameters<Script>[1]) => void): Script =>
    (line, peer) => {
      if (line.startsWith("POST ")) act(peer);
    };
  const drip = afterRequest((peer) => {
    const text = "HTTP/1.1 200 OK";
    let sent = 0;
    const timer = setInterval(() => {
      if (sent >= text.length) clearInterval(timer);
      else void peer.raw(text[sent++] ?? "");
    }, 1000);
    timer.unref();
  });
  const situations: [string, () => Promise<{ port: number; url: string }>, string | RegExp, boolean][] = [
    [
      "nobody listens",
      () => speaking(silent).then(async (server) => (await plain?.stop(), server)),
      "connection-refused",
      false,
    ],
    ["no TLS handshake", () => speaking(silent, false), /timeout$/, true],
    ["no answer", () => speaking(silent), /timeout$/, true],
    [
      "a head and no body",
      () =>
        speaking(
          afterRequest((peer) => {
            peer.send("HTTP/1.1 200 OK", "Content-Length: 10", "");
          }),
        ),
      /timeout$/,
      true,
    ],
    ["one octet a second", () => speaking(drip), /timeout$/, true],
    ["a gigabyte of headers", () => speaking(afterRequest((peer) => void flood(peer))), "answer-too-large", false],
    [
      "a reset instead of an answer",
      () =>
        speaking(
          afterRequest((peer) => {
            peer.reset();
          }),
        ),
      "connection-reset",
      true,
    ],
    [
      "a reset in the middle of an answer",
      () =>
        speaking(
          afterRequest((peer) => {
            peer.send("HTTP/1.1 200 OK", "Content-Length: 10", "", "x");
            peer.reset();
          }),
        ),
      "connection-reset",
      true,
    ],
    [
      "an IMAP server",
      () =>
        speaking((line, peer) => {
          if (line === "") peer.send("* OK ready");
        }),
      "wrong-protocol",
      false,
    ],
    [
      "an SMTP server",
      () =>
        speaking((line, peer) => {
          if (line === "") peer.send("220 ready");
        }),
      "wrong-protocol",
      false,
    ],
    [
      "clear text where TLS was declared",
      () =>
        speaking((line, peer) => {
          if (line === "") peer.send("220 ready");
        }, false),
      "tls-on-plain-port",
      false,
    ],
    ["a self-signed certificate", async () => speaking(silent, true, await selfSigned()), "tls-self-signed", false],
    [
      "an expired certificate",
      async () =>
        speaking(
          silent,
          true,
          await lab.authority.issue({ notBefore: new Date("2024-01-01"), notAfter: new Date("2024-02-01") }),
        ),
      "tls-certificate-expired",
      false,
    ],
    [
      "a certificate of another name",
      async () => speaking(silent, true, await lab.authority.issue({ hosts: ["mail.elsewhere.example"] })),
      "tls-wrong-host-name",
      false,
    ],
  ];
  async function flood(peer: Parameters<Script>[1]): Promise<void> {
    peer.send("HTTP/1.1 200 OK");
    const chunk = Buffer.from(`X-Filler: ${"x".repeat(1000)}\r\n`.repeat(1000));
    for (let megabytes = 0; megabytes < 1000 && !peer.closed(); megabytes++) await peer.raw(chunk);
  }
  test.each(situations)("%s: the right code, in time, in bounded memory", async (_name, prepare, code, transient) => {
    const server = await prepare();
    global.gc?.();
    const before = process.memoryUsage().rss;
    const result = await tried(server);
    const grown = (process.memoryUsage().rss - before) / 1024 / 1024;
    expect(result).toMatchObject({ status: "Failure", transient });
    if (typeof code === "string") expect(result.code).toBe(code);
    else expect(result.code).toMatch(code);
    expect(result.took).toBeLessThan(latestMs);
    expect(grown).toBeLessThan(64);
  });
});
