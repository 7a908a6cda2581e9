import { randomBytes } from "node:crypto";
import { startEwsServer } from "../ews/ewsServer";
import { ExchangeStore } from "../ews/store";
import { createAuthority } from "../pki";
import { startImapServer } from "./imapServer";
import { MailStore } from "./mailStore";
import { startSandboxOrganization, type OrganizationAccess, type SandboxOrganization } from "./organization";
import { startPop3Server } from "./pop3Server";
import { startSmtpServer } from "./smtpServer";

/** What a program needs to know in order to use the sandbox. */
export interface SandboxAccess {
  host: "127.0.0.1";
  /** Implicit TLS. */
  imapPort: number;
  /** Implicit TLS. */
  pop3Port: number;
  /** STARTTLS. */
  smtpPort: number;
  /** Exchange Web Services, with TLS; sign-in by NTLM with channel binding, or Basic. */
  ewsUrl: string;
  /** PEM of the throw-away authority. */
  caCertificate: string;
  /** Password by address. */
  users: Record<string, string>;
  /** Only where one was asked for. */
  organization?: OrganizationAccess;
}
/** Addresses of the mailboxes that the sandbox has: on its IMAP, POP3 and SMTP servers, and on its Exchange Server. */
export interface SandboxMailboxes {
  internet: readonly string[];
  exchange: readonly string[];
}
export interface SandboxOptions extends SandboxMailboxes {
  /** With a simulated Dynamics 365 organization that has all these mailboxes; default without. */
  organization?: boolean;
}
export interface Sandbox {
  access: SandboxAccess;
  store: MailStore;
  exchange: ExchangeStore;
  organization: SandboxOrganization | undefined;
  stop(): Promise<void>;
}

/** Mail servers on the loopback, with random passwords, that forget everything when they stop. */
export async function startSandbox({ internet, exchange, organization: wanted }: SandboxOptions): Promise<Sandbox> {
  const authority = await createAuthority("Sandbox Authority");
  const certificate = await authority.issue();
  const passwordsOf = (addresses: readonly string[]) =>
    Object.fromEntries(addresses.map((address) => [address.toLowerCase(), randomBytes(12).toString("base64url")]));
  const [users, exchangeUsers] = [passwordsOf(internet), passwordsOf(exchange)];
  const store = new MailStore(internet);
  const exchangeStore = new ExchangeStore();
  for (const address of exchange) exchangeStore.add(address);
  const imap = await startImapServer(certificate, users, store);
  const pop3 = await startPop3Server(certificate, users, store);
  const smtp = await startSmtpServer(certificate, users, store);
  const ews = await startEwsServer({
    store: exchangeStore,
    certificate,
    users: exchangeUsers,
    tokenChecking: "require",
  });
  const organization = wanted === true ? await startSandboxOrganization(authority, { internet, exchange }) : undefined;
  return {
    access: {
      host: "127.0.0.1",
      imapPort: imap.port,
      pop3Port: pop3.port,
      smtpPort: smtp.port,
      ewsUrl: ews.url,
      caCertificate: authority.certificate,
      users: { ...users, ...exchangeUsers },
      ...(organization === undefined ? {} : { organization: organization.access }),
    },
    store,
    exchange: exchangeStore,
    organization,
    stop: async () => {
      await Promise.all([imap.close(), pop3.close(), smtp.close(), ews.stop(), organization?.server.stop()]);
    },
  };
}
