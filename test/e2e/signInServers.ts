import { json, jsonPath, startAutodiscoverServer } from "../servers/ews/autodiscoverServer";
import { startConnectProxy } from "../servers/connectProxy";
import { startEwsServer, type EwsServer } from "../servers/ews/ewsServer";
import { ExchangeStore } from "../servers/ews/store";
import type { MailLab } from "../servers/mailLab";
import { createRsaKey, type RsaKey } from "../servers/oauth/rsa";
import { startTokenServer } from "../servers/oauth/tokenServer";
import { createAuthority, type KeyPair } from "../servers/pki";

export const tenantId = "3f17e397-c012-53af-a427-65d8ec3c93b0";
export const appOf = (index: number) => `a5a5b0a2-7c7d-4d4e-9c54-0b2a5e6f7a${String(index).padStart(2, "0")}`;
export const serviceAccount = "mail@project.iam.gserviceaccount.com";
export const discovered = "sales@contoso.com";
export const managed = "boss@contoso.com";
const tokenHosts = ["login.microsoftonline.com", "oauth2.googleapis.com"];
const exchangeHosts = ["autodiscover.contoso.com", "mail.contoso.com"];

/** Token endpoints, an Exchange Server with autodiscover, and the proxy that leads to them by their own names. */
export interface SignInServers {
  exchange: EwsServer;
  store: ExchangeStore;
  key: RsaKey;
  proxyPort: number;
  /** PEM of the authority of all of them. */
  authority: string;
  /** The mailbox for which an app's token is good. */
  mailboxOfApp: Map<string, string>;
  stop(): Promise<void>;
}

export async function startSignInServers(lab: MailLab): Promise<SignInServers> {
  const authority = await createAuthority("Authority of the Internet");
  const key = await createRsaKey();
  const store = new ExchangeStore();
  const mailboxOfApp = new Map<string, string>();
  const exchange = await startExchange(await authority.issue({ hosts: ["127.0.0.1", ...exchangeHosts] }), store);
  const tokens = await startTokens(await authority.issue({ hosts: tokenHosts }), key, lab, mailboxOfApp);
  const autodiscover = await startAutodiscoverServer({
    certificate: await authority.issue({ hosts: exchangeHosts }),
    origins: {
      "https://autodiscover.contoso.com": {
        [jsonPath(discovered)]: json({ Protocol: "EWS", Url: "https://mail.contoso.com/EWS/Exchange.asmx" }),
      },
    },
  });
  const to = (port: number) => ({ host: "127.0.0.1", port });
  const proxy = await startConnectProxy({
    ...Object.fromEntries(tokenHosts.map((host) => [`${host}:443`, to(tokens.port)])),
    "autodiscover.contoso.com:443": to(autodiscover.securePort),
    "mail.contoso.com:443": to(exchange.port),
  });
  return {
    exchange,
    store,
    key,
    proxyPort: proxy.port,
    authority: authority.certificate,
    mailboxOfApp,
    stop: async () => {
      await Promise.all([proxy.stop(), tokens.stop(), exchange.stop(), autodiscover.stop()]);
    },
  };
}

function startExchange(certificate: KeyPair, store: ExchangeStore): Promise<EwsServer> {
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

function startTokens(certificate: KeyPair, key: RsaKey, lab: MailLab, mailboxOfApp: ReadonlyMap<string, string>) {
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
