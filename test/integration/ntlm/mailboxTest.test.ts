import type { MailSide } from "../../../provider/src/testing/types";
import { startEwsServer, type EwsServer, type EwsServerOptions } from "../../servers/ews/ewsServer";
import { ExchangeStore } from "../../servers/ews/store";
import { createAuthority, type Authority, type KeyPair } from "../../servers/pki";
import { startTlsProxy } from "../../servers/tlsProxy";
import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";

const address = "sales@contoso.com";
const signIn = { type: "password", username: "CONTOSO\\sales", password: "pass-word-1" } as const;

describe("a whole test of an Exchange mailbox over NTLM with Extended Protection", () => {
  let authority: Authority;
  let certificate: KeyPair;
  let store: ExchangeStore;
  const stops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    authority = await createAuthority();
    certificate = await authority.issue();
  });
  beforeEach(() => {
    store = new ExchangeStore();
    store.add(address);
  });
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
  });

  async function start(options: Partial<EwsServerOptions> = {}): Promise<EwsServer> {
    const server = await startEwsServer({
      store,
      certificate,
      users: { [signIn.username]: signIn.password },
      addresses: { [signIn.username]: address },
      tokenChecking: "require",
      ...options,
    });
    stops.push(() => server.stop());
    return server;
  }
  function run(port: number, password: string = signIn.password) {
    const { certificate: caCertificates } = authority;
    const side: MailSide = {
      endpoint: { protocol: "ews", host: "127.0.0.1", port, security: "tls", caCertificates },
      signIn: { ...signIn, password },
      exchange: {
        url: `https://127.0.0.1:${port}/EWS/Exchange.asmx`,
        impersonate: false,
        method: "auto",
        version: "Exchange2013_SP1",
      },
    };
    return runMailboxTest({
      emailAddress: address,
      incoming: side,
      outgoing: side,
      appointmentsContactsTasks: side,
      writeAccess: true,
      roundTrip: true,
      timeoutSeconds: 20,
      maxConcurrentTests: 4,
    });
  }

  test.each(["TLSv1.2", "TLSv1.3"] as const)("needs one connection and one request more, %s", async (version) => {
    const server = await start({ tls: { minVersion: version, maxVersion: version } });
    const results = await run(server.port);
    expect(results.map(({ test: name, status, message }) => [name, status, message])).toEqual(
      ["incomingEmail", "outgoingEmail", "appointmentsContactsTasks", "roundTrip"].map((name) => [
        name,
        "Success",
        undefined,
      ]),
    );
    const [first, ...others] = server.requests;
    // The first message of NTLM, which has no body; everything else is a call of EWS.
    expect([server.connections, first, others.filter((request) => !/^POST \w+$/.test(request))]).toEqual([
      1,
      "POST",
      [],
    ]);
    expect(store.mailbox(address)?.items).toEqual([]);
  });

  test("a wrong password and a proxy in between are the same to the client, and it names both", async () => {
    const server = await start();
    const proxy = await startTlsProxy(await authority.issue(), server.port);
    stops.push(() => proxy.stop());
    const wrongPassword = await run(server.port, "pass-word-2");
    expect(server.refusal).toBe("wrong proof");
    const wrongToken = await run(proxy.port);
    expect(server.refusal).toBe("wrong channel binding");
    for (const results of [wrongPassword, wrongToken]) {
      expect(results.map(({ status }) => status)).toEqual(["Failure", "Failure", "Failure", "Not Run"]);
      expect(results[0]).toMatchObject({
        code: "ews-authentication-failed",
        transient: false,
        remedy: expect.stringMatching(/password.*Extended Protection.*proxy/) as string,
      });
      expect(JSON.stringify(results)).not.toMatch(/pass-word|TlRMTVNTUA/);
    }
  });

  test("a message or an item that a broken connection leaves in doubt is not created again", async () => {
    const server = await start({
      interfere: ({ operation }, _response, socket) => operation === "CreateItem" && socket.destroy() === socket,
    });
    const results = await run(server.port);
    expect(results.map(({ test: name, status, code }) => [name, status, code])).toEqual([
      ["incomingEmail", "Success", undefined],
      ["outgoingEmail", "Failure", "connection-reset"],
      ["appointmentsContactsTasks", "Failure", "connection-reset"],
      ["roundTrip", "Not Run", undefined],
    ]);
    // One for the message, one for the first item.
    expect(server.requests.filter((request) => request === "POST CreateItem")).toHaveLength(2);
  });

  test("a search that a broken connection leaves in doubt is asked again", async () => {
    let broken = 0;
    const server = await start({
      interfere: ({ operation }, _response, socket) =>
        operation === "FindItem" && (broken += 1) === 1 && socket.destroy() === socket,
    });
    expect((await run(server.port)).map(({ status }) => status)).toEqual(["Success", "Success", "Success", "Success"]);
    expect(server.connections).toBe(2);
  });
});
