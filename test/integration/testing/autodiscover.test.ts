import { Budget } from "../../../provider/src/transport/budget";
import { ServerSideSyncError } from "../../../provider/src/errors";
import { discoverEwsUrl, type DiscoveryAccess } from "../../../provider/src/testing/ews/autodiscover/discover";
import {
  errorElement,
  flood,
  hintPath,
  json,
  jsonPath,
  poxPath,
  redirect,
  redirectAddress,
  redirectUrl,
  settings,
  signedIn,
  stall,
  startAutodiscoverServer,
  text,
  type Answer,
  type AutodiscoverServer,
  type AutodiscoverServerOptions,
} from "../../servers/ews/autodiscoverServer";
import { createAuthority, selfSigned, type Authority, type KeyPair } from "../../servers/pki";

const address = "sales@contoso.com";
const account = { user: "CONTOSO\\sales", password: "s3cret-Of-Autodiscover" };
const password: DiscoveryAccess["signIn"] = { type: "password", username: account.user, password: account.password };
const ews = "https://mail.contoso.com/EWS/Exchange.asmx";
const own = "https://autodiscover.contoso.com";
const root = "https://contoso.com";
const hint = "http://autodiscover.contoso.com";
const poxOf = (origin: string) => `${origin}/autodiscover/autodiscover.xml`;
const hosts = [
  "autodiscover.contoso.com",
  "contoso.com",
  "mail.contoso.com",
  "autodiscover.emea.contoso.com",
  "autodiscover.contoso.mail.onmicrosoft.com",
  "autodiscover-s.outlook.com",
  "autodiscover.fabrikam.com",
  "fabrikam.com",
  "notcontoso.com",
  "contoso.com.fabrikam.com",
  "autodiscover.xn--bcher-kva.example",
];

describe("autodiscover", () => {
  let authority: Authority;
  let certificate: KeyPair;
  let server: AutodiscoverServer | undefined;
  beforeAll(async () => {
    authority = await createAuthority();
    certificate = await authority.issue({ hosts });
  });
  afterEach(() => server?.stop());

  const guarded = (answer: Answer, schemes: readonly ("NTLM" | "Basic")[] = ["NTLM", "Basic"]) =>
    signedIn(account, schemes, certificate, answer);

  interface Search extends Partial<AutodiscoverServerOptions> {
    access?: Partial<DiscoveryAccess>;
    address?: string;
    seconds?: number;
    records?: { name: string; port: number; priority: number; weight: number }[];
  }
  async function discover(origins: AutodiscoverServerOptions["origins"], search: Search = {}): Promise<string> {
    server = await startAutodiscoverServer({ certificate, ...search, origins });
    const access = {
      signIn: password,
      method: "auto",
      caCertificates: authority.certificate,
      ...search.access,
    } as const;
    const noRecord = Object.assign(new Error("querySrv ENOTFOUND"), { code: "ENOTFOUND" });
    return discoverEwsUrl(search.address ?? address, access, Budget.ofSeconds(search.seconds ?? 10), {
      route: server.route,
      resolveSrv: () => (search.records === undefined ? Promise.reject(noRecord) : Promise.resolve(search.records)),
    });
  }
  /** The error, after a look that it says nothing secret. */
  async function failure(
    origins: AutodiscoverServerOptions["origins"],
    search: Search = {},
  ): Promise<ServerSideSyncError> {
    const error: unknown = await discover(origins, search).catch((thrown: unknown) => thrown);
    if (!(error instanceof ServerSideSyncError)) throw new Error(`no failure but ${String(error)}`);
    expect(error.message).not.toContain(account.password);
    expect(error.message).not.toMatch(/[\r\n]/);
    expect(error.remedy).toContain("set serverLocation to https://HOST/EWS/Exchange.asmx");
    return error;
  }
  const lines = () => (server?.requests ?? []).map(({ line }) => line);
  /** Hosts that were shown credentials of any kind. */
  const trusted = () => [
    ...new Set(
      (server?.requests ?? []).filter(({ headers }) => headers.authorization !== undefined).map(({ host }) => host),
    ),
  ];

  describe("finds the URL", () => {
    test("with one request and no credentials, by JSON", async () => {
      expect(await discover({ [own]: { [jsonPath(address)]: json({ Protocol: "EWS", Url: ews }) } })).toBe(ews);
      expect(lines()).toEqual([`GET ${own}/autodiscover/autodiscover.json/v1.0/sales%40contoso.com?Protocol=EWS`]);
      expect(trusted()).toEqual([]);
    });

    test("by JSON of the bare domain, where the autodiscover host does not exist", async () => {
      expect(await discover({ [root]: { [jsonPath(address)]: json({ Protocol: "Ews", Url: ews }) } })).toBe(ews);
      expect(trusted()).toEqual([]);
    });

    test.each([["NTLM"], ["Basic"]] as const)("by XML, signing in by %s", async (scheme) => {
      const answer = guarded(settings({ EXPR: ews }), [scheme]);
      expect(await discover({ [own]: { [poxPath]: answer } })).toBe(ews);
      const [first] = (server?.requests ?? []).filter(({ line }) => line.startsWith("POST"));
      expect(first?.headers.authorization).toBeUndefined();
      expect(first?.body).toContain("<EMailAddress>sales@contoso.com</EMailAddress>");
      expect(trusted()).toEqual(["autodiscover.contoso.com"]);
    });

    test("by XML, signing in with an access token", async () => {
      const answer = signedIn({ token: "token-of-sales" }, ["Bearer"], certificate, settings({ EXPR: ews }));
      const signIn = { type: "access-token", username: address, accessToken: "token-of-sales" } as const;
      expect(await discover({ [own]: { [poxPath]: answer } }, { access: { signIn } })).toBe(ews);
    });

    test("from outside rather than from inside", async () => {
      const inside = "https://exch1.contoso.com/EWS/Exchange.asmx";
      expect(await discover({ [own]: { [poxPath]: settings({ EXCH: inside, EXPR: ews }) } })).toBe(ews);
      await server?.stop();
      expect(await discover({ [own]: { [poxPath]: settings({ EXCH: inside, EXHTTP: ews }) } })).toBe(ews);
      await server?.stop();
      expect(await discover({ [own]: { [poxPath]: settings({ EXCH: inside }) } })).toBe(inside);
    });

    test.each([
      [
        "prefixes",
        `<a:Autodiscover xmlns:a="urn:a"><a:Response><a:Account><a:Protocol><a:Type>EXPR</a:Type><a:EwsUrl>${ews}</a:EwsUrl></a:Protocol></a:Account></a:Response></a:Autodiscover>`,
      ],
      [
        "comments, CDATA, attributes with >",
        `\ufeff<?xml version="1.0"?><!-- <Error> --><Autodiscover><Response><Account><Protocol x="a > b"><Type>EXPR</Type><EwsUrl><![CDATA[${ews}]]></EwsUrl></Protocol></Account></Response></Autodiscover>`,
      ],
      [
        "only ASUrl",
        `<Autodiscover><Response><Account><Protocol><Type>EXPR</Type><EwsUrl/><ASUrl>\n ${ews.replace("/EWS", "&#47;&#x45;WS")}\n</ASUrl></Protocol></Account></Response></Autodiscover>`,
      ],
    ])("in XML with %s", async (_what, body) => {
      expect(await discover({ [own]: { [poxPath]: text(body) } })).toBe(ews);
    });

    test.each([[301], [302], [307]])(
      "after a redirection by HTTP %d within the domain, with credentials",
      async (status) => {
        const target = "https://autodiscover.emea.contoso.com";
        const origins = {
          [own]: { [poxPath]: redirect(poxOf(target), status) },
          [target]: { [poxPath]: guarded(settings({ EXPR: ews })) },
        };
        expect(await discover(origins)).toBe(ews);
        expect(trusted()).toEqual(["autodiscover.emea.contoso.com"]);
      },
    );

    test("after redirectUrl and after redirectAddr to the tenant", async () => {
      const tenant = "https://autodiscover.contoso.mail.onmicrosoft.com";
      const cloud = "https://autodiscover-s.outlook.com";
      const outlook = "https://outlook.office365.com/EWS/Exchange.asmx";
      const origins = {
        [own]: { [poxPath]: guarded(redirectAddress("sales@contoso.mail.onmicrosoft.com")) },
        [tenant]: { [poxPath]: redirectUrl(poxOf(cloud)) },
        [cloud]: { [poxPath]: guarded(settings({ EXPR: outlook })) },
      };
      expect(await discover(origins)).toBe(outlook);
      const bodies = (server?.requests ?? []).map(({ body }) => body);
      expect(bodies.at(-1)).toContain("sales@contoso.mail.onmicrosoft.com");
    });

    test("after the redirection of the http host, which is asked nothing else", async () => {
      const cloud = "https://autodiscover-s.outlook.com";
      const origins = {
        [hint]: { [hintPath]: redirect(`${cloud}/elsewhere?x=y`) },
        [cloud]: { [poxPath]: guarded(settings({ EXPR: ews })) },
      };
      expect(await discover(origins)).toBe(ews);
      expect(lines().filter((line) => line.includes("http:"))).toEqual([`GET ${poxOf(hint)}`]);
      // The hint names a host; what is asked there is ours to say.
      expect(lines().join()).not.toContain("elsewhere");
      expect(trusted()).toEqual(["autodiscover-s.outlook.com"]);
    });

    test("after the best SRV record", async () => {
      const record = (name: string, priority: number, weight: number) => ({ name, port: 443, priority, weight });
      const records = [
        record("notcontoso.com", 20, 0),
        record("fabrikam.com", 10, 1),
        record("mail.contoso.com.", 10, 5),
      ];
      const origins = { "https://mail.contoso.com": { [poxPath]: guarded(settings({ EXPR: ews })) } };
      expect(await discover(origins, { records })).toBe(ews);
    });

    test("of a domain with letters beyond ASCII, and of a local part that needs escaping", async () => {
      const strange = `o'brien&co/../x@bücher.example`;
      const origins = { "https://autodiscover.xn--bcher-kva.example": { [poxPath]: settings({ EXPR: ews }) } };
      expect(await discover(origins, { address: strange })).toBe(ews);
      expect(server?.requests[0]?.line).toContain("/v1.0/o'brien%26co%2F..%2Fx%40b%C3%BCcher.example?");
      expect(server?.requests.at(-1)?.body).toContain(
        "<EMailAddress>o&apos;brien&amp;co/../x@bücher.example</EMailAddress>",
      );
    });
  });

  describe("gives credentials to no host that is not trusted", () => {
    const foreign = "https://autodiscover.fabrikam.com";
    const thief = { [poxPath]: guarded(settings({ EXPR: "https://fabrikam.com/EWS/Exchange.asmx" }), ["Basic"]) };
    async function untrusted(origins: AutodiscoverServerOptions["origins"], host: string, search: Search = {}) {
      const error = await failure(
        { ...origins, [foreign]: { ...thief, ...(origins[foreign] as object | undefined) } },
        search,
      );
      expect(error.code).toBe("autodiscover-untrusted-redirect");
      expect(error.summary).toContain(host);
      expect(error.summary).toContain("outside contoso.com");
      expect(trusted().filter((name) => !name.endsWith("contoso.com") || name === "notcontoso.com")).toEqual([]);
      expect(lines().filter((line) => line.startsWith("POST") && line.includes("fabrikam"))).toEqual([]);
    }

    test("after an HTTPS redirection", async () => {
      await untrusted({ [own]: { [poxPath]: redirect(poxOf(foreign)) } }, "autodiscover.fabrikam.com");
    });
    test("after redirectUrl, behind a sign-in", async () => {
      await untrusted({ [own]: { [poxPath]: guarded(redirectUrl(poxOf(foreign))) } }, "autodiscover.fabrikam.com");
    });
    test("after redirectAddr", async () => {
      await untrusted({ [own]: { [poxPath]: guarded(redirectAddress("sales@fabrikam.com")) } }, "sales@fabrikam.com");
    });
    test("after the redirection of the http host", async () => {
      await untrusted({ [hint]: { [hintPath]: redirect(poxOf(foreign)) } }, "autodiscover.fabrikam.com");
      expect(lines().join()).not.toContain("fabrikam");
    });
    test("after an SRV record", async () => {
      const records = [{ name: "autodiscover.fabrikam.com", port: 443, priority: 0, weight: 0 }];
      await untrusted({}, "autodiscover.fabrikam.com", { records });
      expect(lines().join()).not.toContain("fabrikam");
    });
    test.each(["https://notcontoso.com", "https://contoso.com.fabrikam.com"])(
      "whose name only looks alike: %s",
      async (alike) => {
        await untrusted({ [own]: { [poxPath]: redirect(poxOf(alike)) }, [alike]: thief }, new URL(alike).hostname);
        expect(trusted()).toEqual([]);
      },
    );
    test("named by JSON of a host that is not trusted", async () => {
      const answer = { [jsonPath(address)]: json({ Protocol: "EWS", Url: "https://fabrikam.com/EWS/Exchange.asmx" }) };
      const away = redirect(`${foreign}/autodiscover/autodiscover.json/v1.0/sales%40contoso.com?Protocol=EWS`);
      await untrusted({ [own]: { [jsonPath(address)]: away }, [foreign]: answer }, "fabrikam.com");
    });
    test("but believes such a host about a trusted one", async () => {
      const away = redirect(`${foreign}/autodiscover/autodiscover.json/v1.0/sales%40contoso.com?Protocol=EWS`);
      const origins = {
        [own]: { [jsonPath(address)]: away },
        [foreign]: { [jsonPath(address)]: json({ Protocol: "EWS", Url: ews }) },
      };
      expect(await discover(origins)).toBe(ews);
      expect(trusted()).toEqual([]);
    });

    test("nor to one with a certificate for another name, or of an unknown authority", async () => {
      const other = await authority.issue({ hosts: ["www.contoso.com"] });
      const selfMade = await selfSigned({ hosts: ["contoso.com"] });
      const open = { [poxPath]: guarded(settings({ EXPR: ews })) };
      const error = await failure(
        { [own]: open, [root]: open },
        { otherCertificates: { "autodiscover.contoso.com": other, "contoso.com": selfMade } },
      );
      expect(error.code).toBe("autodiscover-failed");
      expect(error.summary).toContain("shows a certificate for another name");
      expect(error.summary).toContain("shows a self-signed certificate");
      expect(lines()).toEqual([]);
    });
    test("nor without TLS, wherever that is named", async () => {
      const origins = {
        [own]: { [poxPath]: redirect("http://mail.contoso.com/autodiscover/autodiscover.xml") },
        [hint]: { [hintPath]: redirect(poxOf(hint)) },
      };
      const error = await failure(origins);
      expect(error.code).toBe("autodiscover-failed");
      expect(error.summary).toContain("redirects to no https URL");
      expect(error.summary).toContain("leads to no https URL");
      expect(trusted()).toEqual([]);
    });
    test("nor to one that does not ask for them", async () => {
      const error = await failure({ [root]: {} }, { access: { method: "basic" } });
      expect(error.code).toBe("autodiscover-failed");
      expect(lines().some((line) => line === `POST ${poxOf(root)}`)).toBe(true);
      expect(trusted()).toEqual([]);
    });
    test.each([
      ["without TLS", "http://mail.contoso.com/EWS/Exchange.asmx"],
      ["with credentials", "https://sales:word@mail.contoso.com/EWS/Exchange.asmx"],
      ["of a file", "file:///etc/passwd"],
      ["without end", `https://mail.contoso.com/${"x".repeat(2100)}`],
    ])("and takes no EWS URL %s", async (_what, url) => {
      const error = await failure({
        [own]: { [jsonPath(address)]: json({ Protocol: "EWS", Url: url }), [poxPath]: settings({ EXPR: url }) },
      });
      expect(error.code).toBe("autodiscover-failed");
      expect(error.summary).toContain("names an EWS URL that is not https");
    });
  });

  describe("fails", () => {
    test("naming each place and what came back, in one line", async () => {
      const error = await failure({
        [root]: {
          [jsonPath(address)]: json(
            { ErrorCode: "ProtocolNotSupported", ErrorMessage: "The given protocol value 'EWS'\nis not supported." },
            400,
          ),
        },
        [hint]: "refuses",
      });
      expect(error).toMatchObject({ code: "autodiscover-failed", transient: false });
      expect(error.summary).toBe(
        "Autodiscover found no EWS URL for sales@contoso.com. Tried JSON at https://autodiscover.contoso.com: does not exist in DNS; " +
          "JSON at https://contoso.com: HTTP 400, ProtocolNotSupported: The given protocol value 'EWS' is not supported.; " +
          "XML at https://contoso.com: HTTP 404; redirection of http://autodiscover.contoso.com: refused the connection; " +
          "SRV record _autodiscover._tcp.contoso.com: does not exist in DNS.",
      );
    });
    test("for an address that the server does not know", async () => {
      const error = await failure({
        [own]: { [poxPath]: guarded(errorElement(500, "The email address can't be found.")) },
      });
      expect(error.code).toBe("autodiscover-address-unknown");
      expect(error.summary).toContain("error 500: The email address can't be found.");
    });
    test("for a request that the server does not understand", async () => {
      const error = await failure({ [own]: { [poxPath]: guarded(errorElement(600, "Invalid Request")) } });
      expect(error.code).toBe("autodiscover-failed");
      expect(error.summary).toContain("error 600: Invalid Request");
    });
    test.each([["NTLM"], ["Basic"]] as const)("with a wrong password by %s", async (scheme) => {
      const origins = {
        [own]: {
          [poxPath]: signedIn({ ...account, password: "another" }, [scheme], certificate, settings({ EXPR: ews })),
        },
      };
      const error = await failure(origins);
      expect(error.code).toBe("autodiscover-authentication-failed");
      expect(error.summary).toContain("refused the sign-in of user CONTOSO\\sales for sales@contoso.com");
    });
    describe("at the first refusal, so that no account is locked", () => {
      const status =
        (code: number): Answer =>
        (request, response, socket) => {
          (request.headers.authorization?.startsWith("Basic ") === true
            ? text("", code)
            : guarded(text(""), ["Basic"]))(request, response, socket);
        };
      /** Requests that showed the password itself: Basic, or the third message of NTLM. */
      const presented = () =>
        (server?.requests ?? []).filter(({ headers: { authorization = "" } }) =>
          /^Basic |^NTLM TlRMTVNTUAAD/.test(authorization),
        );
      const everywhere = (answer: Answer) => ({
        [own]: { [poxPath]: answer },
        [root]: { [poxPath]: answer },
        [hint]: { [hintPath]: redirect("https://autodiscover.emea.contoso.com/") },
        "https://autodiscover.emea.contoso.com": { [poxPath]: answer },
        "https://mail.contoso.com": { [poxPath]: answer },
      });
      const records = [{ name: "mail.contoso.com", port: 443, priority: 0, weight: 0 }];

      test.each([["NTLM"], ["Basic"]] as const)("of a password by %s", async (scheme) => {
        const wrong = signedIn({ ...account, password: "another" }, [scheme], certificate, settings({ EXPR: ews }));
        const error = await failure(everywhere(wrong), { records });
        expect(error.code).toBe("autodiscover-authentication-failed");
        expect(presented().map(({ host }) => host)).toEqual(["autodiscover.contoso.com"]);
      });
      test("of a token", async () => {
        const wrong = signedIn({ token: "another" }, ["Bearer"], certificate, settings({ EXPR: ews }));
        const signIn = { type: "access-token", username: address, accessToken: account.password } as const;
        const error = await failure(everywhere(wrong), { records, access: { signIn } });
        expect(error.code).toBe("autodiscover-authentication-failed");
        expect(trusted()).toEqual(["autodiscover.contoso.com"]);
      });
      test.each([
        [456, "autodiscover-account-locked", "says that the account is locked of"],
        [457, "autodiscover-password-expired", "says that the password has expired or must be changed, of"],
      ])("by HTTP %d", async (code, expected, words) => {
        const error = await failure(everywhere(status(code)), { records });
        expect(error).toMatchObject({ code: expected, transient: false });
        expect(error.summary).toContain(`${words} user CONTOSO\\sales for sales@contoso.com`);
        expect(presented()).toHaveLength(1);
      });
      test("but not where nothing was shown, because the method that is declared is not offered", async () => {
        const origins = {
          [own]: { [poxPath]: guarded(settings({}), ["Basic"]) },
          [root]: { [poxPath]: guarded(settings({ EXPR: ews }), ["NTLM"]) },
        };
        expect(await discover(origins, { access: { method: "ntlm" } })).toBe(ews);
        expect(presented().map(({ host }) => host)).toEqual(["contoso.com"]);
      });
    });
    test("in a circle of redirections", async () => {
      const circle = { [own]: { [poxPath]: redirect(poxOf(root)) }, [root]: { [poxPath]: redirect(poxOf(own)) } };
      expect((await failure(circle)).code).toBe("autodiscover-redirect-loop");
      expect(lines().filter((line) => line.startsWith("POST"))).toHaveLength(2);
    });
    test("in a circle of addresses", async () => {
      const origins = {
        [own]: { [poxPath]: redirectAddress("sales@emea.contoso.com") },
        "https://autodiscover.emea.contoso.com": { [poxPath]: redirectAddress("sales@contoso.com") },
      };
      expect((await failure(origins)).code).toBe("autodiscover-redirect-loop");
    });
    test("after ten redirections that never end", async () => {
      let count = 0;
      const on: Answer = (request, response, socket) => {
        count += 1;
        redirect(`${own}/autodiscover/autodiscover.xml?${count}`)(request, response, socket);
      };
      const error = await failure({ [own]: { [poxPath]: on } });
      expect(error.code).toBe("autodiscover-redirect-loop");
      expect(count).toBe(11);
    });
    test.each([
      ["garbage", text("\u0000\u001b[31m<<<>>>&&&")],
      ["a web page", text("<!DOCTYPE html><html><body>Sign in<br></body></html>", 200, "text/html")],
      ["nothing", text("")],
      ["half an answer", text("<Autodiscover><Response><Account>")],
      [
        "a document type with entities",
        text(
          `<!DOCTYPE a [<!ENTITY e "${ews}">]><Autodiscover><Response><Account><Protocol><Type>EXPR</Type><EwsUrl>&e;</EwsUrl></Protocol></Account></Response></Autodiscover>`,
        ),
      ],
      ["a deep nest", text("<Autodiscover>".repeat(100_000))],
      ["a million openings", text(`<Autodiscover><Response>${"<a b='".repeat(150_000)}`)],
      ["settings without EWS", settings({})],
    ])("on %s, at once", async (_what, answer) => {
      const start = performance.now();
      const error = await failure({ [own]: { [jsonPath(address)]: answer, [poxPath]: answer } });
      expect(error.code).toBe("autodiscover-failed");
      expect(error.summary).toMatch(/XML at \S+: (an answer that is no autodiscover|settings without a URL of EWS);/);
      expect(performance.now() - start).toBeLessThan(2000);
    });
    test("on an answer without end, reading little of it", async () => {
      const before = process.memoryUsage().rss;
      const error = await failure({ [own]: { [jsonPath(address)]: flood, [poxPath]: flood } });
      expect(error.summary).toContain("sent more than a test reads");
      expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    });
  });

  describe("within the budget", () => {
    test("a host that stalls leaves enough for the others", async () => {
      const start = performance.now();
      const origins = {
        [own]: { [jsonPath(address)]: stall, [poxPath]: stall },
        [root]: { [poxPath]: guarded(settings({ EXPR: ews })) },
      };
      expect(await discover(origins, { seconds: 3 })).toBe(ews);
      expect(performance.now() - start).toBeLessThan(2000);
      // Once is enough.
      expect(lines().filter((line) => line.includes(own))).toHaveLength(1);
    });
    test("hosts that all stall: a transient failure in time", async () => {
      const start = performance.now();
      const stalled = { [jsonPath(address)]: stall, [poxPath]: stall, [hintPath]: stall };
      const error = await failure({ [own]: stalled, [root]: stalled, [hint]: stalled }, { seconds: 2 });
      expect(error).toMatchObject({ code: "autodiscover-temporarily-unavailable", transient: true });
      expect(error.summary).toContain("did not answer in time");
      expect(performance.now() - start).toBeLessThan(3000);
    });
    test("a server that is down for a while is a transient failure", async () => {
      const error = await failure({ [own]: { [jsonPath(address)]: text("", 503), [poxPath]: text("", 503) } });
      expect(error).toMatchObject({ code: "autodiscover-temporarily-unavailable", transient: true });
      expect(error.summary).toContain("HTTP 503");
    });
  });
});
