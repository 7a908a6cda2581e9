import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { Endpoint, MailboxTestRequest, MailSide, SignIn, TestResult } from "../../../provider/src/testing/types";
import {
  imapScript,
  pop3Capabilities,
  pop3Script,
  smtpScript,
  startFaultServer,
  type FaultServer,
  type Peer,
  type Script,
  type Twist,
} from "../../servers/faultServer";
import { createAuthority, type Authority, type KeyPair } from "../../servers/pki";

const budgetSeconds = 3;
/** A deadline is behaviour: the budget plus 1 s. */
const latestMs = budgetSeconds * 1000 + 1000;
const mostGrowth = 64 * 1024 * 1024;
const lookMs = 250;
const signIn: SignIn = { type: "password", username: "sales@contoso.com", password: "s3cret-Of-the-Hostile" };

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Octets that something still holds. What is only not collected yet, of the server's own flood above all, says nothing. */
function heldMemory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** How each protocol begins an answer that never ends. */
const beginnings: Record<Endpoint["protocol"], string> = {
  ews: "HTTP/1.1 200 OK\r\n",
  imap: "* OK ",
  pop3: "+OK ",
  smtp: "220-",
};
const fillers: Record<Endpoint["protocol"], string> = {
  ews: `X-Filler: ${"x".repeat(1000)}\r\n`,
  imap: `* OK ${"x".repeat(1000)}\r\n`,
  pop3: "x".repeat(1000),
  smtp: `220-${"x".repeat(1000)}\r\n`,
};

/** Acts once: an EWS server when it is asked, the others when the connection stands. */
function once(protocol: Endpoint["protocol"], act: (peer: Peer) => void): Script {
  let acted = false;
  return (line, peer) => {
    if (acted || (protocol === "ews" && !line.startsWith("POST "))) return;
    acted = true;
    act(peer);
  };
}

function drip(protocol: Endpoint["protocol"]): Script {
  return once(protocol, (peer) => {
    let sent = 0;
    const timer = setInterval(() => {
      if (peer.closed()) clearInterval(timer);
      else void peer.raw(beginnings[protocol][sent++] ?? "x");
    }, 1000);
  });
}

function flood(protocol: Endpoint["protocol"]): Script {
  return once(protocol, (peer) => {
    void (async () => {
      await peer.raw(beginnings[protocol]);
      const megabyte = Buffer.from(fillers[protocol].repeat(1000));
      for (let sent = 0; sent < 1000 && !peer.closed(); sent++) await peer.raw(megabyte);
    })();
  });
}

/** Ends once the client is gone. */
async function endless(peer: Peer, chunk: Buffer): Promise<void> {
  while (!peer.closed()) {
    await peer.raw(chunk);
    // It shares the process with the client, which is to have its turns.
    await new Promise(setImmediate);
  }
}

/** Floods in place of one answer of a conversation that goes well until then. */
const floodingAt = (at: string, line: string, first = ""): Twist => ({
  at,
  does: (peer) => {
    void peer.raw(first).then(() => endless(peer, Buffer.from(line.repeat(10_000))));
  },
});

/** Each head fits into any limit of one answer; all of them do not fit into a test. */
function largeHeads(): Script {
  const head = Buffer.from(`+OK\r\n${fillers.ews.repeat(3800)}.\r\n`);
  const script = pop3Script(undefined, pop3Capabilities, Array<string>(40).fill("Subject: one"));
  return (line, peer) => {
    if (line.startsWith("TOP")) void peer.raw(head);
    else script(line, peer);
  };
}

const protocols: readonly Endpoint["protocol"][] = ["ews", "imap", "pop3", "smtp"];
const situations: [string, ((protocol: Endpoint["protocol"]) => Script) | undefined, RegExp][] = [
  ["is dead", undefined, /^connection-refused$/],
  ["says nothing", () => () => undefined, /timeout$/],
  ["drips one octet a second", drip, /timeout$/],
  ["sends a gigabyte in place of an answer", flood, /^(answer-too-large|wrong-protocol|test-timeout|\w+-failed)$/],
];

type LaterFlood = [where: string, script: () => Script, options: Partial<MailboxTestRequest>];
const looksInside = { roundTrip: true };
const accessCheckOnly = { accessCheckOnly: true };
const laterFloods: Record<Endpoint["protocol"], LaterFlood[]> = {
  // Whoever is asked over EWS is signed in: the situations above are later answers, too.
  ews: [["the answer to a request", () => flood("ews"), {}]],
  imap: [
    ["the sign-in", () => imapScript(floodingAt("LOGIN", "* OK\r\n")), {}],
    ["the inbox", () => imapScript(floodingAt("SELECT", "* OK\r\n")), {}],
    ["the search", () => imapScript(floodingAt("SEARCH", "* SEARCH 1 2 3 4 5 6 7 8 9\r\n")), {}],
  ],
  pop3: [
    [
      "the list with empty lines",
      () => pop3Script(floodingAt("UIDL", "\r\n", "+OK\r\n"), pop3Capabilities, ["Subject: one"]),
      looksInside,
    ],
    ["forty heads", largeHeads, looksInside],
  ],
  smtp: [
    ["the sign-in", () => smtpScript(floodingAt("AUTH", "235-\r\n")), {}],
    ["the sender", () => smtpScript(floodingAt("MAIL", "250-\r\n")), {}],
    ["the access check's EHLO", () => smtpScript(floodingAt("EHLO", "250-\r\n")), accessCheckOnly],
    ["the access check's recipient", () => smtpScript(floodingAt("RCPT", "250-\r\n")), accessCheckOnly],
  ],
};

describe.each(protocols)("%s: a server that", (protocol) => {
  let authority: Authority;
  let certificate: KeyPair;
  let server: FaultServer | undefined;
  beforeAll(async () => {
    authority = await createAuthority();
    certificate = await authority.issue();
    // Loaded libraries stay; what is measured is what a server can make grow.
    for (const library of ["ews-javascript-api", "imapflow", "nodemailer/lib/smtp-connection"]) require(library);
  });
  afterEach(() => server?.stop());

  async function tried(script: Script | undefined, options: Partial<MailboxTestRequest> = {}): Promise<TestResult> {
    server = await startFaultServer(script ?? (() => undefined), certificate, true);
    const { port } = server;
    if (script === undefined) await server.stop();
    const side: MailSide = {
      endpoint: { protocol, host: "127.0.0.1", port, security: "tls", caCertificates: authority.certificate },
      signIn,
      exchange: {
        url: `https://127.0.0.1:${port}/EWS/Exchange.asmx`,
        impersonate: false,
        method: "basic",
        version: "Exchange2013_SP1",
      },
    };
    const before = heldMemory();
    let highest = before;
    const look = setInterval(() => (highest = Math.max(highest, heldMemory())), lookMs);
    const start = performance.now();
    const results = await runMailboxTest({
      emailAddress: "sales@contoso.com",
      [protocol === "smtp" ? "outgoing" : "incoming"]: side,
      roundTrip: false,
      timeoutSeconds: budgetSeconds,
      maxConcurrentTests: 4,
      ...options,
    });
    const took = performance.now() - start;
    clearInterval(look);
    const result = results.find(({ status }) => status !== "Not Run");
    expect(result).toMatchObject({ status: "Failure" });
    expect(took).toBeLessThan(latestMs);
    // The server runs in this process, too: what it holds counts as well.
    expect(highest - before).toBeLessThan(mostGrowth);
    return result ?? { test: "incomingEmail", status: "Not Run" };
  }

  test.each(situations)("%s ends the test in time and in bounded memory", async (_name, scriptOf, code) => {
    expect((await tried(scriptOf?.(protocol))).code).toMatch(code);
  });

  test.each(laterFloods[protocol])(
    "floods %s ends the test in time and in bounded memory",
    async (_, script, options) => {
      expect((await tried(script(), options)).code).toMatch(
        /^(answer-too-large|wrong-protocol|test-timeout|\w+-failed)$/,
      );
    },
  );
});
