import { pop3Capabilities, pop3Script, type Script, type Twist } from "../../servers/faultServer";
import { faultLab, latestMs, password, saslPlain, token, user } from "../../support/faultLab";

const accessToken = token.type === "access-token" ? token.accessToken : "";

describe("POP3 servers that misbehave", () => {
  const lab = faultLab();
  const { tried } = lab;

  test("POP3 without CAPA signs in by USER and PASS", async () => {
    const does: Twist["does"] = (peer) => {
      peer.send("-ERR unknown command");
    };
    expect(await tried("pop3", "tls", pop3Script({ at: "CAPA", does }))).toMatchObject({ status: "Success" });
    expect(lab.server().received).toMatch(/USER sales@contoso\.com\r\nPASS /);
  });

  test("POP3 takes a token in two lines, and its reason from the challenge", async () => {
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
    const result = await tried("pop3", "tls", twoLines, { signIn: token });
    expect(result).toMatchObject({ status: "Failure", code: "pop3-token-refused", transient: false });
    expect(lab.server().received).toContain(
      `AUTH XOAUTH2\r\n${Buffer.from(`user=${user}\u0001auth=Bearer ${accessToken}\u0001\u0001`).toString("base64")}\r\n\r\n`,
    );
    expect(JSON.stringify(result)).not.toContain(accessToken);
  });

  test.each([
    ["PLAIN", pop3Capabilities, `AUTH PLAIN ${saslPlain}\r\n`],
    ["USER and PASS", ["USER", "UIDL", "TOP"], `USER ${user}\r\nPASS ${password}\r\n`],
  ])("POP3 by %s, one command at a time: no command more than is needed", async (_, capabilities, signIn) => {
    expect(await tried("pop3", "tls", pop3Script(undefined, capabilities))).toMatchObject({ status: "Success" });
    expect(lab.server().received).toBe(`CAPA\r\n${signIn}STAT\r\nQUIT\r\n`);
  });

  test("POP3 commands go in one packet where the server pipelines", async () => {
    const script = pop3Script(undefined, [...pop3Capabilities, "PIPELINING"], ["Subject: one", "Subject: two"]);
    let together = 0;
    let tops = 0;
    // Commands of one packet come before anything else can happen.
    const counting: Script = (line, peer) => {
      if (line.startsWith("TOP") && tops++ === 0) setImmediate(() => (together = tops));
      script(line, peer);
    };
    expect(await tried("pop3", "tls", counting)).toMatchObject({ status: "Success" });
    expect(together).toBe(2);
    expect(lab.server().received).toContain("STAT\r\nUIDL\r\nTOP 1 0\r\nTOP 2 0\r\nQUIT\r\n");
  });

  test("POP3 without end: a mailbox list of a hundred megabytes is cut off", async () => {
    const line = `1 ${"u".repeat(1000)}`;
    const chunk = Array.from({ length: 1000 }, () => line);
    const does: Twist["does"] = (peer) => {
      peer.send("+OK", ...chunk);
      for (let megabytes = 1; megabytes < 100; megabytes++) peer.send(...chunk);
    };
    const result = await tried("pop3", "tls", pop3Script({ at: "UIDL", does }, pop3Capabilities, ["Subject: one"]));
    expect(result).toMatchObject({ status: "Failure", code: "answer-too-large", transient: false });
    expect(result.took).toBeLessThan(latestMs);
  });
});
