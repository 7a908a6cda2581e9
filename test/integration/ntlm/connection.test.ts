import { once } from "node:events";
import { TLSSocket } from "node:tls";
import { createAuthority, type Authority, type KeyPair } from "../../servers/pki";
import {
  startRecordingServer,
  type RecordingServer,
  type RecordingServerOptions,
} from "../../servers/ntlm/recordingServer";
import { Budget } from "../../../provider/src/transport/budget";
import { HttpClient, type HttpResponse } from "../../../provider/src/transport/http";
import { isInDoubt } from "../../../provider/src/transport/inDoubt";
import { withPassword, type PasswordMethod } from "../../../provider/src/transport/httpSignIn";

const account = { username: "CONTOSO\\sales", password: "pass-word-1" };
const noBody = (type: string, connection = 1) => ({ connection, authorization: type, body: "" });
const withBody = (body: string, authorization = "", connection = 1) => ({ connection, authorization, body });

let authority: Authority;
let certificate: KeyPair;
const servers: RecordingServer[] = [];
const clients: HttpClient[] = [];
beforeAll(async () => {
  authority = await createAuthority();
  certificate = await authority.issue();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

async function start(options: Partial<RecordingServerOptions> = {}): Promise<RecordingServer> {
  const server = await startRecordingServer({ certificate, offers: ["NTLM"], account, ...options });
  servers.push(server);
  return server;
}
/** Sends a body over one session and says what came back. */
function session({ url }: RecordingServer, method: PasswordMethod = "ntlm", given = account, Client = HttpClient) {
  const client = new Client("127.0.0.1", authority.certificate, Budget.ofSeconds(20));
  clients.push(client);
  const send = withPassword(client, given, method);
  return (body: string): Promise<HttpResponse> => send({ method: "POST", url, headers: {}, body });
}
/** Closes the connection, and waits until the client knows. */
async function dropped(server: RecordingServer, { socket }: HttpResponse): Promise<void> {
  const closed = once(socket, "close");
  server.drop();
  await closed;
}
const versions = [{ minVersion: "TLSv1.2", maxVersion: "TLSv1.2" } as const, { minVersion: "TLSv1.3" } as const];

// The numbers are those of the pitfalls in the notes on NTLM: what each test would find is a client that fell into it.
describe("one connection of NTLM", () => {
  test("1: the certificate is read once, and binds every sign-in on the connection", async () => {
    const read = jest.spyOn(TLSSocket.prototype, "getPeerCertificate");
    try {
      const server = await start({ eachRequest: true });
      const send = session(server);
      for (const body of ["a", "b", "c"]) expect((await send(body)).body).toBe(`done: ${body}`);
      // Node itself reads it with its issuers, to verify it.
      expect(read.mock.calls.filter(([withIssuers]) => withIssuers !== true)).toHaveLength(1);
      expect(new Set(server.requests.map(({ connection }) => connection)).size).toBe(1);
    } finally {
      read.mockRestore();
    }
  });

  test.each(versions)("2: no TLS session is resumed, $minVersion", async (tls) => {
    const server = await start({ tls });
    const send = session(server);
    for (const body of ["a", "b", "c"]) {
      const response = await send(body);
      expect(response.body).toBe(`done: ${body}`);
      await dropped(server, response);
    }
    expect(server.resumed).toEqual([false, false, false]);
  });

  test("2: without a certificate nothing is signed, and no token is made up", async () => {
    class Blind extends HttpClient {
      override certificateOf(): undefined {
        return undefined;
      }
    }
    const server = await start({ tokenChecking: "none" });
    await expect(session(server, "ntlm", account, Blind)("a")).rejects.toMatchObject({
      code: "CHANNEL_BINDING_UNKNOWN",
    });
    expect(server.requests).toEqual([noBody("NTLM 1")]);
  });

  test("3, 6: six at once go one after the other, the first message without a body, each body once", async () => {
    const server = await start();
    const send = session(server);
    const bodies = ["1", "2", "3", "4", "5", "6"];
    const answers = await Promise.all(bodies.map(send));
    expect(answers.map(({ body }) => body)).toEqual(bodies.map((body) => `done: ${body}`));
    expect(server.requests).toEqual([
      noBody("NTLM 1"),
      withBody("1", "NTLM 3"),
      ...bodies.slice(1).map((body) => withBody(body)),
    ]);
  });

  test("4: a connection that ends after the challenge: nothing of the proof or the body goes elsewhere", async () => {
    const server = await start({ closesAfterChallenge: true });
    await expect(session(server)("a")).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect(server.requests).toEqual([noBody("NTLM 1")]);
  });

  test("5: a connection that was closed while idle is signed in anew", async () => {
    const server = await start();
    const send = session(server);
    await dropped(server, await send("a"));
    expect((await send("b")).body).toBe("done: b");
    expect(server.requests).toEqual([
      noBody("NTLM 1"),
      withBody("a", "NTLM 3"),
      noBody("NTLM 1", 2),
      withBody("b", "NTLM 3", 2),
    ]);
  });

  test.each([
    ["on a connection that is signed in", "b"],
    ["together with the proof", "a"],
  ])("5: what was sent %s and got no answer is not sent again, and the error says so", async (_when, fatal) => {
    const server = await start({
      interfere: ({ body }, _response, socket) => body === fatal && socket.destroy() === socket,
    });
    const send = session(server);
    const outcome = async () => {
      for (const body of ["a", "b"]) await send(body);
    };
    const error: unknown = await outcome().catch((thrown: unknown) => thrown);
    expect([error, isInDoubt(error)]).toEqual([expect.objectContaining({ code: "ECONNRESET" }), true]);
    expect(server.requests.filter(({ body }) => body === fatal)).toHaveLength(1);
  });

  test("5: what was lost before anything was sent is not in doubt", async () => {
    const server = await start({
      interfere: ({ authorization }, _response, socket) => authorization === "NTLM 1" && socket.destroy() === socket,
    });
    const error: unknown = await session(server)("a").catch((thrown: unknown) => thrown);
    expect([error, isInDoubt(error)]).toEqual([expect.objectContaining({ code: "ECONNRESET" }), false]);
  });

  test("a server that wants a sign-in for each request gets one", async () => {
    const server = await start({ eachRequest: true });
    const send = session(server);
    for (const body of ["a", "b"]) expect((await send(body)).body).toBe(`done: ${body}`);
    // "b" was refused before it was done.
    expect(server.requests.map(({ authorization }) => authorization)).toEqual([
      "NTLM 1",
      "NTLM 3",
      "",
      "NTLM 1",
      "NTLM 3",
    ]);
  });

  test("a wrong password is tried once, with no weaker method after it", async () => {
    const server = await start({ offers: ["NTLM", 'Basic realm="x"'] });
    const { status } = await session(server, "auto", { ...account, password: "pass-word" })("a");
    expect(status).toBe(401);
    expect(server.requests.map(({ authorization }) => authorization)).toEqual(["NTLM 1", "NTLM 3"]);
  });
});

describe("the strongest method that is offered", () => {
  test.each([
    [
      ["Negotiate", "NTLM", 'Basic realm="x"'],
      ["NTLM 1", "NTLM 3"],
    ],
    [["Negotiate"], ["NTLM 1", "Negotiate 1", "Negotiate 3"]],
    [
      ["Negotiate", 'Basic realm="x"'],
      ["NTLM 1", "Negotiate 1", "Negotiate 3"],
    ],
    [['Basic realm="x"'], ["NTLM 1", "Basic"]],
  ])("of %j", async (offers, expected) => {
    const server = await start({ offers });
    expect((await session(server, "auto")("a")).body).toBe("done: a");
    expect(server.requests.map(({ authorization }) => authorization)).toEqual(expected);
  });

  test.each([
    [
      ["NTLM", 'Basic realm="x"'],
      ["NTLM 1", "NTLM 3"],
    ],
    [
      ["Negotiate", 'Basic realm="x"'],
      ["NTLM 1", "Negotiate 1", "Negotiate 3"],
    ],
    [
      ["X-Own", 'Basic realm="x, NTLM", charset="UTF-8"'],
      ["NTLM 1", "Basic"],
    ],
  ])("of %j in one header", async (offers, expected) => {
    const server = await start({ offers, merged: true });
    expect((await session(server, "auto")("a")).body).toBe("done: a");
    expect(server.requests.map(({ authorization }) => authorization)).toEqual(expected);
  });

  test("is Basic where Negotiate stands beside it for Kerberos alone", async () => {
    const server = await start({
      offers: ["Negotiate", 'Basic realm="x"'],
      merged: true,
      interfere: ({ authorization }, response) => {
        if (!authorization.startsWith("Negotiate")) return false;
        response.writeHead(401, { "www-authenticate": 'Negotiate, Basic realm="x"' }).end();
        return true;
      },
    });
    expect((await session(server, "auto")("a")).body).toBe("done: a");
    expect(server.requests.map(({ authorization }) => authorization)).toEqual(["NTLM 1", "Negotiate 1", "Basic"]);
  });

  test("is remembered: a second connection asks no more for what is not there", async () => {
    const server = await start({ offers: ["Negotiate"] });
    const send = session(server, "auto");
    await dropped(server, await send("a"));
    await send("b");
    expect(server.requests.slice(3).map(({ authorization }) => authorization)).toEqual(["Negotiate 1", "Negotiate 3"]);
  });

  test("without TLS is never Basic, and no password is sent", async () => {
    const server = await startRecordingServer({ offers: ['Basic realm="x"'], account });
    servers.push(server);
    await expect(session(server, "auto")("a")).rejects.toMatchObject({ code: "BASIC_WITHOUT_TLS" });
    expect(server.requests).toEqual([noBody("NTLM 1")]);
  });

  test("is not looked for where NTLM was asked for", async () => {
    const server = await start({ offers: ['Basic realm="x"'] });
    expect((await session(server, "ntlm")("a")).status).toBe(401);
    expect(server.requests).toEqual([noBody("NTLM 1")]);
  });
});
