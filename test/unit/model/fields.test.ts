import { organizationSchema } from "../../../provider/src/model/organization";
import { parse } from "../../../provider/src/model/parse";
import { profileSchema } from "../../../provider/src/model/profile";

const profile = (serverLocation: string) => () =>
  parse("EmailServerProfile", profileSchema, { emailSystem: "exchange-server-2019", incoming: { serverLocation } });
const organization = (url: string) => () => parse("Organization", organizationSchema, { url });

describe("a URL", () => {
  test.each([
    ["user and password", "sales:s3cret-In-the-URL@"],
    ["a user", "s3cret-In-the-URL@"],
    ["a password", ":s3cret-In-the-URL@"],
    ["a user, percent-encoded", "s3cret-In-the-URL%40contoso.com@"],
  ])("with %s is refused where it would be stored and shown, and not quoted", (_what, user) => {
    for (const [path, declare] of [
      ["incoming.serverLocation", profile(`https://${user}mail.contoso.com/EWS/Exchange.asmx`)],
      ["incoming.serverLocation", profile(`HTTP://${user}mail.contoso.com`)],
      ["url", organization(`https://${user}crm.contoso.com/Contoso`)],
    ] as const) {
      expect(declare).toThrow(`${path}: must hold no user name or password: they belong into credentials.`);
      expect(declare).not.toThrow(/s3cret|contoso\.com/);
    }
  });

  test("without them is taken, with an @ in its path, too", () => {
    expect(profile("https://mail.contoso.com/EWS/Exchange.asmx?a=sales@contoso.com")().incoming).toBeDefined();
    expect(organization("https://crm.contoso.com/Contoso")().url).toBe("https://crm.contoso.com/Contoso");
  });
});
