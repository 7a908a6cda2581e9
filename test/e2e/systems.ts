import { account, accessToken, secret, serviceAccount, type ExchangeLab } from "../servers/ews/exchangeLab";
import type { ExchangeStore } from "../servers/ews/store";
import type { ExchangeRelease } from "../servers/ews/versions";
import type { MailLab } from "../servers/mailLab";
import {
  notRun,
  success,
  type Declaration,
  type DeclaredMailbox,
  type DeclaredProfile,
  type Reference,
} from "./declared";

const internetSystems = ["gmail", "yahoo-mail", "msn", "outlook.com", "windows-live-mail", "other"] as const;
const exchangeSystems = ["2010", "2013", "2016", "2019", "se"] as const;

const localPart = (system: string, protocol: string) => `${system.replace(/\W/g, "")}-${protocol}`;

/** Names of the users that the declarations need on the lab. */
export const systemUsers = internetSystems.flatMap((system) =>
  ["imap", "pop3"].map((protocol) => localPart(system, protocol)),
);

/** Every mail system of the page in each of its protocol pairs, each Exchange as the version that it is. */
export async function systemDeclarations(
  lab: MailLab,
  exchange: ExchangeLab,
  store: ExchangeStore,
  reference: Reference,
): Promise<Declaration[]> {
  const internet = internetSystems.flatMap((system, index) => overInternet(system, index % 2 === 0, lab, reference));
  return [...internet, ...(await overExchange(exchange, store, reference))];
}

/** The two protocol pairs of a system, one with a password and one with a token, over both kinds of TLS. */
function overInternet(
  emailSystem: (typeof internetSystems)[number],
  swap: boolean,
  lab: MailLab,
  reference: Reference,
): Declaration[] {
  return (["imap", "pop3"] as const).map((protocol) => {
    const address = `${localPart(emailSystem, protocol)}@lab.test`;
    const byToken = (protocol === "imap") === swap;
    const security = byToken ? "starttls" : "tls";
    const serverLocation = lab.host;
    return {
      profile: {
        name: `${emailSystem} ${protocol}`,
        emailSystem,
        serverType: `${protocol}-smtp`,
        incoming: { serverLocation, port: lab[protocol][security], security },
        outgoing: { serverLocation, port: lab.smtp[security], security },
      },
      mailbox: {
        emailAddress: address,
        credentials: byToken
          ? { type: "access-token", accessToken: reference(`${address} token`, lab.accessToken(address)) }
          : { type: "password", password: reference(`${address} password`, lab.users[address] ?? "") },
      },
      expected: [success, success, notRun],
    };
  });
}

/** Exchange Server in each version and Exchange Online, with each way to sign in and each right to the mailbox. */
async function overExchange(exchange: ExchangeLab, store: ExchangeStore, reference: Reference): Promise<Declaration[]> {
  const addressOf = (name: string) => `${name}@contoso.com`;
  for (const version of exchangeSystems) store.add(addressOf(`e${version}`));
  store.add(addressOf("shared"), [addressOf("crm")]);
  store.add(addressOf("crm"));
  store.add(addressOf("online"));
  store.add(addressOf("unseen"));
  const options = {
    store,
    schemes: ["Negotiate", "NTLM", "Basic", "Bearer"],
    impersonators: [serviceAccount],
    addresses: { [account]: addressOf("e2016"), [serviceAccount]: addressOf("crm") },
    tokens: { [accessToken]: addressOf("online") },
  } satisfies Parameters<ExchangeLab["start"]>[0];
  const at = async (version: ExchangeRelease) => ({
    serverLocation: (await exchange.start({ ...options, version })).url,
  });
  const password = reference("exchange password", secret);
  const profileAccount = { source: "email-server-profile", username: serviceAccount, password } as const;
  const own = { credentials: { source: "user-or-queue" } } as const;
  const impersonating = { credentials: profileAccount, useImpersonation: true } as const;
  const declare = (
    name: string,
    profile: Omit<DeclaredProfile, "name">,
    mailbox: Partial<DeclaredMailbox>,
    expected: Declaration["expected"] = [success, success, success],
  ): Declaration => ({
    profile: { name, ...profile },
    mailbox: {
      emailAddress: addressOf(name),
      appointmentsContactsTasks: "server-side-sync",
      test: { writeAccess: true },
      ...mailbox,
    },
    expected,
  });
  return [
    declare(
      "e2010",
      { emailSystem: "exchange-server-2010", incoming: { ...(await at("2010-sp3")), ...impersonating } },
      {},
    ),
    declare(
      "e2013",
      {
        emailSystem: "exchange-server-2013",
        incoming: { ...(await at("2013")), ...impersonating, authenticationProtocol: "basic" },
      },
      {},
    ),
    declare(
      "e2016",
      {
        emailSystem: "exchange-server-2016",
        incoming: { ...(await at("2016")), ...own, authenticationProtocol: "ntlm" },
      },
      { credentials: { type: "password", username: account, password } },
    ),
    declare(
      "e2019",
      {
        emailSystem: "exchange-server-2019",
        incoming: { ...(await at("2019")), ...impersonating, authenticationProtocol: "negotiate" },
      },
      {},
    ),
    declare("ese", { emailSystem: "exchange-server-se", incoming: { ...(await at("se")), ...impersonating } }, {}),
    declare(
      "shared",
      { emailSystem: "exchange-server-2019", incoming: { ...(await at("2019")), credentials: profileAccount } },
      { acceptRisks: [{ rule: "act-needs-impersonation", reason: "the account has full access" }] },
    ),
    declare(
      "online",
      { emailSystem: "exchange-online", autodiscover: false, incoming: { ...(await at("online")), ...own } },
      { credentials: { type: "access-token", accessToken: reference("exchange token", accessToken) } },
    ),
    declare(
      "unseen",
      {
        emailSystem: "exchange-online",
        autodiscover: false,
        incoming: { ...(await at("online")), credentials: { source: "server-to-server" } },
      },
      {},
      [notRun, notRun, notRun],
    ),
  ];
}
