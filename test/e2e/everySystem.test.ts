import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { account, accessToken, ExchangeLab, secret, serviceAccount } from "../servers/ews/exchangeLab";
import { ExchangeStore } from "../servers/ews/store";
import type { ExchangeRelease } from "../servers/ews/versions";
import { mailLabAvailability, startMailLab, type MailLab } from "../servers/mailLab";
import { allOf, describeIfAvailable } from "../support/layers";
import { cliAvailability, PulumiProject } from "../support/pulumiProject";
import {
  expectStatuses,
  notRun,
  outputsOf,
  success,
  type Declaration,
  type DeclaredMailbox,
  type DeclaredProfile,
} from "./declared";

const minutes = 60_000;
const internetSystems = ["gmail", "yahoo-mail", "msn", "outlook.com", "windows-live-mail", "other"] as const;
const exchangeSystems = ["2010", "2013", "2016", "2019", "se"] as const;

describeIfAvailable("every mail system of the page", allOf(cliAvailability(), mailLabAvailability()), () => {
  let lab: MailLab;
  let exchange: ExchangeLab;
  let store: ExchangeStore;
  let folder: string;
  let stack: PulumiProject;
  const declarations: Declaration[] = [];
  const environment: Record<string, string> = {};

  beforeAll(async () => {
    const users = internetSystems.flatMap((system) => ["imap", "pop3"].map((protocol) => localPart(system, protocol)));
    lab = await startMailLab(users);
    exchange = await ExchangeLab.create();
    folder = mkdtempSync(join(tmpdir(), "every-system-"));
    writeFileSync(join(folder, "ca.pem"), `${lab.caCertificate}\n${exchange.authority.certificate}`);
    internetSystems.forEach((system, index) => {
      declarations.push(...overInternet(system, index % 2 === 0));
    });
    declarations.push(...(await overExchange()));
    stack = new PulumiProject("every-system", "declared.ts");
    await stack.init();
    stack.setEnvironment({}, environment);
    await stack.configure({ declarations, caFile: join(folder, "ca.pem") });
  }, 2 * minutes);
  afterAll(async () => {
    stack.dispose();
    await Promise.all([lab.stop(), exchange.stop()]);
    rmSync(folder, { recursive: true, force: true });
  }, 1 * minutes);

  const localPart = (system: string, protocol: string) => `${system.replace(/\W/g, "")}-${protocol}`;
  function reference(name: string, value: string): { env: string; version: string } {
    const env = `E2E_${name.toUpperCase().replace(/\W/g, "_")}`;
    environment[env] = value;
    return { env, version: "1" };
  }
  /** The two protocol pairs of a system, one with a password and one with a token, over both kinds of TLS. */
  function overInternet(emailSystem: (typeof internetSystems)[number], swap: boolean): Declaration[] {
    return (["imap", "pop3"] as const).map((protocol) => {
      const address = `${localPart(emailSystem, protocol)}@lab.test`;
      const byToken = (protocol === "imap") === swap;
      const security = byToken ? "starttls" : "tls";
      const serverLocation = lab.host;
      return {
        profile: {
          name: `${emailSystem} ${protocol}`,
          emailSystem,
          serverType: `${protocol}-smtp`,
          incoming: { serverLocation, port: lab[protocol][security], security },
          outgoing: { serverLocation, port: lab.smtp[security], security },
        },
        mailbox: {
          emailAddress: address,
          credentials: byToken
            ? { type: "access-token", accessToken: reference(`${address} token`, lab.accessToken(address)) }
            : { type: "password", password: reference(`${address} password`, lab.users[address] ?? "") },
        },
        expected: [success, success, notRun],
      };
    });
  }

  /** Exchange Server in each version and Exchange Online, with each way to sign in and each right to the mailbox. */
  async function overExchange(): Promise<Declaration[]> {
    store = new ExchangeStore();
    const addressOf = (name: string) => `${name}@contoso.com`;
    for (const version of exchangeSystems) store.add(addressOf(`e${version}`));
    store.add(addressOf("delegated"), [addressOf("crm")]);
    store.add(addressOf("crm"));
    store.add(addressOf("online"));
    store.add(addressOf("unseen"));
    const options = {
      store,
      schemes: ["Negotiate", "NTLM", "Basic", "Bearer"],
      impersonators: [serviceAccount],
      addresses: { [account]: addressOf("e2016"), [serviceAccount]: addressOf("crm") },
      tokens: { [accessToken]: addressOf("online") },
    } satisfies Parameters<ExchangeLab["start"]>[0];
    const at = async (version: ExchangeRelease) => ({
      serverLocation: (await exchange.start({ ...options, version })).url,
    });
    const password = reference("exchange password", secret);
    const profileAccount = { source: "email-server-profile", username: serviceAccount, password } as const;
    const own = { credentials: { source: "user-or-queue" } } as const;
    const impersonating = { credentials: profileAccount, useImpersonation: true } as const;
    const declare = (
      name: string,
      profile: Omit<DeclaredProfile, "name">,
      mailbox: Partial<DeclaredMailbox>,
      expected: Declaration["expected"] = [success, success, success],
    ): Declaration => ({
      profile: { name, ...profile },
      mailbox: {
        emailAddress: addressOf(name),
        appointmentsContactsTasks: "server-side-sync",
        test: { writeAccess: true },
        ...mailbox,
      },
      expected,
    });
    return [
      declare(
        "e2010",
        { emailSystem: "exchange-server-2010", incoming: { ...(await at("2010-sp3")), ...impersonating } },
        {},
      ),
      declare(
        "e2013",
        {
          emailSystem: "exchange-server-2013",
          incoming: { ...(await at("2013")), ...impersonating, authenticationProtocol: "basic" },
        },
        {},
      ),
      declare(
        "e2016",
        {
          emailSystem: "exchange-server-2016",
          incoming: { ...(await at("2016")), ...own, authenticationProtocol: "ntlm" },
        },
        { credentials: { type: "password", username: account, password } },
      ),
      declare(
        "e2019",
        {
          emailSystem: "exchange-server-2019",
          incoming: { ...(await at("2019")), ...impersonating, authenticationProtocol: "negotiate" },
        },
        {},
      ),
      declare("ese", { emailSystem: "exchange-server-se", incoming: { ...(await at("se")), ...impersonating } }, {}),
      declare(
        "delegated",
        { emailSystem: "exchange-server-2019", incoming: { ...(await at("2019")), credentials: profileAccount } },
        { acceptRisks: [{ rule: "act-needs-impersonation", reason: "the account has full access" }] },
      ),
      declare(
        "online",
        { emailSystem: "exchange-online", autodiscover: false, incoming: { ...(await at("online")), ...own } },
        { credentials: { type: "access-token", accessToken: reference("exchange token", accessToken) } },
      ),
      declare(
        "unseen",
        {
          emailSystem: "exchange-online",
          autodiscover: false,
          incoming: { ...(await at("online")), credentials: { source: "server-to-server" } },
        },
        {},
        [notRun, notRun, notRun],
      ),
    ];
  }

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
      expect(outputsOf(stack, "unseen").results).toContainEqual(
        expect.objectContaining({ test: "incomingEmail", status: notRun, code: "not-testable-directly" }),
      );
      expect(stack.passwordsInState()).toEqual([]);
      expect(await stack.run("up", "--yes", "--skip-preview", "--expect-no-changes")).toMatchObject({ code: 0 });
      // Nothing is left behind in any mailbox.
      for (const address of ["e2010", "e2016", "delegated", "online"])
        expect(store.mailbox(`${address}@contoso.com`)?.items).toEqual([]);
      expect(await stack.run("destroy", "--yes", "--skip-preview")).toMatchObject({ code: 0 });
    },
    4 * minutes,
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
      const named = [...output.matchAll(/MailboxBinding \(([^)]+)\):\n {4}error: act-needs-exchange: /g)];
      expect(named.map(([, name]) => name).sort()).toEqual(internet.map(({ profile: { name } }) => name).sort());
    },
    2 * minutes,
  );
});
