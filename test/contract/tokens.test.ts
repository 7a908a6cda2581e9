import "reflect-metadata";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startConnectProxy, type ConnectProxy } from "../servers/connectProxy";
import { startEwsServer, type EwsServer } from "../servers/ews/ewsServer";
import { ExchangeStore } from "../servers/ews/store";
import { mailLabAvailability, startMailLab, type MailLab } from "../servers/mailLab";
import { createRsaKey, serviceAccountJson, type RsaKey } from "../servers/oauth/rsa";
import { startTokenServer, type TokenServer } from "../servers/oauth/tokenServer";
import { createAuthority } from "../servers/pki";
import { withoutProxy } from "../support/environment";
import { describeIfAvailable } from "../support/layers";
import { failureFrom, ProviderProcess, type Bag } from "./providerProcess";

const tenantId = "3f17e397-c012-53af-a427-65d8ec3c93b0";
const clientId = "a5a5b0a2-7c7d-4d4e-9c54-0b2a5e6f7a10";
const exchangeApp = "b6b6c1b3-8d8e-4e5f-8d65-1c3b6f708b21";
const exchangeToken = "opaque-token-of-the-app";
const scopes = ["https://outlook.office365.com/.default"];
const account = "mail@project.iam.gserviceaccount.com";
const clientSecret = "s3cret-of-the-app";
const bindingProvider = 'exports.handler = () => require("pulumi-server-side-sync/runtime").mailboxBinding;';
const profileProvider = 'exports.handler = () => require("pulumi-server-side-sync/runtime").emailServerProfile;';

/** The package as it is, in the real host: the environment alone leads it to the test's endpoints. */
describeIfAvailable("the provider behind an HTTP proxy", mailLabAvailability(), () => {
  let lab: MailLab;
  let key: RsaKey;
  let server: TokenServer;
  let proxy: ConnectProxy;
  let host: ProviderProcess;
  let exchange: EwsServer;
  let exchangeCa: string;
  let folder: string;
  beforeAll(async () => {
    lab = await startMailLab();
    folder = mkdtempSync(join(tmpdir(), "tokens-"));
    const authority = await createAuthority("Authority of the Proxy");
    const exchangeAuthority = await createAuthority("Authority of Exchange");
    exchangeCa = exchangeAuthority.certificate;
    const store = new ExchangeStore();
    store.add("sales@contoso.com");
    exchange = await startEwsServer({
      store,
      certificate: await exchangeAuthority.issue(),
      users: {},
      tokens: { [exchangeToken]: exchangeApp },
      impersonators: [exchangeApp],
      schemes: ["Bearer"],
    });
    const names = ["login.microsoftonline.com", "oauth2.googleapis.com"];
    key = await createRsaKey();
    server = await startTokenServer({
      certificate: await authority.issue({ hosts: names }),
      apps: [
        {
          tenants: [tenantId],
          clientId,
          secret: clientSecret,
          certificate: key.certificate,
          scopes,
        },
        { tenants: [tenantId], clientId: exchangeApp, secret: clientSecret, scopes },
      ],
      serviceAccounts: [
        {
          email: account,
          keyId: "k",
          spki: key.spki,
          users: ["bob@lab.test"],
          scopes: ["https://mail.google.com/"],
        },
      ],
      accessToken: ({ user, clientId: id }) =>
        id === exchangeApp ? exchangeToken : lab.accessToken(user ?? "alice@lab.test"),
    });
    proxy = await startConnectProxy(
      Object.fromEntries(names.map((name) => [`${name}:443`, { host: "127.0.0.1", port: server.port }])),
      { user: "build", password: "pr0xy-pass" },
    );
    writeFileSync(join(folder, "ca.pem"), authority.certificate);
    host = await ProviderProcess.start({
      ...(withoutProxy as Record<string, never>),
      HTTPS_PROXY: `http://build:pr0xy-pass@127.0.0.1:${proxy.port}`,
      NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"),
      SERVER_SIDE_SYNC_LOG: "debug",
      APP_CERTIFICATE: `${key.certificate}\n${key.key}`,
    });
  }, 60_000);
  afterAll(async () => {
    await host.stop();
    await exchange.stop();
    await proxy.stop();
    await server.stop();
    await lab.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  async function bindingInputs(emailAddress: string, emailSystem: string, changes: Bag, credentials: Bag = {}) {
    const side = (protocol: "imap" | "smtp") => ({
      protocol,
      serverLocation: lab.host,
      port: lab[protocol].tls,
      security: "tls",
      credentials: { source: "user-or-queue", ...credentials },
    });
    return bindingTo(
      { emailSystem, incoming: side("imap"), outgoing: side("smtp"), caCertificates: lab.caCertificate },
      emailAddress,
      changes,
    );
  }
  async function bindingTo(declaredProfile: Bag, emailAddress: string, changes: Bag): Promise<Bag> {
    const profile = await host.check(
      {},
      {
        __provider: profileProvider,
        identity: "urn:pulumi:test::contract::type::mail",
        autodiscover: false,
        name: "mail",
        testConnection: false,
        ...declaredProfile,
      },
    );
    expect(profile.failures).toEqual([]);
    const { __provider, identity, findings, problems, name, acceptRisks, ...facts } = profile.inputs;
    expect([__provider, identity, findings, problems, name, acceptRisks]).not.toContain(undefined);
    const declared = {
      __provider: bindingProvider,
      identity: `urn:pulumi:test::contract::type::${emailAddress}`,
      profile: facts,
      emailAddress,
      ...changes,
    };
    const { inputs, failures } = await host.check({}, declared);
    expect(failures).toEqual([]);
    return inputs;
  }
  const success = {
    incomingEmailStatus: "Success",
    outgoingEmailStatus: "Success",
    enabledForIncomingEmail: true,
    enabledForOutgoingEmail: true,
  };

  test.each([
    ["app of the mailbox", "alice@lab.test", "other", { type: "client-secret", tenantId, clientId, clientSecret }],
    [
      "certificate by reference",
      "alice@lab.test",
      "other",
      {
        type: "client-certificate",
        tenantId,
        clientId,
        certificate: { env: "APP_CERTIFICATE", version: "1" },
        privateKey: { env: "APP_CERTIFICATE", version: "1" },
      },
    ],
    ["service account", "bob@lab.test", "gmail", () => ({ type: "google-service-account", key: googleKey() })],
  ] as [string, string, string, Bag | (() => Bag)][])("signs in by %s", async (_how, address, system, credentials) => {
    const given = typeof credentials === "function" ? credentials() : credentials;
    const inputs = await bindingInputs(address, system, { credentials: given });
    expect((await host.create(inputs)).properties).toMatchObject(success);
  });
  const googleKey = () => serviceAccountJson(account, "k", key.key);

  test("signs in by the profile's own app, whose secret the facts do not hold", async () => {
    const app = { source: "oauth", tenantId, clientId, clientSecret };
    const inputs = await bindingInputs(
      "alice@lab.test",
      "exchange-online",
      { profileCredentials: { incoming: { clientSecret }, outgoing: { clientSecret } } },
      app,
    );
    const before = proxy.connects.length;
    expect((await host.create(inputs)).properties).toMatchObject(success);
    // The same app as the first mailbox's: from memory.
    expect(proxy.connects).toHaveLength(before);
  });

  test("acts for the mailbox over EWS, although the profile declares no impersonation", async () => {
    const inputs = await bindingTo(
      {
        emailSystem: "exchange-online",
        incoming: { serverLocation: exchange.url, credentials: { source: "user-or-queue" } },
        caCertificates: exchangeCa,
      },
      "sales@contoso.com",
      {
        credentials: { type: "client-secret", tenantId, clientId: exchangeApp, clientSecret },
        appointmentsContactsTasks: "server-side-sync",
        test: { writeAccess: true },
      },
    );
    expect(inputs.profile).toMatchObject({ incoming: { useImpersonation: false } });
    const { properties } = await host.create(inputs);
    expect(properties).toMatchObject({ ...success, appointmentsContactsTasksStatus: "Success" });
  });

  test("says what the endpoint said, and keeps the resource", async () => {
    const credentials = { type: "client-secret", tenantId, clientId, clientSecret: "wr0ng-secret" };
    const { initFailure } = await failureFrom(
      host.create(await bindingInputs("carol@lab.test", "other", { credentials })),
    );
    expect(initFailure?.reasons).toEqual([
      expect.stringMatching(/^oauth-client-secret-invalid: incoming email: login\.microsoftonline\.com:443 \(TLS\) /),
      expect.stringMatching(/^oauth-client-secret-invalid: outgoing email: /),
    ]);
    expect(initFailure?.properties).toMatchObject({ incomingEmailStatus: "Failure", outgoingEmailStatus: "Failure" });
    expect(JSON.stringify(initFailure?.reasons)).not.toContain("wr0ng-secret");
  });

  test("the debug log told of every request, and of no secret, token or proxy password", () => {
    expect(host.stderr).toContain(`login.microsoftonline.com: > POST /${tenantId}/oauth2/v2.0/token`);
    expect(host.stderr).toContain("oauth2.googleapis.com: < 200");
    for (const secret of [
      clientSecret,
      "wr0ng-secret",
      "pr0xy-pass",
      "BEGIN",
      "client_assertion",
      "eyJ",
      exchangeToken,
    ])
      expect(host.stderr).not.toContain(secret);
    expect(host.stderr).not.toContain(lab.accessToken("alice@lab.test").split(".")[1]);
  });
});
