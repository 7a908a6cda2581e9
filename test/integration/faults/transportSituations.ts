import type { Socket } from "node:net";
import {
  imapScript,
  pop3Capabilities,
  pop3Script,
  smtpScript,
  type Script,
  type Twist,
} from "../../servers/faultServer";
import { selfSigned, type KeyPair } from "../../servers/pki";
import { freePorts } from "../../servers/processes";
import { startDeafServer, startRawServer, type RawServer } from "../../servers/rawServer";
import { nowhere, speaking, type Failure, type Pki, type Protocol, type Situation, type Start } from "./situation";

/** For EWS only what ewsFaults.test.ts does not have. */
const protocols: readonly Protocol[] = ["ews", "imap", "pop3", "smtp"];
const mailProtocols = ["imap", "pop3", "smtp"] as const;
type MailProtocol = (typeof mailProtocols)[number];

// Only a server that pipelines is sent STAT.
const pop3 = (twist?: Twist) =>
  pop3Script(twist, twist?.at === "STAT" ? [...pop3Capabilities, "PIPELINING"] : pop3Capabilities);
const scripts = { imap: imapScript, pop3, smtp: smtpScript };
const scriptOf = (protocol: MailProtocol, twist?: Twist) => scripts[protocol](twist);
const answering =
  (line: string): Twist["does"] =>
  (peer) => {
    peer.send(line);
  };
const greeting = (protocol: Protocol) => (): Script => (protocol === "ews" ? () => undefined : scriptOf(protocol));

/** The name server that does not answer is the test's own: see matrix.test.ts. */
export const hostOfSilentNameServer = "mail.name-server-down.example";
/** Stream connections to a multicast group have no route, on any Linux machine. */
const unroutable = "224.0.0.1";

const anyTimeout: Failure = { code: /^(test|connection)-timeout$/, transient: true, remedy: "test.timeoutSeconds" };
const silence: Failure = { code: "greeting-timeout", transient: true, remedy: "check security and port" };
const cut: Failure = { code: "connection-reset", transient: true, remedy: "log" };
const untrusted = (code: string): Failure => ({ code, transient: false, remedy: "caCertificates" });

const raw =
  (start: () => Promise<RawServer>): Start =>
  async () => {
    const server = await start();
    return { ...server, host: "127.0.0.1", received: () => "", connections: () => 0 };
  };
const refused: Start = async (pki, security) => nowhere("127.0.0.1", (await freePorts(1))[0] ?? 0)(pki, security);

/** With the certificate of the authority behind it, as many servers send it. */
async function withRoot({ stranger }: Pki): Promise<KeyPair> {
  const { certificate, key } = await stranger.issue();
  return { key, certificate: `${certificate}\n${stranger.certificate}\n` };
}

/** The alert of a server that knows no version from 1.2 on, and looks for it (RFC 8446, section 4.2.1). */
const versionAlert = Buffer.from([21, 3, 1, 0, 2, 2, 70]);
/** The ServerHello of an older one: it answers in the version that it has, here with AES128-SHA. */
const helloIn = (minor: number) =>
  Buffer.concat([
    Buffer.from([22, 3, minor, 0, 42, 2, 0, 0, 38, 3, minor]),
    Buffer.alloc(32, 1),
    Buffer.from([0, 0, 47, 0]),
  ]);

function everyProtocol(protocol: Protocol): Situation[] {
  const here = (name: string, start: Start, comesOut: Failure): Situation => ({ name, protocol, start, comesOut });
  const handshake = (act: (socket: Socket) => void) => raw(() => startRawServer(act));
  return [
    here("a host that does not exist", nowhere("mail..contoso.com", 993), {
      code: "host-not-found",
      transient: false,
      remedy: "serverLocation",
      says: "ENOTFOUND",
    }),
    here("a name server that does not answer", nowhere(hostOfSilentNameServer, 993), {
      code: "dns-temporary-failure",
      transient: true,
      remedy: "name server",
      says: "EAI_AGAIN",
    }),
    here("a network without a route", nowhere(unroutable, 993), {
      code: "host-unreachable",
      transient: true,
      remedy: "routes and firewalls",
      says: "ENETUNREACH",
    }),
    here("a connection that is never accepted", raw(startDeafServer), anyTimeout),
    here(
      "a certificate of an unknown authority",
      speaking(greeting(protocol), { certificate: ({ stranger }) => stranger.issue() }),
      { ...untrusted("tls-untrusted-certificate"), says: 'issued by "Another Authority"' },
    ),
    here("a chain up to an unknown authority", speaking(greeting(protocol), { certificate: withRoot }), {
      ...untrusted("tls-untrusted-certificate"),
      says: "self-signed certificate in certificate chain",
    }),
    here(
      "a certificate that is not valid yet",
      speaking(greeting(protocol), {
        certificate: ({ issue }) => issue({ notBefore: new Date("2124-01-01"), notAfter: new Date("2124-02-01") }),
      }),
      { code: "tls-certificate-expired", transient: false, remedy: "clock", says: "valid from Jan 1" },
    ),
    ...Object.entries({ "1.0 only": helloIn(1), "1.1 only": helloIn(2), "1.0 only, by alert": versionAlert }).map(
      ([version, octets]) =>
        here(
          `TLS ${version}`,
          handshake((socket) => socket.write(octets)),
          { code: "tls-version-too-old", transient: false, remedy: "TLS 1.2" },
        ),
    ),
    here(
      "a reset in the TLS handshake",
      handshake((socket) => socket.resetAndDestroy()),
      cut,
    ),
    here(
      "an end in the TLS handshake",
      handshake((socket) => socket.end()),
      cut,
    ),
    here(
      "an alert in the TLS handshake",
      handshake((socket) => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, 40]))),
      { code: "tls-handshake-failed", transient: false, remedy: "ciphers", says: "handshake failure" },
    ),
  ];
}

function everyMailProtocol(protocol: MailProtocol): Situation[] {
  const here = (name: string, start: Start, comesOut: Failure, security: Situation["security"] = "tls"): Situation => ({
    name,
    protocol,
    security,
    start,
    comesOut,
  });
  const banners = Object.entries({
    SSH: "SSH-2.0-OpenSSH_9.2",
    HTTP: "HTTP/1.1 400 Bad Request",
    POP3: "+OK ready",
    IMAP: "* OK ready",
    SMTP: "220 ready",
  }).filter(([name]) => name.toLowerCase() !== protocol);
  return [
    here("nothing that listens", refused, {
      code: "connection-refused",
      transient: false,
      remedy: "port",
      says: "ECONNREFUSED",
    }),
    here("TLS to a plain port", speaking(greeting(protocol), { implicitTls: false }), {
      code: "tls-on-plain-port",
      transient: false,
      remedy: 'security: "starttls"',
      says: "wrong version number",
    }),
    here(
      "STARTTLS to a port that starts with TLS",
      speaking(greeting(protocol), { implicitTls: true }),
      silence,
      "starttls",
    ),
    here(
      "clear text to a port that starts with TLS",
      speaking(greeting(protocol), { implicitTls: true }),
      silence,
      "none",
    ),
    here(
      "no TLS handshake",
      speaking(() => () => undefined, { implicitTls: false }),
      anyTimeout,
    ),
    here("a self-signed certificate", speaking(greeting(protocol), { certificate: () => selfSigned() }), {
      ...untrusted("tls-self-signed"),
      says: "self-signed certificate",
    }),
    here(
      "an expired certificate",
      speaking(greeting(protocol), {
        certificate: ({ issue }) => issue({ notBefore: new Date("2024-01-01"), notAfter: new Date("2024-02-01") }),
      }),
      { code: "tls-certificate-expired", transient: false, remedy: "Renew", says: "to Feb 1" },
    ),
    here(
      "a certificate of another name",
      speaking(greeting(protocol), { certificate: ({ issue }) => issue({ hosts: ["mail.elsewhere.example"] }) }),
      { code: "tls-wrong-host-name", transient: false, remedy: "serverLocation", says: "DNS:mail.elsewhere.example" },
    ),
    ...banners.map(([name, banner]) =>
      here(
        `a banner of ${name}`,
        speaking(() => scriptOf(protocol, { at: "greeting", does: answering(banner) })),
        { code: "wrong-protocol", transient: false, remedy: "port", says: `${name}: ${banner}` },
      ),
    ),
  ];
}

const phases = {
  imap: ["greeting", "CAPABILITY", "LOGIN", "SELECT", "SEARCH"],
  pop3: ["greeting", "CAPA", "AUTH", "STAT"],
  smtp: ["greeting", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "message"],
};

/** What happens at each phase: silence, a reset, an end in order. */
function everyPhase(protocol: MailProtocol): Situation[] {
  const upgrade = protocol === "pop3" ? "STLS" : "STARTTLS";
  const points = [
    ...phases[protocol].map((at) => ({ at, security: "tls" as const })),
    { at: upgrade, security: "starttls" as const },
  ];
  return points.flatMap(({ at, security }) => {
    const row = (what: string, does: "stall" | "reset" | "end", comesOut: Failure): Situation => ({
      name: `${what} at ${at}`,
      protocol,
      security,
      start: speaking(() => scriptOf(protocol, { at, does })),
      comesOut,
      beforeSignIn: security === "starttls",
      // What may have been accepted is not sent again.
      ...(at === "message" ? { connections: 1 } : {}),
    });
    const mute = at === "greeting" ? silence : anyTimeout;
    return [row("silence", "stall", mute), row("a reset", "reset", cut), row("an end", "end", cut)];
  });
}

const endsWithBudget: readonly Situation["comesOut"][] = [anyTimeout, silence];
const shortBudgetSeconds = 2;

export const transportSituations: readonly Situation[] = [
  ...protocols.flatMap(everyProtocol),
  ...mailProtocols.flatMap(everyMailProtocol),
  ...mailProtocols.flatMap(everyPhase),
].map((situation) =>
  endsWithBudget.includes(situation.comesOut) ? { ...situation, budgetSeconds: shortBudgetSeconds } : situation,
);
