import { endpointOf, exchangeOptionsOf } from "../../../provider/src/backends/direct/endpoints";
import { factsOf, readFacts } from "../../../provider/src/model/facts";
import { normalizeProfile } from "../../../provider/src/model/normalizeProfile";
import { profileSchema } from "../../../provider/src/model/profile";

function located(connection: object) {
  const profile = normalizeProfile(profileSchema.parse({ emailSystem: "exchange-server-2019", incoming: connection }));
  const facts = readFacts(JSON.parse(JSON.stringify(factsOf(profile))) as Record<string, unknown>);
  const { host, port } = endpointOf(facts, "incoming");
  return [exchangeOptionsOf(facts, "incoming")?.url, host, port];
}

describe("the EWS URL of", () => {
  const standard = "https://mail.contoso.com/EWS/Exchange.asmx";
  test.each([
    ["mail.contoso.com", [standard, "mail.contoso.com", 443]],
    ["https://mail.contoso.com", [standard, "mail.contoso.com", 443]],
    ["https://mail.contoso.com/", [standard, "mail.contoso.com", 443]],
    ["https://mail.contoso.com:8443", ["https://mail.contoso.com:8443/EWS/Exchange.asmx", "mail.contoso.com", 8443]],
    ["https://[2001:db8::1]/", ["https://[2001:db8::1]/EWS/Exchange.asmx", "2001:db8::1", 443]],
    ["2001:db8::1", ["https://[2001:db8::1]/EWS/Exchange.asmx", "2001:db8::1", 443]],
    ["https://mail.contoso.com/own/path", ["https://mail.contoso.com/own/path", "mail.contoso.com", 443]],
    ["https://mail.contoso.com/?to=ews", ["https://mail.contoso.com/?to=ews", "mail.contoso.com", 443]],
  ])("%s is %j", (serverLocation, expected) => {
    expect(located({ serverLocation })).toEqual(expected);
  });

  test("a server without TLS has the same path", () => {
    expect(located({ serverLocation: "http://mail.contoso.com", security: "none" })[0]).toBe(
      "http://mail.contoso.com/EWS/Exchange.asmx",
    );
  });
});
