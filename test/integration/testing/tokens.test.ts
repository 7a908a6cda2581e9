import { imapScript, pop3Capabilities, pop3Script, smtpScript } from "../../servers/faultServer";
import { faultLab, token } from "../../support/faultLab";

describe("access tokens", () => {
  const lab = faultLab();
  const cases = [
    ["imap", {}, (methods: string) => imapScript(undefined, `IMAP4rev1 ${methods.replace(/\S+/g, "AUTH=$&")}`)],
    ["pop3", {}, (methods: string) => pop3Script(undefined, ["USER", "UIDL", "TOP", `SASL ${methods}`])],
    ["smtp", {}, (methods: string) => smtpScript(undefined, [`AUTH ${methods}`])],
    ["smtp", { accessCheckOnly: true }, (methods: string) => smtpScript(undefined, [`AUTH ${methods}`])],
  ] as const;
  const signedIn = /AUTH(ENTICATE)? (XOAUTH2|OAUTHBEARER)/;

  test.each(cases)("%s %j: a server that takes none is told none", async (protocol, options, script) => {
    const result = await lab.tried(protocol, "tls", script("PLAIN LOGIN"), { signIn: token, ...options });
    expect(result).toMatchObject({ status: "Failure", code: `${protocol}-auth-not-offered`, transient: false });
    expect(result.message).toContain("(access token)");
    expect(result.message).toContain("neither XOAUTH2 nor OAUTHBEARER");
    expect(lab.server().received).not.toMatch(signedIn);
  });

  test.each(cases)("%s %j: OAUTHBEARER where only that is offered", async (protocol, options, script) => {
    await lab.tried(protocol, "tls", script("PLAIN OAUTHBEARER"), { signIn: token, ...options });
    expect(lab.server().received).toMatch(/AUTH(ENTICATE)? OAUTHBEARER/);
  });

  test.each(cases)("%s %j: never without TLS", async (protocol, options, script) => {
    const result = await lab.tried(protocol, "none", script("PLAIN XOAUTH2"), { signIn: token, ...options });
    expect(result).toMatchObject({ status: "Failure", code: "token-without-tls", transient: false });
    expect(lab.server().received).toBe("");
  });

  test("a line break in a password does not become another command", async () => {
    const signIn = { type: "password", username: "sales@contoso.com", password: "s3cret\nQUIT" } as const;
    const passwordOnly = pop3Script(
      undefined,
      pop3Capabilities.filter((name) => !name.startsWith("SASL")),
    );
    const result = await lab.tried("pop3", "tls", passwordOnly, { signIn });
    expect(result).toMatchObject({ status: "Failure", code: "control-character-in-credentials", transient: false });
    expect(lab.server().received).not.toContain("s3cret");
  });
});
