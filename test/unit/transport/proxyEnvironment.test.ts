import { proxyFor } from "../../../provider/src/transport/proxy";
import { setEnvironment, withoutProxy } from "../../support/environment";

describe("the proxy of the environment", () => {
  let restore: (() => void) | undefined;
  afterEach(() => restore?.());
  function environment(values: Record<string, string>): void {
    restore = setEnvironment({ ...withoutProxy, ...values });
  }
  const proxied = (url: string) => proxyFor(new URL(url)) !== undefined;

  test.each<[noProxy: string, exempt: string[], proxied: string[]]>([
    ["", [], ["https://mail.contoso.com"]],
    [",, ", [], ["https://mail.contoso.com"]],
    ["*", ["https://mail.contoso.com", "https://10.1.2.3", "https://[2001:db8::1]"], []],
    [
      "contoso.com",
      [
        "https://contoso.com",
        "https://mail.contoso.com",
        "https://a.b.contoso.com:444",
        "https://MAIL.Contoso.com",
        "https://mail.contoso.com./",
      ],
      ["https://notcontoso.com", "https://contoso.com.fabrikam.com", "https://com", "https://fabrikam.com"],
    ],
    ["Contoso.COM.", ["https://contoso.com", "https://mail.contoso.com"], ["https://notcontoso.com"]],
    [".contoso.com", ["https://mail.contoso.com", "https://a.b.contoso.com"], ["https://contoso.com", "https://a.com"]],
    ["*.contoso.com", ["https://mail.contoso.com"], ["https://contoso.com", "https://notcontoso.com"]],
    ["contoso.com:444", ["https://mail.contoso.com:444"], ["https://mail.contoso.com", "https://contoso.com:4443"]],
    ["contoso.com:443", ["https://mail.contoso.com", "https://contoso.com:443"], ["https://contoso.com:444"]],
    ["fabrikam.com, contoso.com", ["https://contoso.com", "https://fabrikam.com"], ["https://com"]],
    ["fabrikam.com contoso.com", ["https://contoso.com", "https://fabrikam.com"], ["https://com"]],
    ["bücher.example", ["https://mail.xn--bcher-kva.example", "https://bücher.example"], ["https://b.example"]],
    ["10.1.2.3", ["https://10.1.2.3", "https://10.1.2.3:444"], ["https://10.1.2.30", "https://110.1.2.3"]],
    ["10.1.2.3:444", ["https://10.1.2.3:444"], ["https://10.1.2.3"]],
    ["10.1.0.0/16", ["https://10.1.2.3", "https://10.1.255.255"], ["https://10.2.0.0", "https://mail.contoso.com"]],
    ["0.0.0.0/0", ["https://10.1.2.3"], ["https://mail.contoso.com", "https://[2001:db8::1]"]],
    ["2001:DB8:0::1", ["https://[2001:db8::1]", "https://[2001:db8::1]:444"], ["https://[2001:db8::11]"]],
    ["[2001:db8::1]", ["https://[2001:db8::1]"], ["https://[2001:db8::2]"]],
    ["[2001:db8::1]:444", ["https://[2001:db8::1]:444"], ["https://[2001:db8::1]"]],
    ["2001:db8::/32", ["https://[2001:db8:1::1]"], ["https://[2001:db9::1]", "https://32.1.13.184"]],
    ["2.3", [], ["https://10.1.2.3", "https://mail.contoso.com"]],
    ["10.1.0.0/33,10.1.0.0/,/8,x/8,10.1/16,2001:db8::/129", [], ["https://10.1.2.3", "https://[2001:db8::1]"]],
    [".,*.,:443,[],.:443", [], ["https://mail.contoso.com", "https://10.1.2.3"]],
  ])("is left out for NO_PROXY=%j", (noProxy, exempt, others) => {
    environment({ HTTPS_PROXY: "http://proxy.contoso.test:3128", NO_PROXY: noProxy });
    expect(exempt.filter(proxied)).toEqual([]);
    expect(others.filter((url) => !proxied(url))).toEqual([]);
  });

  test("never leads to this machine itself or to http", () => {
    environment({ HTTPS_PROXY: "http://proxy.contoso.test:3128" });
    const direct = ["https://localhost:1", "https://a.localhost", "https://127.0.0.1", "https://[::1]", "http://a.b"];
    expect(direct.filter(proxied)).toEqual([]);
  });

  test.each<[Record<string, string>, string | undefined]>([
    [{}, undefined],
    [{ HTTPS_PROXY: "" }, undefined],
    [{ ALL_PROXY: "http://all.test:1", all_proxy: "http://all.test:1", HTTP_PROXY: "http://plain.test:1" }, undefined],
    [{ https_proxy: "http://lower.test:3128" }, "http lower.test:3128"],
    [{ HTTPS_PROXY: "http://upper.test:1", https_proxy: "http://lower.test:3128" }, "http upper.test:1"],
    [{ HTTPS_PROXY: "", https_proxy: "http://lower.test:3128" }, "http lower.test:3128"],
    [{ HTTPS_PROXY: "https://secure.test", ALL_PROXY: "socks5://all.test" }, "https secure.test:443"],
    [{ HTTPS_PROXY: "bare.test:8080" }, "http bare.test:8080"],
    [{ HTTPS_PROXY: "http://upper.test:1", no_proxy: "contoso.com" }, undefined],
  ])("of %j", (values, expected) => {
    environment(values);
    const proxy = proxyFor(new URL("https://mail.contoso.com"));
    expect(proxy && `${proxy.secure ? "https" : "http"} ${proxy.host}:${proxy.port}`).toBe(expected);
  });

  test.each(["HTTPS_PROXY", "https_proxy"])(
    "that cannot be used is named by its variable, %s, without its text",
    (name) => {
      for (const text of ["socks5://user:s3cret@h:1", "http://us%er:s3cret@h", "http://", "user:s3cret@h:x"]) {
        environment({ [name]: text });
        expect(() => proxyFor(new URL("https://mail.contoso.com"))).toThrow(
          expect.objectContaining({
            code: "PROXY_MALFORMED",
            message: `${name} is not the URL of an HTTP proxy`,
          }) as Error,
        );
        restore?.();
      }
    },
  );
});
