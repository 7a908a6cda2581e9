import { reachServer } from "../../../provider/src/testing/reach";
import { Budget } from "../../../provider/src/transport/budget";
import { HttpClient } from "../../../provider/src/transport/http";
import { startFaultServer, type FaultServer, type Script } from "../../servers/faultServer";
import { createAuthority, type Authority, type KeyPair } from "../../servers/pki";

const seconds = 5;

describe("HTTP to a server", () => {
  let authority: Authority;
  let certificate: KeyPair;
  let server: FaultServer;
  beforeAll(async () => {
    authority = await createAuthority();
    certificate = await authority.issue();
  });
  afterEach(() => server.stop());

  async function start(...lines: string[]): Promise<URL> {
    const script: Script = (line, peer) => {
      if (line !== "" || !server.received.endsWith("\r\n\r\n")) return;
      peer.send(...lines);
    };
    server = await startFaultServer(script, certificate, true);
    return new URL(`https://127.0.0.1:${server.port}/EWS/Exchange.asmx`);
  }
  async function asked(url: URL) {
    const client = new HttpClient("127.0.0.1", authority.certificate, Budget.ofSeconds(seconds));
    try {
      return await client.send({ method: "GET", url, headers: {} });
    } finally {
      client.close();
    }
  }

  test("sends nothing that a URL says of a user", async () => {
    const url = await start("HTTP/1.1 200 OK", "Content-Length: 0", "");
    url.username = "sales";
    url.password = "s3cret-In-the-URL";
    expect((await asked(url)).status).toBe(200);
    expect(server.received).toContain("GET /EWS/Exchange.asmx HTTP/1.1");
    expect(server.received).not.toMatch(/authorization|s3cret/i);
  });

  test.each([
    ["with Upgrade", ["Connection: Upgrade", "Upgrade: h2c", ""]],
    ["with nothing", [""]],
  ])("that switches protocols %s ends at once", async (_what, headers) => {
    const url = await start("HTTP/1.1 101 Switching Protocols", ...headers);
    const begin = performance.now();
    const { certificate: caCertificates } = authority;
    const endpoint = {
      protocol: "ews",
      host: "127.0.0.1",
      port: server.port,
      security: "tls",
      caCertificates,
    } as const;
    await expect(reachServer(endpoint, Budget.ofSeconds(seconds), url.href)).rejects.toMatchObject({
      code: "ews-not-soap",
      summary: expect.stringContaining("HTTP 101") as string,
      transient: false,
    });
    expect(performance.now() - begin).toBeLessThan(seconds * 500);
  });
});
