import "reflect-metadata";
import { X509Certificate } from "node:crypto";
import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { MailboxTestRequest } from "../../../provider/src/testing/types";
import { reachServer } from "../../../provider/src/testing/reach";
import type { Endpoint } from "../../../provider/src/testing/types";
import { Budget } from "../../../provider/src/transport/budget";
import { HttpClient } from "../../../provider/src/transport/http";
import { startConnectProxy, type ConnectProxy, type ConnectProxyOptions } from "../../servers/connectProxy";
import { startEwsServer, type EwsServer } from "../../servers/ews/ewsServer";
import { ExchangeStore } from "../../servers/ews/store";
import { createAuthority, type Authority, type KeyPair } from "../../servers/pki";
import { freePorts, until } from "../../servers/processes";
import { setEnvironment, withoutProxy } from "../../support/environment";

const name = "mail.contoso.test";
const address = "sales@contoso.com";
const url = new URL(`https://${name}/EWS/Exchange.asmx`);

describe("an HTTP proxy that the environment names", () => {
  let authority: Authority;
  let certificate: KeyPair;
  let server: EwsServer;
  let proxy: ConnectProxy;
  let restore: () => void;
  beforeAll(async () => {
    authority = await createAuthority();
    certificate = await authority.issue({ hosts: [name] });
  });
  beforeEach(async () => {
    restore = setEnvironment(withoutProxy);
    const store = new ExchangeStore();
    store.add(address);
    server = await startEwsServer({
      store,
      certificate,
      users: { "CONTOSO\\sales": "pass-word-1" },
      addresses: { "CONTOSO\\sales": address },
      tokenChecking: "require",
    });
  });
  afterEach(async () => {
    restore();
    await proxy.stop();
    await server.stop();
  });

  async function behind(options: ConnectProxyOptions = {}, authority_ = ""): Promise<void> {
    proxy = await startConnectProxy({ [`${name}:443`]: { host: "127.0.0.1", port: server.port } }, options);
    process.env.HTTPS_PROXY = `http://${authority_}127.0.0.1:${proxy.port}`;
  }
  const endpoint = (): Endpoint => ({
    protocol: "ews",
    host: name,
    port: 443,
    security: "tls",
    caCertificates: authority.certificate,
  });
  const reached = (seconds = 10) =>
    reachServer(endpoint(), Budget.ofSeconds(seconds), url.href).then(
      () => undefined,
      (error: unknown) => error as { code: string; message: string; transient: boolean },
    );

  test("carries a whole EWS test with NTLM and channel binding on one connection through one tunnel", async () => {
    await behind();
    const side = {
      endpoint: endpoint(),
      signIn: { type: "password", username: "CONTOSO\\sales", password: "pass-word-1" },
      exchange: { url: url.href, impersonate: false, method: "auto", version: "Exchange2013_SP1" },
    } as const;
    const request: MailboxTestRequest = {
      emailAddress: address,
      incoming: side,
      outgoing: side,
      roundTrip: true,
      timeoutSeconds: 20,
      maxConcurrentTests: 4,
    };
    const results = await runMailboxTest(request);
    expect(results.map(({ test: part, status }) => `${part} ${status}`)).toEqual([
      "incomingEmail Success",
      "outgoingEmail Success",
      "roundTrip Success",
    ]);
    expect(server.refusal).toBe("");
    expect(server.connections).toBe(1);
    expect(proxy.connects).toEqual([`${name}:443`]);
  });

  test("shows the server's own certificate, verified by the server's name", async () => {
    await behind();
    const client = new HttpClient(name, authority.certificate, Budget.ofSeconds(10));
    const { socket } = await client.send({ method: "GET", url, headers: {} });
    const again = await client.send({ method: "GET", url, headers: {} });
    expect(client.certificateOf(socket)?.equals(new X509Certificate(certificate.certificate).raw)).toBe(true);
    expect(again.socket).toBe(socket);
    client.close();
    await until("the tunnel is closed", () => proxy.connections === 0, 2000);
    const stranger = new HttpClient("other.contoso.test", authority.certificate, Budget.ofSeconds(10));
    const elsewhere = await startConnectProxy({ "other.contoso.test:443": { host: "127.0.0.1", port: server.port } });
    process.env.HTTPS_PROXY = elsewhere.url;
    const wrong = stranger.send({ method: "GET", url: new URL("https://other.contoso.test/"), headers: {} });
    await expect(wrong).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
    stranger.close();
    await elsewhere.stop();
  });

  test("signs in at the proxy, and shows neither user nor password when that fails", async () => {
    await behind({ user: "prx-user", password: "p@ss:w0rd%" }, "prx-user:p%40ss%3Aw0rd%25@");
    expect(await reached()).toBeUndefined();
    process.env.HTTPS_PROXY = `http://prx-user:wr0ng-secret@127.0.0.1:${proxy.port}`;
    const error = await reached();
    expect(error).toMatchObject({ code: "proxy-authentication-required", transient: false });
    expect(error?.message).toContain(
      `${name}:443 (TLS) is behind a proxy that wants a user and a password: "the proxy 127.0.0.1:${proxy.port} answered 407`,
    );
    expect(error?.message).not.toMatch(/prx-user|wr0ng-secret/);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ["403", "HTTP/1.1 403 Forbidden\r\n\r\n", "proxy-refused", false],
    ["more than an answer", "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", "proxy-refused", false],
    ["502", "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\nbad", "proxy-failed", true],
    ["in another protocol", "SSH-2.0-OpenSSH_9.2\r\n", "proxy-unreachable", false],
    ["endless headers", `HTTP/1.1 200 OK\r\n${`X: ${"x".repeat(1000)}\r\n`.repeat(200)}`, "proxy-unreachable", false],
    ["nothing and closes", "", "proxy-failed", true],
  ])("that answers %s is told from the server", async (_what, answer, code, transient) => {
    await behind({ answer });
    expect(await reached()).toMatchObject({ code, transient });
    expect(server.connections).toBe(0);
    await until("nothing is left open", () => proxy.connections === 0, 2000);
  });

  test("that nobody runs, or that is no HTTP proxy, is told from the server", async () => {
    await behind();
    const [closed] = await freePorts(1);
    process.env.HTTPS_PROXY = `http://user:s3cret-pass@127.0.0.1:${closed ?? 0}`;
    const error = await reached();
    expect(error).toMatchObject({ code: "proxy-unreachable", transient: false });
    expect(error?.message).toContain(`the proxy 127.0.0.1:${closed ?? 0}: ECONNREFUSED`);
    for (const bad of ["socks5://user:s3cret-pass@127.0.0.1:1", "http://us%er:s3cret-pass@h", "http://"]) {
      process.env.HTTPS_PROXY = bad;
      const malformed = await reached();
      expect(malformed).toMatchObject({ code: "proxy-unreachable" });
      expect(malformed?.message).not.toContain("s3cret-pass");
    }
  });

  test("that says nothing costs the budget and no more, and leaves nothing open", async () => {
    await behind({ answer: "stall" });
    const start = performance.now();
    const error = await reached(1);
    expect(["test-timeout", "proxy-failed"]).toContain(error?.code);
    expect(error).toMatchObject({ transient: true });
    expect(performance.now() - start).toBeLessThan(2000);
    await until("nothing is left open", () => proxy.connections === 0, 2000);
  });
});
