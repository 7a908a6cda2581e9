import type { MailboxTestRequest, MailSide, SignIn } from "../../../provider/src/testing/types";
import { createAuthority, type Authority, type KeyPair } from "../pki";
import { startEwsServer, type EwsServer, type EwsServerOptions } from "./ewsServer";
import { ExchangeStore } from "./store";

export const address = "sales@contoso.com";
export const account = "CONTOSO\\sales";
export const secret = "Pa55-word-of-the-tests";
export const serviceAccount = "CONTOSO\\crm";
export const accessToken = "access.token.of-the-tests";
export const password: SignIn = { type: "password", username: account, password: secret };
export const service: SignIn = { type: "password", username: serviceAccount, password: secret };
export const token: SignIn = { type: "access-token", username: address, accessToken };

/** Exchange servers for one test file, with an authority of their own. */
export class ExchangeLab {
  private readonly servers: EwsServer[] = [];

  private constructor(
    readonly authority: Authority,
    readonly certificate: KeyPair,
  ) {}

  static async create(): Promise<ExchangeLab> {
    const authority = await createAuthority();
    return new ExchangeLab(authority, await authority.issue());
  }

  /** A server with one mailbox that demands channel binding; everything else as an Exchange of today. */
  async start(options: Partial<EwsServerOptions> = {}): Promise<EwsServer & { store: ExchangeStore }> {
    const store = options.store ?? new ExchangeStore();
    if (options.store === undefined) store.add(address);
    const server = await startEwsServer({
      store,
      certificate: this.certificate,
      users: { [account]: secret, [serviceAccount]: secret },
      addresses: { [account]: address },
      tokens: { [accessToken]: address },
      tokenChecking: "require",
      ...options,
    });
    this.servers.push(server);
    return Object.assign(server, { store });
  }

  side(
    server: Pick<EwsServer, "port" | "url">,
    signIn: SignIn = password,
    exchange: Partial<MailSide["exchange"]> = {},
  ): MailSide {
    const { port, url } = server;
    const { certificate: caCertificates } = this.authority;
    return {
      endpoint: { protocol: "ews", host: "127.0.0.1", port, security: "tls", caCertificates },
      signIn,
      exchange: { url, impersonate: false, method: "auto", version: "Exchange2013_SP1", ...exchange },
    };
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.splice(0).map((server) => server.stop()));
  }
}

/** Everything that can be tested of a mailbox over EWS. */
export function everything(side: MailSide, changes: Partial<MailboxTestRequest> = {}): MailboxTestRequest {
  return {
    emailAddress: address,
    incoming: side,
    outgoing: side,
    appointmentsContactsTasks: side,
    roundTrip: true,
    timeoutSeconds: 20,
    maxConcurrentTests: 4,
    ...changes,
  };
}
