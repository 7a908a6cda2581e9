import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { startDynamicsServer, type DynamicsServer } from "../../servers/dynamics/dynamicsServer";
import { pythonHas } from "../../servers/ntlm/foreignAcceptor";
import { createAuthority } from "../../servers/pki";
import { describeIfAvailable } from "../../support/layers";
import { exchangeProfile } from "./caller";

const run = promisify(execFile);
const [user, password] = ["CONTOSO\\crmadmin", "pass-word-1"];
/** Debian's own; another may come first on PATH. */
const python = "/usr/bin/python3";
const curl = "/usr/bin/curl";
const script = resolve(__dirname, "../../servers/dynamics/clients/requests_ntlm_steps.py");

let directory: string;
let authorities: string;
let server: DynamicsServer;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "dynamics-windows-"));
  const authority = await createAuthority();
  authorities = join(directory, "authorities.pem");
  writeFileSync(authorities, authority.certificate);
  server = await startDynamicsServer({ certificate: await authority.issue(), windowsUsers: { [user]: password } });
});
afterEach(async () => {
  await server.stop();
  rmSync(directory, { recursive: true });
});

type Step = [method: string, path: string, headers: Record<string, string>, body: unknown];
type Answer = [status: number, headers: Record<string, string>, text: string];

describeIfAvailable(
  "the simulator with Windows' sign-in, by requests_ntlm",
  pythonHas(python, "requests_ntlm")
    ? { available: true }
    : { available: false, reason: "needs Debian's python3-requests-ntlm" },
  () => {
    async function steps(given: readonly Step[], secret = password, binding = "token"): Promise<Answer[]> {
      const args = [script, server.apiUrl, authorities, user, secret, binding, JSON.stringify(given)];
      return JSON.parse((await run(python, args, { timeout: 25_000 })).stdout) as Answer[];
    }

    test("works on a profile and a mailbox", async () => {
      const id = randomUUID();
      const { id: userId, mailboxId } = server.seed.addUser({
        fullname: "Admin",
        domainname: user,
        internalemailaddress: "admin@contoso.com",
      });
      const answers = await steps([
        ["GET", "WhoAmI", {}, null],
        ["GET", "WhoAmI()", {}, null],
        ["POST", "emailserverprofiles", {}, { emailserverprofileid: id, ...exchangeProfile }],
        [
          "PATCH",
          `mailboxes(${mailboxId})`,
          { "If-Match": "*" },
          { "emailserverprofile@odata.bind": `/emailserverprofiles(${id})` },
        ],
        [
          "GET",
          `mailboxes?$filter=regardingobjectid/domainname eq '${user}'&$select=_emailserverprofile_value`,
          {},
          null,
        ],
        ["DELETE", `emailserverprofiles(${id})`, {}, null],
      ]);
      expect(answers.map(([status]) => status)).toEqual([404, 200, 204, 204, 200, 204]);
      expect(JSON.parse(answers[1]?.[2] ?? "")).toMatchObject({
        UserId: userId,
        OrganizationId: server.organizationId,
      });
      expect(answers[2]?.[1]["odata-entityid"]).toBe(`${server.apiUrl}emailserverprofiles(${id})`);
      expect(JSON.parse(answers[4]?.[2] ?? "")).toMatchObject({
        value: [{ _emailserverprofile_value: id, mailboxid: mailboxId }],
      });
      // Of the handshakes nothing is counted.
      expect(server.requests.all.map(({ method }) => method)).toEqual(["GET", "GET", "POST", "PATCH", "GET", "DELETE"]);
      expect(new Set(server.requests.all.map((request) => request.user))).toEqual(new Set([user]));
    });

    test("demands the channel binding, and the right password", async () => {
      const refused = async (secret: string, binding: string) => {
        const [answer] = await steps([["GET", "WhoAmI()", {}, null]], secret, binding);
        return [answer?.[0], server.ntlmRefusal];
      };
      expect(await refused(password, "none")).toEqual([401, "no channel binding"]);
      expect(await refused("pass-word", "token")).toEqual([401, "wrong proof"]);
      expect(server.requests.all).toEqual([]);
    });
  },
);

describeIfAvailable(
  "the simulator with Windows' sign-in, by curl",
  existsSync(curl) ? { available: true } : { available: false, reason: "needs curl" },
  () => {
    test("offers Negotiate and NTLM, and takes nobody without a channel binding", async () => {
      const bare = await run(curl, ["-s", "-i", "--cacert", authorities, `${server.apiUrl}WhoAmI()`]);
      expect(bare.stdout).toMatch(/^HTTP\/1\.1 401 [\s\S]*www-authenticate: Negotiate\r\nwww-authenticate: NTLM\r\n/i);
      const args = [
        "-s",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code}",
        "--ntlm",
        "-u",
        `${user}:${password}`,
        "--cacert",
        authorities,
      ];
      const signed = await run(curl, [...args, `${server.apiUrl}WhoAmI()`]);
      expect(signed.stdout).toBe("401");
    });
  },
);
