import "reflect-metadata";
import { discoverServers } from "../../../provider/src/testing/discoverServers";
import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { MailboxTestRequest, MailSide } from "../../../provider/src/testing/types";
import type { Endpoint, TestResult, TokenSignIn } from "../../../provider/src/testing/types";
import { Budget } from "../../../provider/src/transport/budget";
import { TokenClient } from "../../../provider/src/transport/oauth/tokenClient";
import type { TokenRequest } from "../../../provider/src/transport/oauth/tokenRequest";
import { poxPath, settings, signedIn, startAutodiscoverServer } from "../../servers/ews/autodiscoverServer";
import { startEwsServer } from "../../servers/ews/ewsServer";
import { ExchangeStore } from "../../servers/ews/store";
import { mailLabAvailability, startMailLab, type MailLab } from "../../servers/mailLab";
import { createRsaKey, serviceAccountJson, type RsaKey } from "../../servers/oauth/rsa";
import { startTokenServer, type TokenServer, type TokenServerOptions } from "../../servers/oauth/tokenServer";
import { createAuthority, type Authority } from "../../servers/pki";
import { freePorts } from "../../servers/processes";
import { describeIfAvailable } from "../../support/layers";

const tenant = "3f17e397-c012-53af-a427-65d8ec3c93b0";
const clientId = "a5a5b0a2-7c7d-4d4e-9c54-0b2a5e6f7a10";
const scope = "https://outlook.office365.com/.default";
const app = { authority: "login.microsoftonline.com", tenant, clientId, scope } as const;
const bySecret: TokenRequest = { type: "client-secret", ...app, clientSecret: "s3cret-of-the-app" };
const statuses = (results: readonly TestResult[]) => results.map(({ test, status }) => `${test} ${status}`);

describe("Test & Enable with tokens that it fetches itself", () => {
  let authority: Authority;
  let key: RsaKey;
  const stops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    authority = await createAuthority("Token Authority");
    key = await createRsaKey();
  });
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
  });

  async function tokens(options: Pick<TokenServerOptions, "accessToken"> & Partial<TokenServerOptions>) {
    const server = await startTokenServer({
      certificate: await authority.issue(),
      apps: [
        {
          tenants: [tenant, "consumers"],
          clientId,
          secret: "s3cret-of-the-app",
          certificate: key.certificate,
          scopes: [scope],
        },
      ],
      ...options,
    });
    stops.push(() => server.stop());
    return { server, client: leadingTo(server) };
  }
  const leadingTo = ({ port }: Pick<TokenServer, "port">) =>
    new TokenClient((url) => ({
      url: new URL(url.pathname, `https://127.0.0.1:${port}`),
      caCertificates: authority.certificate,
    }));
  const signInBy = (username: string, request: TokenRequest): TokenSignIn => ({
    type: "token-request",
    username,
    request,
  });

  describeIfAvailable("at Dovecot and Postfix", mailLabAvailability(), () => {
    let lab: MailLab;
    beforeAll(async () => {
      lab = await startMailLab();
    }, 60_000);
    afterAll(async () => {
      await lab.stop();
    }, 30_000);

    function request(user: string, incoming: "imap" | "pop3", signIn: MailSide["signIn"], more?: MailSide["signIn"]) {
      const endpoint = (protocol: "imap" | "pop3" | "smtp"): Endpoint => ({
        protocol,
        host: lab.host,
        port: lab[protocol].tls,
        security: "tls",
        caCertificates: lab.caCertificate,
      });
      return {
        emailAddress: user,
        incoming: { endpoint: endpoint(incoming), signIn },
        outgoing: { endpoint: endpoint("smtp"), signIn: more ?? signIn },
        roundTrip: true,
        timeoutSeconds: 30,
        maxConcurrentTests: 4,
      } satisfies MailboxTestRequest;
    }
    const allSuccess = ["incomingEmail Success", "outgoingEmail Success", "roundTrip Success"];

    test.each(["imap", "pop3"] as const)("an app signs in over %s and SMTP with one token", async (incoming) => {
      const user = "alice@lab.test";
      const { server, client } = await tokens({ accessToken: () => lab.accessToken(user) });
      expect(statuses(await runMailboxTest(request(user, incoming, signInBy(user, bySecret)), client))).toEqual(
        allSuccess,
      );
      expect(server.requests).toEqual([`/${tenant}/oauth2/v2.0/token`]);
      const certificate: TokenRequest = {
        type: "client-certificate",
        ...app,
        certificate: key.certificate,
        privateKey: key.key,
      };
      expect(statuses(await runMailboxTest(request(user, incoming, signInBy(user, certificate)), client))).toEqual(
        allSuccess,
      );
      expect(server.requests).toHaveLength(2);
    });

    test("a user's refresh token is asked for each permission", async () => {
      const user = "bob@lab.test";
      const outlook = "https://outlook.office.com";
      const scopes = [`${outlook}/IMAP.AccessAsUser.All`, `${outlook}/SMTP.Send`];
      const { server, client } = await tokens({
        accessToken: ({ user: granted }) => lab.accessToken(granted ?? ""),
        refreshTokens: { "r-1": { clientId, user, scopes } },
      });
      const [incoming, outgoing] = scopes.map((wanted) =>
        signInBy(user, {
          type: "microsoft-refresh-token",
          ...app,
          tenant: "consumers",
          scope: wanted,
          clientSecret: "s3cret-of-the-app",
          refreshToken: "r-1",
        }),
      );
      if (incoming === undefined) throw new Error("no scope");
      expect(statuses(await runMailboxTest(request(user, "imap", incoming, outgoing), client))).toEqual(allSuccess);
      expect(server.grants.map(({ scope: given }) => given).sort()).toEqual(scopes);
    });

    test("a service account signs in as each of its users", async () => {
      const users = ["alice@lab.test", "carol@lab.test"];
      const email = "mail@project.iam.gserviceaccount.com";
      const { server, client } = await tokens({
        accessToken: ({ user }) => lab.accessToken(user ?? ""),
        serviceAccounts: [{ email, keyId: "k", spki: key.spki, users, scopes: ["https://mail.google.com/"] }],
      });
      const by = (subject: string) =>
        signInBy(subject, { type: "google-service-account", key: serviceAccountJson(email, "k", key.key), subject });
      for (const user of users)
        expect(statuses(await runMailboxTest(request(user, "imap", by(user)), client))).toEqual(allSuccess);
      expect(server.grants.map(({ user }) => user)).toEqual(users);
    });

    test("a refusal is each direction's failure, asked for once, and does not touch a direction without a token", async () => {
      const user = "dave@lab.test";
      const { server, client } = await tokens({ accessToken: () => lab.accessToken(user) });
      const wrong = signInBy(user, { ...bySecret, clientSecret: "wr0ng-secret" });
      const [incoming, outgoing, roundTrip] = await runMailboxTest(request(user, "imap", wrong), client);
      for (const result of [incoming, outgoing])
        expect(result).toMatchObject({ status: "Failure", code: "oauth-client-secret-invalid", transient: false });
      expect(roundTrip).toMatchObject({ status: "Not Run" });
      expect(server.requests).toHaveLength(1);
      const password = { type: "password", username: user, password: lab.users[user] ?? "" } as const;
      const mixed = await runMailboxTest(request(user, "imap", wrong, password), client);
      expect(statuses(mixed)).toEqual(["incomingEmail Failure", "outgoingEmail Success", "roundTrip Not Run"]);
      expect(JSON.stringify([incoming, outgoing, mixed])).not.toContain("wr0ng-secret");
    });

    test("a wait that the endpoint asks for is kept", async () => {
      const user = "erin@lab.test";
      const times: number[] = [];
      const busy = { status: 429, body: { error: "temporarily_unavailable" }, headers: { "retry-after": "1" } };
      const { client } = await tokens({
        accessToken: () => lab.accessToken(user),
        interfere: () => (times.push(performance.now()) === 1 ? busy : undefined),
      });
      expect(statuses(await runMailboxTest(request(user, "imap", signInBy(user, bySecret)), client))).toEqual(
        allSuccess,
      );
      expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(1000);
    });

    test("a wait beyond the budget, and silence, end the test in time", async () => {
      const user = "erin@lab.test";
      const late = { status: 503, body: "", headers: { "retry-after": "600" } };
      const long = await tokens({ accessToken: () => "", interfere: () => late });
      const silent = await tokens({ accessToken: () => "", interfere: () => "stall" });
      const asked = { ...request(user, "imap", signInBy(user, bySecret)), timeoutSeconds: 2 };
      const start = performance.now();
      const [first] = await runMailboxTest(asked, long.client);
      expect(first).toMatchObject({ code: "oauth-temporarily-unavailable", transient: true });
      expect(first?.remedy).toContain("Try again in 600 s");
      expect(performance.now() - start).toBeLessThan(1000);
      const [second] = await runMailboxTest(asked, silent.client);
      expect(second).toMatchObject({ code: "test-timeout", transient: true });
      expect(second?.message).toContain("login.microsoftonline.com:443");
      expect(performance.now() - start).toBeLessThan(4000);
    });

    test("an endpoint that is not there costs one direction's words, not the test", async () => {
      const [closed = 0] = await freePorts(1);
      const user = "erin@lab.test";
      const results = await runMailboxTest(
        request(user, "imap", signInBy(user, bySecret)),
        leadingTo({ port: closed }),
      );
      expect(results[0]).toMatchObject({ status: "Failure", code: "connection-refused" });
      expect(results[0]?.message).toContain("login.microsoftonline.com:443");
    });
  });

  test("at Exchange an app acts for the mailbox, in email as in appointments, contacts, and tasks", async () => {
    const address = "sales@contoso.com";
    const store = new ExchangeStore();
    store.add(address);
    const certificate = await authority.issue();
    const exchange = await startEwsServer({
      store,
      certificate,
      users: {},
      tokens: { "token-of-the-app": "the-app" },
      impersonators: ["the-app"],
      schemes: ["Bearer"],
    });
    stops.push(() => exchange.stop());
    const { server, client } = await tokens({ accessToken: () => "token-of-the-app" });
    const side: MailSide = {
      endpoint: {
        protocol: "ews",
        host: "127.0.0.1",
        port: exchange.port,
        security: "tls",
        caCertificates: authority.certificate,
      },
      signIn: signInBy(address, bySecret),
      exchange: { url: exchange.url, impersonate: true, method: "auto", version: "Exchange2013_SP1" },
    };
    const results = await runMailboxTest(
      {
        emailAddress: address,
        incoming: side,
        outgoing: side,
        appointmentsContactsTasks: side,
        roundTrip: true,
        timeoutSeconds: 20,
        maxConcurrentTests: 4,
      },
      client,
    );
    expect(statuses(results)).toEqual([
      "incomingEmail Success",
      "outgoingEmail Success",
      "appointmentsContactsTasks Success",
      "roundTrip Success",
    ]);
    expect(exchange.connections).toBe(1);
    expect(server.requests).toHaveLength(1);
  });

  describe("a token from memory that the mail server refuses", () => {
    const address = "sales@contoso.com";
    /** An Exchange that takes what `taken` holds now, a token endpoint that numbers its tokens, and a client with memory. */
    async function revocable() {
      const store = new ExchangeStore();
      store.add(address);
      const taken: Record<string, string> = { "token-1": "the-app" };
      const exchange = await startEwsServer({
        store,
        certificate: await authority.issue(),
        users: {},
        tokens: taken,
        impersonators: ["the-app"],
        schemes: ["Bearer"],
      });
      stops.push(() => exchange.stop());
      let count = 0;
      const { server, client } = await tokens({ accessToken: () => `token-${(count += 1)}` });
      const side: MailSide = {
        endpoint: {
          protocol: "ews",
          host: "127.0.0.1",
          port: exchange.port,
          security: "tls",
          caCertificates: authority.certificate,
        },
        signIn: signInBy(address, bySecret),
        exchange: { url: exchange.url, impersonate: true, method: "auto", version: "Exchange2013_SP1" },
      };
      const request: MailboxTestRequest = {
        emailAddress: address,
        incoming: side,
        outgoing: side,
        appointmentsContactsTasks: side,
        roundTrip: true,
        timeoutSeconds: 20,
        maxConcurrentTests: 4,
      };
      /** Codes of the tests, and the tokens that were shown meanwhile. */
      const tested = async () => {
        const results = await runMailboxTest(request, client);
        const shown = new Set(exchange.authorizations.splice(0).map((value) => value.replace("Bearer ", "")));
        return { codes: results.map(({ status, code }) => code ?? status), shown: [...shown] };
      };
      return { taken, server, tested };
    }
    const success = ["Success", "Success", "Success", "Success"];
    const refused = ["ews-token-refused", "ews-token-refused", "ews-token-refused", "Not Run"];

    test("is fetched anew, once for all directions", async () => {
      const { taken, server, tested } = await revocable();
      expect(await tested()).toEqual({ codes: success, shown: ["token-1"] });
      expect(await tested()).toEqual({ codes: success, shown: ["token-1"] });
      delete taken["token-1"];
      taken["token-2"] = "the-app";
      expect(await tested()).toEqual({ codes: success, shown: ["token-1", "token-2"] });
      expect(await tested()).toEqual({ codes: success, shown: ["token-2"] });
      expect(server.requests).toHaveLength(2);
    });

    test("that is refused again is fetched no more in this test, and given to no later one", async () => {
      const { taken, server, tested } = await revocable();
      expect(await tested()).toEqual({ codes: success, shown: ["token-1"] });
      delete taken["token-1"];
      expect(await tested()).toEqual({ codes: refused, shown: ["token-1", "token-2"] });
      expect(await tested()).toEqual({ codes: refused, shown: ["token-3"] });
      expect(server.requests).toHaveLength(3);
      taken["token-4"] = "the-app";
      expect(await tested()).toEqual({ codes: success, shown: ["token-4"] });
    });

    test("is fetched anew for autodiscover, too", async () => {
      let count = 0;
      const { server, client } = await tokens({ accessToken: () => `token-${(count += 1)}` });
      expect(await client.get(bySecret, Budget.ofSeconds(10))).toBe("token-1");
      const certificate = await authority.issue({ hosts: ["autodiscover.contoso.com"] });
      const url = "https://mail.contoso.com/EWS/Exchange.asmx";
      const answer = signedIn({ token: "token-2" }, ["Bearer"], certificate, settings({ EXPR: url }));
      const origins = { "https://autodiscover.contoso.com": { [poxPath]: answer } };
      const autodiscover = await startAutodiscoverServer({ origins, certificate });
      stops.push(() => autodiscover.stop());
      const signIn = signInBy(address, bySecret);
      const incoming = {
        discover: true,
        signIn,
        signInAt: () => signIn,
        exchange: { impersonate: true, method: "auto", version: "Exchange2013_SP1" },
        caCertificates: authority.certificate,
      } as const;
      const test = { emailAddress: address, incoming, roundTrip: false, timeoutSeconds: 20, maxConcurrentTests: 4 };
      expect(await discoverServers(test, { route: autodiscover.route }, client)).toMatchObject({ discoveredUrl: url });
      expect(server.requests).toHaveLength(2);
    });
  });
});
