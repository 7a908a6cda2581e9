import { createAuthority, type Authority, type KeyPair } from "../../servers/pki";
import { startEwsServer, type EwsServer, type EwsServerOptions } from "../../servers/ews/ewsServer";
import { ExchangeStore } from "../../servers/ews/store";
import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { MailSide, SignIn } from "../../../provider/src/testing/types";

const address = "sales@contoso.com";
const password: SignIn = { type: "password", username: "CONTOSO\\sales", password: "pass-word-1" };

describe("EWS", () => {
  let authority: Authority;
  let certificate: KeyPair;
  let store: ExchangeStore;
  const servers: EwsServer[] = [];
  beforeAll(async () => {
    authority = await createAuthority();
    certificate = await authority.issue();
  });
  beforeEach(() => {
    store = new ExchangeStore();
    store.add(address);
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  async function start(options: Partial<EwsServerOptions> = {}): Promise<EwsServer> {
    const server = await startEwsServer({
      store,
      certificate,
      users: { "CONTOSO\\sales": "pass-word-1" },
      addresses: { "CONTOSO\\sales": address },
      tokenChecking: "require",
      ...options,
    });
    servers.push(server);
    return server;
  }
  function side(server: EwsServer, signIn: SignIn, exchange: Partial<MailSide["exchange"]> = {}): MailSide {
    return {
      endpoint: {
        protocol: "ews",
        host: "127.0.0.1",
        port: server.port,
        security: "tls",
        caCertificates: authority.certificate,
      },
      signIn,
      exchange: { url: server.url, impersonate: false, method: "auto", version: "Exchange2013_SP1", ...exchange },
    };
  }

  test("tests every direction with one connection", async () => {
    const server = await start();
    const both = side(server, password);
    const results = await runMailboxTest({
      emailAddress: address,
      incoming: both,
      outgoing: both,
      appointmentsContactsTasks: both,
      writeAccess: true,
      roundTrip: true,
      timeoutSeconds: 20,
      maxConcurrentTests: 4,
    });
    console.log(results, server.requests, server.connections);
  });
});
