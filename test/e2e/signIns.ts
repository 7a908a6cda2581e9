import type { MailLab } from "../servers/mailLab";
import { serviceAccountJson } from "../servers/oauth/rsa";
import {
  notRun,
  success,
  type Declaration,
  type DeclaredMailbox,
  type DeclaredProfile,
  type Reference,
} from "./declared";
import { appOf, discovered, managed, serviceAccount, tenantId, type SignInServers } from "./signInServers";

/** Names of the users that the declarations need on the lab. */
export const signInUsers = ["secret", "certificate", "refresh", "google", "delegated", "app", "relay", "never"];

/** Every way to sign in beside passwords and tokens at hand, and those that only Dynamics has. */
export function signInDeclarations(lab: MailLab, servers: SignInServers, reference: Reference): Declaration[] {
  return [...overInternet(lab, servers, reference), ...overExchange(servers, reference)];
}

function overInternet(lab: MailLab, { key, mailboxOfApp }: SignInServers, reference: Reference): Declaration[] {
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

function overExchange({ exchange, key }: SignInServers, reference: Reference): Declaration[] {
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
