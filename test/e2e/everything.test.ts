import "reflect-metadata";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExchangeLab } from "../servers/ews/exchangeLab";
import { ExchangeStore } from "../servers/ews/store";
import { mailLabAvailability, startMailLab, type MailLab } from "../servers/mailLab";
import { allOf, describeIfAvailable } from "../support/layers";
import { cliAvailability, PulumiProject } from "../support/pulumiProject";
import { expectStatuses, notRun, outputsOf, type Declaration, type Reference } from "./declared";
import { signInDeclarations, signInUsers } from "./signIns";
import { startSignInServers, type SignInServers } from "./signInServers";
import { systemDeclarations, systemUsers } from "./systems";

const minutes = 60_000;

/** The environment alone leads the unmodified package to the endpoints of the Internet: HTTPS_PROXY and NODE_EXTRA_CA_CERTS. */
describeIfAvailable("every mail system, protocol and sign-in", allOf(cliAvailability(), mailLabAvailability()), () => {
  let lab: MailLab;
  let exchange: ExchangeLab;
  let servers: SignInServers;
  let folder: string;
  let stack: PulumiProject;
  let declarations: Declaration[];
  const store = new ExchangeStore();

  beforeAll(async () => {
    lab = await startMailLab([...systemUsers, ...signInUsers]);
    exchange = await ExchangeLab.create();
    servers = await startSignInServers(lab);
    folder = mkdtempSync(join(tmpdir(), "everything-"));
    writeFileSync(join(folder, "internet.pem"), servers.authority);
    writeFileSync(join(folder, "ca.pem"), `${lab.caCertificate}\n${exchange.authority.certificate}`);
    const secrets: Record<string, string> = {};
    const reference: Reference = (name, value) => {
      const env = `E2E_${name.toUpperCase().replace(/\W/g, "_")}`;
      secrets[env] = value;
      return { env, version: "1" };
    };
    declarations = [
      ...(await systemDeclarations(lab, exchange, store, reference)),
      ...signInDeclarations(lab, servers, reference),
    ];
    stack = new PulumiProject("everything", "declared.ts");
    await stack.init();
    stack.setEnvironment(
      {
        HTTPS_PROXY: `http://127.0.0.1:${servers.proxyPort}`,
        NO_PROXY: "127.0.0.1,localhost",
        NODE_EXTRA_CA_CERTS: join(folder, "internet.pem"),
      },
      secrets,
    );
    await stack.configure({ declarations, caFile: join(folder, "ca.pem") });
  }, 2 * minutes);
  afterAll(async () => {
    stack.dispose();
    await Promise.all([lab.stop(), exchange.stop(), servers.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }, 1 * minutes);

  test(
    "is judged, tested and enabled in one stack, and a second up changes nothing",
    async () => {
      const first = await stack.run("up", "--yes", "--skip-preview");
      expect({ code: first.code, output: first.code === 0 ? "" : first.output }).toEqual({ code: 0, output: "" });
      expectStatuses(stack, declarations);
      const versions = ["e2010", "e2013", "e2016", "e2019", "ese", "online"].map(
        (name) => (outputsOf(stack, name).results as { serverVersion?: string }[])[0]?.serverVersion?.split(" (")[0],
      );
      expect(versions).toEqual([
        "Exchange Server 2010",
        "Exchange Server 2013",
        "Exchange Server 2016",
        "Exchange Server 2019",
        "Exchange Server SE",
        "Exchange Online",
      ]);
      // What cannot be tested says why.
      for (const name of ["unseen", "never", "integrated"])
        expect(outputsOf(stack, name).results).toContainEqual(
          expect.objectContaining({ test: "incomingEmail", status: notRun, code: "not-testable-directly" }),
        );
      expect(outputsOf(stack, "discovered").discoveredServerLocation).toBe(
        "https://mail.contoso.com/EWS/Exchange.asmx",
      );
      expect(stack.passwordsInState()).toEqual([]);
      // Nothing is left behind in any mailbox.
      for (const { mailbox } of declarations) {
        const address = mailbox.emailAddress as string;
        const items = [store, servers.store].flatMap((one) => one.mailbox(address)?.items ?? []);
        expect([address, ...items, ...lab.messages(address)]).toEqual([address]);
      }
      expect(await stack.run("up", "--yes", "--skip-preview", "--expect-no-changes")).toMatchObject({ code: 0 });
      expect(await stack.run("destroy", "--yes", "--skip-preview")).toMatchObject({ code: 0 });
    },
    5 * minutes,
  );

  test(
    "refuses appointments, contacts, and tasks on POP3 and IMAP in the preview",
    async () => {
      const internet = declarations
        .filter(({ mailbox }) => (mailbox.emailAddress as string).endsWith("@lab.test"))
        .map((declaration) => ({
          ...declaration,
          mailbox: { ...declaration.mailbox, appointmentsContactsTasks: "server-side-sync" },
        }));
      await stack.configure({ declarations: internet });
      const { code, output } = await stack.run("preview");
      expect(code).not.toBe(0);
      const named = [...output.matchAll(/MailboxBinding \(([^)]+)\):\n(?: {4}.*\n)*? {4}error: act-needs-exchange: /g)];
      expect(named.map(([, name]) => name).sort()).toEqual(internet.map(({ profile: { name } }) => name).sort());
    },
    2 * minutes,
  );
});
