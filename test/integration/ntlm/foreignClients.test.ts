import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { describeIfAvailable } from "../../support/layers";
import { startEwsServer, type EwsServer, type EwsServerOptions } from "../../servers/ews/ewsServer";
import { ExchangeStore } from "../../servers/ews/store";
import { pythonHas } from "../../servers/ntlm/foreignAcceptor";
import { createAuthority, type SignatureKind } from "../../servers/pki";

const run = promisify(execFile);
const [user, password] = ["CONTOSO\\sales", "pass-word-1"];
/** Debian's own; another may come first on PATH. */
const python = "/usr/bin/python3";
const script = resolve(__dirname, "../../servers/ntlm/requests_ntlm_get.py");
const curl = "/usr/bin/curl";

let directory: string;
const servers: EwsServer[] = [];
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "ntlm-clients-"));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

async function start(
  tokenChecking: EwsServerOptions["tokenChecking"],
  kind: SignatureKind = { algorithm: "ECDSA", hash: "SHA-256" },
  options: Partial<EwsServerOptions> = {},
) {
  const authority = await createAuthority("Test Authority", kind);
  const authorities = join(directory, "authorities.pem");
  writeFileSync(authorities, authority.certificate);
  const server = await startEwsServer({
    store: new ExchangeStore(),
    certificate: await authority.issue(),
    users: { [user]: password },
    schemes: ["NTLM"],
    tokenChecking,
    ...options,
  });
  servers.push(server);
  return { server, authorities };
}

describeIfAvailable(
  "the NTLM acceptor of the EWS server, by requests_ntlm",
  pythonHas(python, "requests_ntlm")
    ? { available: true }
    : { available: false, reason: "needs Debian's python3-requests-ntlm" },
  () => {
    const statusFor = async (url: string, authorities: string, given = password, token = "token") =>
      Number((await run(python, [script, url, authorities, user, given, token], { timeout: 30_000 })).stdout);

    test.each(
      (["TLSv1.2", "TLSv1.3"] as const).flatMap((version) =>
        (["RSA", "ECDSA"] as const).flatMap((algorithm) =>
          (["SHA-256", "SHA-384"] as const).map((hash) => ({ version, algorithm, hash })),
        ),
      ),
    )("takes its token where one is required: $version, $algorithm, $hash", async ({ version, algorithm, hash }) => {
      const tls = { minVersion: version, maxVersion: version };
      const { server, authorities } = await start("require", { algorithm, hash }, { tls });
      expect([await statusFor(server.url, authorities), server.refusal]).toEqual([200, ""]);
    });
    test("refuses it without a token, and with a wrong password", async () => {
      const { server, authorities } = await start("require");
      expect([await statusFor(server.url, authorities, password, "none"), server.refusal]).toEqual([
        401,
        "no channel binding",
      ]);
      expect([await statusFor(server.url, authorities, "pass-word"), server.refusal]).toEqual([401, "wrong proof"]);
    });
  },
);

describeIfAvailable(
  "the NTLM acceptor of the EWS server, by curl",
  existsSync(curl) ? { available: true } : { available: false, reason: "needs curl" },
  () => {
    // curl sends neither token nor integrity code.
    test.each([
      ["none", password, 200, ""],
      ["allow", password, 200, ""],
      ["require", password, 401, "no integrity code although the challenge carries a time"],
      ["allow", "pass-word", 401, "wrong proof"],
    ] as const)("with %s and the password %s answers %d", async (checking, given, status, refusal) => {
      const { server, authorities } = await start(checking);
      const { stdout } = await run(
        curl,
        [
          "-s",
          "-o",
          "/dev/null",
          "-w",
          "%{http_code}",
          "--ntlm",
          "-u",
          `${user}:${given}`,
          "--cacert",
          authorities,
          server.url,
        ],
        { timeout: 30_000 },
      );
      expect([Number(stdout), server.refusal]).toEqual([status, refusal]);
    });
  },
);
