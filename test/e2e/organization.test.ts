import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDynamicsServer, type DynamicsServer } from "../servers/dynamics/dynamicsServer";
import { IssuedTokens } from "../servers/dynamics/issuedTokens";
import { methodsXml } from "../servers/dynamics/regarding";
import { startTokenServer, type TokenServer } from "../servers/oauth/tokenServer";
import { createAuthority } from "../servers/pki";
import { describeIfAvailable } from "../support/layers";
import { cliAvailability, PulumiProject } from "../support/pulumiProject";

const minutes = 60_000;
const pipeline = "CONTOSO\\pipeline";
const secret = "P1peline-Of-The-Tests";
const profileSecret = "Prof1le-Of-The-Tests";
const mailboxSecret = "Mailb0x-Of-The-Tests";
const storedPassword = "St0red-Of-The-Tests";
const app = { clientId: "3f17e397-c012-53af-a427-65d8ec3c93b0", clientSecret: "App-Secret-Of-The-Tests" };

const exchange = (name: string, host: string) => ({
  name,
  emailSystem: "exchange-server-2019",
  incoming: {
    serverLocation: `https://${host}/EWS/Exchange.asmx`,
    credentials: {
      source: "email-server-profile",
      username: "crm@contoso.com",
      password: { env: "PROFILE_PASSWORD", version: "1" },
    },
    useImpersonation: true,
  },
});
/** On-premises Dynamics with Exchange Online: server-to-server. */
const exchangeOnline = (name: string) => ({
  name,
  emailSystem: "exchange-online",
  exchangeOnlineTenantId: "7c1f4c1e-5f0b-4a7a-9f4e-2f3e0f0f9d11",
});
/** Made by hand, and to be taken over. */
const existing = {
  emailSystem: "exchange-server-2019",
  adopt: { name: "Existing" },
  incoming: {
    serverLocation: "https://existing.contoso.com/EWS/Exchange.asmx",
    credentials: { source: "user-or-queue" },
  },
};
const binding = (name: string, profile: string, more: object = {}) => ({
  name,
  profile,
  emailAddress: `${name}@contoso.com`,
  test: { timeoutSeconds: 60 },
  ...more,
});

describeIfAvailable("the real engine against an organization", cliAvailability(), () => {
  let folder: string;
  let caFile: string;
  let organization: DynamicsServer;
  let tokens: TokenServer;
  const projects: PulumiProject[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "organization-e2e-"));
    caFile = join(folder, "ca.pem");
    const authority = await createAuthority();
    writeFileSync(caFile, authority.certificate);
    const issued = new IssuedTokens({ [app.clientId]: pipeline });
    organization = await startDynamicsServer({
      certificate: await authority.issue(),
      windowsUsers: { [pipeline]: secret },
      userOfToken: issued.userOf,
      secondsPerMinute: 0.05,
    });
    tokens = await startTokenServer({
      certificate: await authority.issue(),
      accessToken: issued.make,
      adfs: {
        applications: [{ clientId: app.clientId, secret: app.clientSecret, resources: [organization.organizationUrl] }],
      },
    });
    const earlier = organization.seed.addProfile({
      name: "Earlier",
      servertype: 0,
      incomingserverlocation: "https://old.contoso.com/EWS/Exchange.asmx",
      outgoingserverlocation: "https://old.contoso.com/EWS/Exchange.asmx",
    });
    organization.configure({ defaultemailserverprofileid: earlier, defaultemailsettings: methodsXml(0, 0, 2) });
    organization.seed.addProfile({
      name: "Existing",
      servertype: 0,
      incomingserverlocation: existing.incoming.serverLocation,
      outgoingserverlocation: existing.incoming.serverLocation,
      incomingcredentialretrieval: 0,
    });
    organization.seed.addUser({
      fullname: "carol",
      domainname: "CONTOSO\\carol",
      internalemailaddress: "carol@contoso.com",
      mailbox: {
        emailserverprofile: { table: "emailserverprofile", id: earlier },
        username: "carol",
        password: storedPassword,
        allowemailconnectortousecredentials: true,
      },
    });
    for (const name of ["ann", "bob", "dave"])
      organization.seed.addUser({
        fullname: name,
        domainname: `CONTOSO\\${name}`,
        internalemailaddress: `${name}@contoso.com`,
        mailbox: { emailserverprofile: { table: "emailserverprofile", id: earlier } },
      });
  }, 1 * minutes);
  afterAll(async () => {
    for (const project of projects) project.dispose();
    await organization.stop();
    await tokens.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 1 * minutes);

  const signIns: [string, () => [Record<string, string>, Record<string, string>]][] = [
    [
      "Windows",
      () => [
        { SERVER_SIDE_SYNC_AUTH: "windows", SERVER_SIDE_SYNC_USERNAME: pipeline },
        { SERVER_SIDE_SYNC_PASSWORD: secret },
      ],
    ],
    [
      "AD FS",
      () => [
        {
          SERVER_SIDE_SYNC_AUTH: "adfs",
          SERVER_SIDE_SYNC_AUTHORITY: `https://127.0.0.1:${tokens.port}`,
          SERVER_SIDE_SYNC_CLIENT_ID: app.clientId,
          NODE_EXTRA_CA_CERTS: caFile,
        },
        { SERVER_SIDE_SYNC_CLIENT_SECRET: app.clientSecret },
      ],
    ],
  ];

  test.each(signIns)(
    "signed in by %s: taken over, changed, moved, replaced, renamed, and given back as it was found",
    async (name, environment) => {
      const before = columnsOf(organization);
      const stack = new PulumiProject(`organization-${name.replace(" ", "").toLowerCase()}`, "organization.ts");
      projects.push(stack);
      const [plain, secrets] = environment();
      stack.setEnvironment(plain, { ...secrets, PROFILE_PASSWORD: profileSecret, MAILBOX_PASSWORD: mailboxSecret });
      await stack.init();
      const declare = (changes: Record<string, unknown>) =>
        stack.configure({ url: organization.organizationUrl, caFile, settings: true, ...changes });
      const up = async () => {
        organization.requests.clear();
        const { code, output } = await stack.run("up", "--yes", "--skip-preview");
        if (code !== 0) throw new Error(output.slice(-3000));
      };
      const profiles = [
        exchange("onpremises", "mail.contoso.com"),
        exchangeOnline("online"),
        { name: "existing", ...existing },
      ];
      const carol = binding("carol", "existing", {
        credentials: { type: "password", username: "carol", password: { env: "MAILBOX_PASSWORD", version: "1" } },
      });
      const mailbox = (address: string) => mailboxOf(organization, address);

      await declare({ profiles, bindings: [binding("ann", "onpremises"), binding("bob", "onpremises"), carol] });
      await up();
      for (const address of ["ann", "bob", "carol"])
        expect(stack.resource(address).outputs).toMatchObject({
          incomingEmailStatus: "Success",
          outgoingEmailStatus: "Success",
          emailAddressApproved: true,
        });
      expect(mailbox("ann@contoso.com")).toMatchObject({
        incomingemaildeliverymethod: 2,
        _emailserverprofile_value: stack.resource("onpremises").id,
      });

      const passwords = () =>
        Object.values(organization.snapshot().mailbox).map(({ secrets: { password } }) => password);
      expect(stack.resource("carol").outputs?.results).toContainEqual(
        expect.objectContaining({ code: "stored-password-kept" }),
      );
      const stored = passwords();
      expect(JSON.stringify(stored)).toContain(storedPassword);

      // A second up finds nothing to do, and so does one after a refresh.
      await up();
      expect(organization.requests.all).toEqual([]);
      expect((await stack.run("refresh", "--yes", "--skip-preview")).code).toBe(0);
      const preview = await stack.run("preview", "--expect-no-changes");
      expect(preview).toMatchObject({ code: 0 });
      expect(organization.requests.writes).toEqual([]);

      // Other methods, and a move from Exchange Server to Exchange Online.
      const ann = (more: object = {}) => binding("ann", "onpremises", { outgoingEmail: "none", ...more });
      await declare({ profiles, bindings: [ann(), binding("bob", "online"), carol] });
      await up();
      expect(mailbox("ann@contoso.com").outgoingemaildeliverymethod).toBe(0);
      expect(mailbox("bob@contoso.com")._emailserverprofile_value).toBe(stack.resource("online").id);

      // A replacement: whose mailbox it is, is now said.
      await declare({
        profiles,
        bindings: [ann(), binding("bob", "online", { regarding: { user: "CONTOSO\\bob" } }), carol],
      });
      await up();
      expect(mailbox("bob@contoso.com")._emailserverprofile_value).toBe(stack.resource("online").id);

      // Another name without an alias: the mailbox keeps its configuration.
      const bob = binding("bob", "online", { regarding: { user: "CONTOSO\\bob" } });
      await declare({ settings: false, profiles, bindings: [ann(), bob, carol] });
      await up();
      await declare({ settings: false, profiles, bindings: [ann({ name: "renamed" }), bob, carol] });
      await up();
      expect(mailbox("ann@contoso.com")).toMatchObject({
        incomingemaildeliverymethod: 2,
        _emailserverprofile_value: stack.resource("onpremises").id,
      });

      // Somebody changes one by hand.
      const [bobId = ""] =
        Object.entries(organization.snapshot().mailbox).find(
          ([, { columns }]) => columns.emailaddress === "bob@contoso.com",
        ) ?? [];
      organization.editByHand("mailboxes", bobId, { outgoingemaildeliverymethod: 1 });

      const destroyed = await stack.run("destroy", "--yes", "--skip-preview");
      if (destroyed.code !== 0) throw new Error(destroyed.output.slice(-3000));
      expect(stack.passwordsInState()).toEqual([]);
      expect(passwords()).toEqual(stored);
      const after = columnsOf(organization);
      expect(after["bob@contoso.com"]).toEqual({ ...before["bob@contoso.com"], outgoingemaildeliverymethod: 1 });
      organization.editByHand("mailboxes", bobId, { outgoingemaildeliverymethod: 0 });
      expect(columnsOf(organization)).toEqual(before);
    },
    4 * minutes,
  );

  test(
    "a program asks, and binds a mailbox to a profile that is managed elsewhere and never changed",
    async () => {
      const before = columnsOf(organization);
      const stack = new PulumiProject("organization-questions", "organizationQuestions.ts");
      projects.push(stack);
      const plain = { SERVER_SIDE_SYNC_AUTH: "windows", SERVER_SIDE_SYNC_USERNAME: pipeline };
      stack.setEnvironment(plain, { SERVER_SIDE_SYNC_PASSWORD: secret, MAILBOX_PASSWORD: mailboxSecret });
      await stack.init();
      await stack.configure({ url: organization.organizationUrl, caFile });
      organization.requests.clear();
      const up = await stack.run("up", "--yes", "--skip-preview");
      if (up.code !== 0) throw new Error(up.output.slice(-3000));
      expect(stack.resource("dave").outputs).toMatchObject({
        incomingEmailStatus: "Success",
        enabledForIncomingEmail: true,
      });
      expect(organization.requests.writes.filter(({ path }) => path.startsWith("emailserverprofiles"))).toEqual([]);
      const { output } = await stack.run("stack", "output", "--json");
      expect(JSON.parse(output)).toEqual({
        version: expect.stringMatching(/^9\./) as string,
        serverLocation: existing.incoming.serverLocation,
        earlier: expect.arrayContaining(["ann@contoso.com", "bob@contoso.com"]) as string[],
      });
      expect(await stack.run("preview", "--expect-no-changes")).toMatchObject({ code: 0 });
      const destroyed = await stack.run("destroy", "--yes", "--skip-preview");
      if (destroyed.code !== 0) throw new Error(destroyed.output.slice(-3000));
      expect(columnsOf(organization)).toEqual(before);
    },
    2 * minutes,
  );
});

const written = [
  "_emailserverprofile_value",
  "incomingemaildeliverymethod",
  "outgoingemaildeliverymethod",
  "actdeliverymethod",
  "username",
  "allowemailconnectortousecredentials",
  "ispasswordset",
  "emailrouteraccessapproval",
  "orgmarkedasprimaryforexchangesync",
  "statecode",
];

/** What a stack writes of mailboxes, profiles and the organization. */
function columnsOf(server: DynamicsServer): Record<string, Record<string, unknown>> {
  const { mailbox, emailserverprofile, organization } = server.snapshot();
  const mailboxes = Object.values(mailbox).map(({ columns }): [string, Record<string, unknown>] => [
    String(columns.emailaddress),
    Object.fromEntries(written.map((name) => [name, columns[name]])),
  ]);
  const profiles = { profiles: Object.values(emailserverprofile).map(({ columns }) => columns.name) };
  const [settings] = Object.values(organization).map(({ columns }) => ({
    profile: columns._defaultemailserverprofileid_value,
    methods: columns.defaultemailsettings,
    users: columns.requireapprovalforuseremail,
  }));
  return { ...Object.fromEntries(mailboxes), profiles, settings: settings ?? {} };
}

function mailboxOf(server: DynamicsServer, address: string): Record<string, unknown> {
  const found = Object.values(server.snapshot().mailbox).find(({ columns }) => columns.emailaddress === address);
  return found?.columns ?? {};
}
