import { imapScript, pop3Script, smtpScript, type Peer, type Script, type Twist } from "../../servers/faultServer";
import { until } from "../../servers/processes";
import { faultLab, password, user, type Trial } from "../../support/faultLab";

/** What is no failure, or is seen only on the wire; what fails stands in test/integration/faults. */
describe("conversations with mail servers", () => {
  const lab = faultLab();
  const scripts = { imap: imapScript, pop3: pop3Script, smtp: smtpScript };
  const protocols = Object.keys(scripts) as (keyof typeof scripts)[];
  const scriptOf = (protocol: keyof typeof scripts, twist?: Twist) => scripts[protocol](twist);

  test.each(protocols)("%s: without a twist the fault server passes", async (protocol) => {
    expect(await lab.tried(protocol, "tls", scriptOf(protocol))).toMatchObject({ status: "Success" });
    await lab.stop();
    expect(await lab.tried(protocol, "starttls", scriptOf(protocol))).toMatchObject({ status: "Success" });
  });

  test.each(protocols)("%s: a test that is over holds no connection", async (protocol) => {
    const peers = new Set<Peer>();
    const script = scriptOf(protocol);
    const watched: Script = (line, peer) => {
      peers.add(peer);
      script(line, peer);
    };
    // Long: at the end of its time the IMAP library closes by itself.
    const trial = { timeoutSeconds: 60 };
    expect(await lab.tried(protocol, "tls", watched, trial)).toMatchObject({ status: "Success" });
    expect(peers.size).toBeGreaterThan(0);
    await until("the end of every connection", () => [...peers].every((peer) => peer.closed()), 2000);
  });

  const checks = protocols.map((protocol): [string, typeof protocol, Trial] => [protocol, protocol, {}]);
  const queue: Trial = { accessCheckOnly: true, roundTrip: false };
  describe.each(["tls", "starttls"] as const)("over %s", (security) => {
    test.each([...checks, ["smtp, for a queue", "smtp", queue]] as typeof checks)(
      "%s: a server of many names is told which one is meant",
      async (_what, protocol, trial) => {
        const names = { localhost: await lab.authority().issue({ hosts: ["localhost"] }) };
        const certificate = await lab.authority().issue({ hosts: ["mail.fabrikam.com"] });
        const named = { ...trial, certificate, names, host: "localhost" };
        expect(await lab.tried(protocol, security, scriptOf(protocol), named)).toMatchObject({ status: "Success" });
      },
    );
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
    expect(await lab.tried("imap", "tls", moody)).toMatchObject({ status: "Success" });
    expect(lab.server().connections).toBe(2);
  });

  test("a queue whose server knows only LOGIN is signed in to by LOGIN", async () => {
    const script = smtpScript(undefined, ["AUTH LOGIN XOAUTH2"]);
    const said: string[] = [];
    const stepwise: Script = (line, peer) => {
      if (line === "AUTH LOGIN" || (said.length > 0 && said.length < 3)) {
        said.push(line);
        peer.send(said.length < 3 ? "334 VXNlcm5hbWU6" : "235 2.7.0 welcome");
      } else script(line, peer);
    };
    const checked = { accessCheckOnly: true, roundTrip: false };
    expect(await lab.tried("smtp", "tls", stepwise, checked)).toMatchObject({ status: "Success" });
    expect(said).toEqual(["AUTH LOGIN", ...[user, password].map((text) => Buffer.from(text).toString("base64"))]);
    expect(lab.server().received).not.toContain("DATA");
  });
});
