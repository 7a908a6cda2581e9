import { imapScript, pop3Script, smtpScript, type Script, type Twist } from "../../servers/faultServer";
import { selfSigned } from "../../servers/pki";
import { speaking, type Failure, type Protocol, type Situation } from "./situation";

const notOffered: Failure = { code: "starttls-not-offered", transient: false, remedy: 'security: "tls"' };
const failed: Failure = { code: "starttls-failed", transient: false, remedy: "middlebox" };

const row = (name: string, protocol: Protocol, script: () => Script, comesOut: Situation["comesOut"]): Situation => ({
  name,
  protocol,
  security: "starttls",
  start: speaking(script),
  comesOut,
  beforeSignIn: true,
});
const answering =
  (...lines: string[]): Twist["does"] =>
  (peer, tag) => {
    peer.send(...lines.map((line) => `${tag} ${line}`.trim()));
  };
/** In one packet with the answer, before TLS: what an attacker in between may add. */
const injecting =
  (answer: string, injected: string): Twist["does"] =>
  (peer, tag) => {
    peer.startTls(`${tag} ${answer}`.trim(), injected);
  };
const script = { imap: () => imapScript(), pop3: () => pop3Script(), smtp: () => smtpScript() };

const ofTests: readonly Situation[] = [
  row("no STARTTLS among the capabilities", "imap", () => imapScript(undefined, "IMAP4rev1 AUTH=PLAIN"), notOffered),
  row("no STLS among the capabilities", "pop3", () => pop3Script(undefined, ["USER", "SASL PLAIN"]), notOffered),
  row("no STARTTLS among the extensions", "smtp", () => smtpScript(undefined, ["AUTH PLAIN LOGIN"]), notOffered),
  row("STARTTLS refused", "imap", () => imapScript({ at: "STARTTLS", does: answering("NO TLS is broken") }), {
    ...failed,
    says: "TLS is broken",
  }),
  row("STLS refused", "pop3", () => pop3Script({ at: "STLS", does: answering("-ERR TLS is broken") }), {
    ...failed,
    says: "-ERR TLS is broken",
  }),
  ...["500 5.5.1 command not recognized", "502 5.5.1 command not recognized"].map((answer) =>
    row(`STARTTLS answered ${answer}`, "smtp", () => smtpScript({ at: "STARTTLS", does: answering(answer) }), {
      ...notOffered,
      says: answer,
    }),
  ),
  row("STARTTLS answered 454", "smtp", () => smtpScript({ at: "STARTTLS", does: answering("454 4.7.0 not now") }), {
    ...failed,
    says: "454 4.7.0 not now",
  }),
  row(
    "text injected behind STARTTLS",
    "imap",
    () => imapScript({ at: "STARTTLS", does: injecting("OK begin", "* OK injected") }),
    failed,
  ),
  row(
    "text injected behind STLS",
    "pop3",
    () => pop3Script({ at: "STLS", does: injecting("+OK begin", "+OK injected") }),
    failed,
  ),
  {
    // It is not taken for an answer, so it does no harm.
    ...row(
      "text injected behind STARTTLS",
      "smtp",
      () => smtpScript({ at: "STARTTLS", does: injecting("220 begin", "250 AUTH NONSENSE") }),
      "Success",
    ),
    beforeSignIn: false,
  },
  ...(["imap", "pop3", "smtp"] as const).flatMap((protocol) => {
    const certified = (
      name: string,
      code: string,
      certificate: NonNullable<Parameters<typeof speaking>[1]>["certificate"],
    ) => ({
      ...row(name, protocol, script[protocol], { code, transient: false, remedy: "caCertificates" }),
      start: speaking(script[protocol], { certificate }),
    });
    return [
      certified("a self-signed certificate after STARTTLS", "tls-self-signed", () => selfSigned()),
      certified("a certificate of an unknown authority after STARTTLS", "tls-untrusted-certificate", ({ stranger }) =>
        stranger.issue(),
      ),
    ];
  }),
];

/** Spoken by hand: STARTTLS is said only where it is offered, and injected text is refused. */
const ofAccessChecks = ofTests
  .filter(({ protocol }) => protocol === "smtp")
  .map((situation): Situation => {
    const { comesOut } = situation;
    const offered = comesOut === "Success" || comesOut.says !== undefined;
    return {
      ...situation,
      name: `${situation.name}, at an access check`,
      accessCheckOnly: true,
      comesOut: offered ? { ...(comesOut === "Success" ? {} : comesOut), ...failed } : comesOut,
      beforeSignIn: true,
    };
  });

/** Credentials never travel in clear text: each ends before the sign-in. */
export const startTlsSituations: readonly Situation[] = [...ofTests, ...ofAccessChecks];
