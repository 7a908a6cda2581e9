import "reflect-metadata";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startConnectProxy, type ConnectProxy } from "../servers/connectProxy";
import { json, jsonPath, startAutodiscoverServer, type AutodiscoverServer } from "../servers/ews/autodiscoverServer";
import { startEwsServer, type EwsServer } from "../servers/ews/ewsServer";
import { ExchangeStore } from "../servers/ews/store";
import { mailLabAvailability, startMailLab, type MailLab } from "../servers/mailLab";
import { createRsaKey, serviceAccountJson, type RsaKey } from "../servers/oauth/rsa";
import { startTokenServer, type TokenServer } from "../servers/oauth/tokenServer";
import { createAuthority } from "../servers/pki";
import { allOf, describeIfAvailable } from "../support/layers";
import { cliAvailability, PulumiProject } from "../support/pulumiProject";
import {
  expectStatuses,
  notRun,
  outputsOf,
  success,
  type Declaration,
  type DeclaredMailbox,
  type DeclaredProfile,
} from "./declared";

const minutes = 60_000;
const tenantId = "3f17e397-c012-53af-a427-65d8ec3c93b0";
const appOf = (index: number) => `a5a5b0a2-7c7d-4d4e-9c54-0b2a5e6f7a${String(index).padStart(2, "0")}`;
const serviceAccount = "mail@project.iam.gserviceaccount.com";
const discovered = "sales@contoso.com";
const managed = "boss@contoso.com";
const tokenHosts = ["login.microsoftonline.com", "oauth2.googleapis.com"];
const exchangeHosts = ["autodiscover.contoso.com", "mail.contoso.com"];

/** The environment alone leads the unmodified package to the test's endpoints: HTTPS_PROXY and NODE_EXTRA_CA_CERTS. */
describeIfAvailable("every way to sign in", allOf(cliAvailability(), mailLabAvailability()), () => {
  let lab: MailLab;
  let tokens: TokenServer;
  let exchange: EwsServer;
  let autodiscover: AutodiscoverServer;
  let proxy: ConnectProxy;
  let folder: string;
  let stack: PulumiProject;
  let declarations: Declaration[];
  const store = new ExchangeStore();
  const secrets: Record<string, string> = {};
  /** The mailbox for which an app's token is good. */
  const mailboxOfApp = new Map<string, string>();

  beforeAll(async () => {
    lab = await startMailLab(["secret", "certificate", "refresh", "google", "delegated", "app", "relay", "never"]);
    const authority = await createAuthority("Authority of the Internet");
    const key = await createRsaKey();
    exchange = await startExchange(await authority.issue({ hosts: ["127.0.0.1", ...exchangeHosts] }));
    tokens = await startTokens(await authority.issue({ hosts: tokenHosts }), key);
    autodiscover = await startAutodiscoverServer({
      certificate: await authority.issue({ hosts: exchangeHosts }),
      origins: {
        "https://autodiscover.contoso.com": {
          [jsonPath(discovered)]: json({ Protocol: "EWS", Url: "https://mail.contoso.com/EWS/Exchange.asmx" }),
        },
      },
    });
    const to = (port: number) => ({ host: "127.0.0.1", port });
    proxy = await startConnectProxy({
      ...Object.fromEntries(tokenHosts.map((host) => [`${host}:443`, to(tokens.port)])),
      "autodiscover.contoso.com:443": to(autodiscover.securePort),
      "mail.contoso.com:443": to(exchange.port),
    });
    folder = mkdtempSync(join(tmpdir(), "every-sign-in-"));
    writeFileSync(join(folder, "internet.pem"), authority.certificate);
    writeFileSync(join(folder, "ca.pem"), lab.caCertificate);
    declarations = [...overInternet(key), ...overExchange(key)];
    stack = new PulumiProject("every-sign-in", "declared.ts");
    await stack.init();
    stack.setEnvironment(
      {
        HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
        NO_PROXY: "127.0.0.1,localhost",
        NODE_EXTRA_CA_CERTS: join(folder, "internet.pem"),
      },
      secrets,
    );
    await stack.configure({ declarations, caFile: join(folder, "ca.pem") });
  }, 2 * minutes);
  afterAll(async () => {
    stack.dispose();
    await Promise.all([lab.stop(), proxy.stop(), tokens.stop(), exchange.stop(), autodiscover.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }, 1 * minutes);

  function startExchange(certificate: Awaited<ReturnType<Awaited<ReturnType<typeof createAuthority>>["issue"]>>) {
    for (const address of [discovered, managed, "hybrid@contoso.com"]) store.add(address);
    return startEwsServer({
      store,
      certificate,
      users: { "CONTOSO\\sales": "pass-word-of-Sales" },
      addresses: { "CONTOSO\\sales": discovered },
      tokens: { "token-for-exchange": appOf(90) },
      impersonators: [appOf(90)],
      schemes: ["NTLM", "Bearer"],
      tokenChecking: "require",
    });
  }

  function startTokens(certificate: Parameters<typeof startTokenServer>[0]["certificate"], key: RsaKey) {
    const apps = [1, 2, 3, 4, 90].map((index) => ({
      tenants: [tenantId, "consumers"],
      clientId: appOf(index),
      secret: "s3cret-of-the-App",
      certificate: key.certificate,
      scopes: ["https://outlook.office365.com/.default", "https://127.0.0.1//.default"],
    }));
    return startTokenServer({
      certificate,
      apps,
      googleClients: [{ clientId: "google-client", secret: "s3cret-of-Google" }],
      refreshTokens: {
        "refresh-of-Microsoft": {
          clientId: appOf(3),
          user: "refresh@lab.test",
          scopes: ["https://outlook.office.com/IMAP.AccessAsUser.All", "https://outlook.office.com/SMTP.Send"],
        },
        "refresh-of-Google": {
          clientId: "google-client",
          user: "google@lab.test",
          scopes: ["https://mail.google.com/"],
        },
      },
      serviceAccounts: [
        {
          email: serviceAccount,
          keyId: "k",
          spki: key.spki,
          users: ["delegated@lab.test"],
          scopes: ["https://mail.google.com/"],
        },
      ],
      accessToken: ({ user, clientId }) =>
        clientId === appOf(90) ? "token-for-exchange" : lab.accessToken(user ?? mailboxOfApp.get(clientId) ?? ""),
    });
  }

  function reference(name: string, value: string): { env: string; version: string } {
    secrets[name] = value;
    return { env: name, version: "1" };
  }

  function overInternet(key: RsaKey): Declaration[] {
    const appSecret = reference("APP_SECRET", "s3cret-of-the-App");
    const pem = `${key.certificate}\n${key.key}`;
    const declare = (
      name: string,
      emailSystem: DeclaredProfile["emailSystem"],
      credentials: DeclaredMailbox["credentials"],
      profile: Partial<DeclaredProfile> = {},
      expected: Declaration["expected"] = [success, success, notRun],
    ): Declaration => {
      const protocol = profile.serverType === "pop3-smtp" ? "pop3" : "imap";
      const { incoming, outgoing, ...others } = profile;
      return {
        profile: {
          name,
          emailSystem,
          serverType: "imap-smtp",
          ...others,
          incoming: { serverLocation: lab.host, port: lab[protocol].tls, security: "tls", ...incoming },
          outgoing: { serverLocation: lab.host, port: lab.smtp.starttls, security: "starttls", ...outgoing },
        },
        mailbox: { emailAddress: `${name}@lab.test`, credentials },
        expected,
      };
    };
    const ofApp = (index: number, name: string) => {
      mailboxOfApp.set(appOf(index), `${name}@lab.test`);
      return { tenantId, clientId: appOf(index) };
    };
    const profileApp = { source: "oauth", ...ofApp(4, "app"), clientSecret: appSecret } as const;
    const password = {
      type: "password",
      password: reference("RELAY_PASSWORD", lab.users["relay@lab.test"] ?? ""),
    } as const;
    const consent = { source: "gmail-oauth", clientId: appOf(1), clientSecret: appSecret } as const;
    return [
      declare("secret", "exchange-online", {
        type: "client-secret",
        ...ofApp(1, "secret"),
        clientSecret: appSecret,
      }),
      declare(
        "certificate",
        "exchange-online",
        {
          type: "client-certificate",
          ...ofApp(2, "certificate"),
          certificate: reference("APP_CERTIFICATE", pem),
          privateKey: reference("APP_CERTIFICATE", pem),
        },
        { serverType: "pop3-smtp" },
      ),
      declare("refresh", "outlook.com", {
        type: "refresh-token",
        clientId: appOf(3),
        clientSecret: appSecret,
        refreshToken: reference("MICROSOFT_REFRESH_TOKEN", "refresh-of-Microsoft"),
      }),
      declare("google", "gmail", {
        type: "refresh-token",
        clientId: "google-client",
        clientSecret: reference("GOOGLE_SECRET", "s3cret-of-Google"),
        refreshToken: reference("GOOGLE_REFRESH_TOKEN", "refresh-of-Google"),
      }),
      declare(
        "delegated",
        "gmail",
        {
          type: "google-service-account",
          key: reference("SERVICE_ACCOUNT", serviceAccountJson(serviceAccount, "k", key.key)),
        },
        { serverType: "pop3-smtp" },
      ),
      declare("app", "exchange-online", undefined, {
        incoming: { credentials: profileApp },
        outgoing: { credentials: profileApp },
      }),
      declare("relay", "other", password, { outgoing: { credentials: { source: "anonymous" } } }),
      declare("never", "gmail", undefined, { incoming: { credentials: consent }, outgoing: { credentials: consent } }, [
        notRun,
        notRun,
        notRun,
      ]),
    ];
  }

  function overExchange(key: RsaKey): Declaration[] {
    const items = { appointmentsContactsTasks: "server-side-sync", test: { writeAccess: true } } as const;
    const local = { serverLocation: exchange.url };
    return [
      {
        profile: {
          name: "discovered",
          emailSystem: "exchange-server-2016",
          autodiscover: true,
          incoming: { credentials: { source: "user-or-queue" } },
        },
        mailbox: {
          emailAddress: discovered,
          credentials: {
            type: "password",
            username: "CONTOSO\\sales",
            password: reference("SALES_PASSWORD", "pass-word-of-Sales"),
          },
          ...items,
        },
        expected: [success, success, success],
      },
      {
        profile: {
          name: "managed",
          emailSystem: "exchange-online",
          autodiscover: false,
          incoming: { ...local, credentials: { source: "user-or-queue" } },
        },
        mailbox: {
          emailAddress: managed,
          credentials: {
            type: "client-secret",
            tenantId,
            clientId: appOf(90),
            clientSecret: reference("APP_SECRET", "s3cret-of-the-App"),
          },
          ...items,
        },
        expected: [success, success, success],
      },
      {
        profile: {
          name: "hybrid",
          emailSystem: "exchange-server-2019",
          serverType: "exchange-server-hybrid",
          incoming: {
            ...local,
            useImpersonation: true,
            credentials: {
              source: "exchange-hybrid-modern-auth",
              tenantId,
              clientId: appOf(90),
              resourceId: "https://127.0.0.1/",
              certificate: reference("HYBRID_CERTIFICATE", `${key.certificate}\n${key.key}`),
            },
          },
        },
        mailbox: { emailAddress: "hybrid@contoso.com", ...items },
        expected: [success, success, success],
      },
      {
        profile: {
          name: "integrated",
          emailSystem: "exchange-server-2019",
          incoming: { ...local, credentials: { source: "windows-integrated" } },
        },
        mailbox: { emailAddress: "integrated@contoso.com", ...items },
        expected: [notRun, notRun, notRun],
      },
    ];
  }

  test(
    "is tested and enabled in one stack, and a second up changes nothing",
    async () => {
      const first = await stack.run("up", "--yes", "--skip-preview");
      expect({ code: first.code, output: first.code === 0 ? "" : first.output }).toEqual({ code: 0, output: "" });
      expectStatuses(stack, declarations);
      for (const name of ["never", "integrated"])
        expect(outputsOf(stack, name).results).toContainEqual(
          expect.objectContaining({ test: "incomingEmail", status: notRun, code: "not-testable-directly" }),
        );
      expect(outputsOf(stack, "discovered").discoveredServerLocation).toBe(
        "https://mail.contoso.com/EWS/Exchange.asmx",
      );
      expect(stack.passwordsInState()).toEqual([]);
      for (const address of [discovered, managed]) expect(store.mailbox(address)?.items).toEqual([]);
      expect(await stack.run("up", "--yes", "--skip-preview", "--expect-no-changes")).toMatchObject({ code: 0 });
      expect(await stack.run("destroy", "--yes", "--skip-preview")).toMatchObject({ code: 0 });
    },
    4 * minutes,
  );
});
