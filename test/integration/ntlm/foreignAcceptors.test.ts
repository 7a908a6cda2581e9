import { describeIfAvailable } from "../../support/layers";
import {
  foreignAcceptorAvailability,
  startForeignAcceptor,
  type AcceptorListener,
  type ForeignAcceptor,
  type ForeignAcceptorName,
} from "../../servers/ntlm/foreignAcceptor";
import { until } from "../../servers/processes";
import { createAuthority, type Authority, type KeyPair, type SignatureKind } from "../../servers/pki";
import { startTlsProxy } from "../../servers/tlsProxy";
import { Budget } from "../../../provider/src/transport/budget";
import { HttpClient } from "../../../provider/src/transport/http";
import { withPassword, type PasswordMethod } from "../../../provider/src/transport/httpSignIn";
import { authenticateMessage, negotiateMessage, readChallenge } from "../../../provider/src/transport/ntlm/messages";

interface Kind extends SignatureKind {
  /** What the token is made with. */
  tokenHash: AcceptorListener["hash"];
}
/** Ed25519 names no hash; its token is made with SHA-256. */
const kinds: readonly Kind[] = [
  { algorithm: "RSA", hash: "SHA-256", tokenHash: "sha256" },
  { algorithm: "RSA", hash: "SHA-384", tokenHash: "sha384" },
  { algorithm: "RSA", hash: "SHA-512", tokenHash: "sha512" },
  { algorithm: "RSA-PSS", hash: "SHA-256", tokenHash: "sha256" },
  { algorithm: "RSA-PSS", hash: "SHA-384", tokenHash: "sha384" },
  { algorithm: "ECDSA", hash: "SHA-256", tokenHash: "sha256" },
  { algorithm: "ECDSA", hash: "SHA-384", tokenHash: "sha384" },
  { algorithm: "ECDSA", hash: "SHA-512", tokenHash: "sha512" },
  { algorithm: "Ed25519", hash: "SHA-256", tokenHash: "sha256" },
];
const versions = ["TLSv1_2", "TLSv1_3"] as const;
const password = "Pä$$wört-日本";
const users = {
  "CONTOSO:sales": password,
  ":sales@contoso.com": password,
  ":sales": password,
  "CONTOSO:jürgen": password,
  ":straße@contoso.com": password,
};
const account = { username: "CONTOSO\\sales", password };
const strangersToken = Buffer.alloc(16, 7);

const authorities: Authority[] = [];
const certificates: KeyPair[] = [];
beforeAll(async () => {
  for (const kind of kinds) {
    const authority = await createAuthority(`${kind.algorithm} ${kind.hash}`, kind);
    authorities.push(authority);
    certificates.push(await authority.issue());
  }
}, 60_000);

const trusted = () => authorities.map(({ certificate }) => certificate).join("\n");

async function withClient<T>(work: (client: HttpClient) => Promise<T>): Promise<T> {
  const client = new HttpClient("127.0.0.1", trusted(), Budget.ofSeconds(20));
  try {
    return await work(client);
  } finally {
    client.close();
  }
}
const requestTo = (port: number, body = "what was asked") => ({
  method: "POST" as const,
  url: new URL(`https://127.0.0.1:${port}/`),
  headers: {},
  body,
});
function signIn(port: number, { username, password: given } = account, method: PasswordMethod = "ntlm") {
  return withClient((client) => withPassword(client, { username, password: given }, method)(requestTo(port)));
}
/** A sign-in with a token of the caller's choice. */
function signInWith(port: number, channelBindings: Buffer | undefined) {
  return withClient(async (client) => {
    const negotiate = negotiateMessage();
    const header = (message: Buffer) => ({ authorization: `NTLM ${message.toString("base64")}` });
    const first = await client.send({ ...requestTo(port, ""), headers: header(negotiate) });
    const challenge = Buffer.from((first.headers["www-authenticate"]?.[0] ?? "").slice("NTLM ".length), "base64");
    const authenticate = authenticateMessage({
      account,
      negotiate,
      challenge: readChallenge(challenge),
      targetName: "HTTP/127.0.0.1",
      channelBindings,
    });
    return client.send({ ...requestTo(port), headers: header(authenticate), onlyOn: first.socket });
  });
}

/** What each says for itself; where it says nothing, our own check of the token refuses. */
const refusals: Record<ForeignAcceptorName, { wrongToken: RegExp; noToken: RegExp; wrongPassword: RegExp }> = {
  pyspnego: {
    wrongToken: /bindings do not match/,
    noToken: /but not present/,
    wrongPassword: /Invalid NTLM response/i,
  },
  "gss-ntlmssp": { wrongToken: /Permission denied/, noToken: /token absent/, wrongPassword: /Unspecified GSS failure/ },
  samba: { wrongToken: /token wrong/, noToken: /token absent/, wrongPassword: /NT_STATUS_LOGON_FAILURE/ },
};

describe.each(["pyspnego", "gss-ntlmssp", "samba"] as const)("NTLM with %s", (name) => {
  describeIfAvailable(`NTLM accepted by ${name}`, foreignAcceptorAvailability(name), () => {
    let acceptor: ForeignAcceptor;
    const matrix = kinds.flatMap((kind, index) => versions.map((tls) => ({ kind, index, tls })));
    const portOf = (index: number) => acceptor.ports[index] ?? 0;
    /** A listener of the matrix that the other tests use. */
    const anyPort = () => portOf(matrix.findIndex(({ kind, tls }) => kind.algorithm === "ECDSA" && tls === "TLSv1_3"));
    beforeAll(async () => {
      const listeners = matrix.map(({ kind, index, tls }) => listener(index, kind, tls));
      acceptor = await startForeignAcceptor(name, users, listeners);
    }, 30_000);
    afterAll(() => acceptor.stop());

    test.each(matrix.map((entry, index) => ({ ...entry, index })))(
      "$kind.algorithm with $kind.hash over $tls: the token of the certificate is accepted; none, zeros and another are refused",
      async ({ index }) => {
        const accepted = await signIn(portOf(index));
        expect([accepted.status, JSON.parse(accepted.body)]).toEqual([
          200,
          { user: expect.stringMatching(/sales/i) as string, body: "what was asked" },
        ]);
        const refused = async (token: Buffer | undefined) => {
          const { status, body } = await signInWith(portOf(index), token);
          expect(status).toBe(401);
          return (JSON.parse(body) as { refused: string }).refused;
        };
        expect(await refused(undefined)).toMatch(refusals[name].noToken);
        expect(await refused(Buffer.alloc(16))).toBe("token all zero");
        expect(await refused(strangersToken)).toMatch(refusals[name].wrongToken);
      },
    );

    test("a proxy with TLS of its own in between is found out", async () => {
      const other = await authorities[0]?.issue();
      if (other === undefined) throw new Error("no authority");
      const proxy = await startTlsProxy(other, anyPort());
      try {
        const { status, body } = await signIn(proxy.port);
        expect([status, body]).toEqual([401, expect.stringMatching(refusals[name].wrongToken) as string]);
      } finally {
        await proxy.stop();
      }
    });

    test("a wrong password is refused", async () => {
      const { status, body } = await signIn(anyPort(), { ...account, password: "pass-word" });
      expect([status, body]).toEqual([401, expect.stringMatching(refusals[name].wrongPassword) as string]);
    });

    test.each(["CONTOSO\\sales", "CONTOSO\\SALES", "sales@contoso.com", "sales", "CONTOSO\\jürgen"])(
      "the user %s signs in",
      async (username) => {
        expect((await signIn(anyPort(), { username, password })).status).toBe(200);
      },
    );

    test("one connection and one more request, without a body, for all that is asked", async () => {
      const before = acceptor.requests.length;
      await withClient(async (client) => {
        const send = withPassword(client, account, "auto");
        const answers = await Promise.all(
          ["1", "2", "3", "4", "5", "6"].map((body) => send(requestTo(anyPort(), body))),
        );
        expect(answers.map(({ status, body }) => [status, (JSON.parse(body) as { body: string }).body])).toEqual(
          ["1", "2", "3", "4", "5", "6"].map((body) => [200, body]),
        );
      });
      // The acceptor tells of a request on another way than its answer takes.
      const ours = () => acceptor.requests.slice(before).filter(({ connection }) => connection === connectionOf());
      const connectionOf = () => acceptor.requests.slice(before).find(({ body }) => body === 1)?.connection;
      await until("seven requests", () => ours().length >= 7, 5000);
      expect(ours().map(({ message, body }) => [message, body])).toEqual([
        [1, 0],
        [3, 1],
        ...Array.from({ length: 5 }, () => [0, 1]),
      ]);
    });
  });

  function listener(index: number, kind: Kind, tls: AcceptorListener["tls"]): AcceptorListener {
    const certificate = certificates[index];
    if (certificate === undefined) throw new Error("no certificate");
    return { ...certificate, hash: kind.tokenHash, tls, token: "require", protocol: "ntlm" };
  }
});

describeIfAvailable("Negotiate alone, by pyspnego", foreignAcceptorAvailability("pyspnego"), () => {
  test("takes NTLM as it is", async () => {
    const [certificate] = certificates;
    if (certificate === undefined) throw new Error("no certificate");
    const acceptor = await startForeignAcceptor("pyspnego", users, [
      { ...certificate, hash: "sha256", tls: "TLSv1_3", token: "require", protocol: "negotiate" },
    ]);
    try {
      const { status } = await signIn(acceptor.ports[0] ?? 0, account, "auto");
      expect([status, acceptor.requests.map(({ message }) => message)]).toEqual([200, [1, 1, 3]]);
    } finally {
      await acceptor.stop();
    }
  });
});

describeIfAvailable("capitals, by Samba", foreignAcceptorAvailability("samba"), () => {
  test("a letter without a capital of its own stays as it is, as on Windows", async () => {
    const [certificate] = certificates;
    if (certificate === undefined) throw new Error("no certificate");
    const acceptor = await startForeignAcceptor("samba", users, [
      { ...certificate, hash: "sha256", tls: "TLSv1_3", token: "require", protocol: "ntlm" },
    ]);
    try {
      const username = "straße@contoso.com";
      expect((await signIn(acceptor.ports[0] ?? 0, { username, password })).status).toBe(200);
    } finally {
      await acceptor.stop();
    }
  });
});
