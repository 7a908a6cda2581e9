import { imapScript, pop3Script, smtpScript, type Script, type Twist } from "../../servers/faultServer";
import { faultLab } from "../../support/faultLab";

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
});
