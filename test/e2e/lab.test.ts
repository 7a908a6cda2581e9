import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mailLabAvailability, startMailLab, type MailLab } from "../servers/mailLab";
import { allOf, describeIfAvailable } from "../support/layers";
import { cliAvailability, PulumiProject } from "../support/pulumiProject";
import { leavesOf } from "../support/leaves";

const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const minutes = 60_000;

const available = allOf(cliAvailability(), mailLabAvailability());
describeIfAvailable("the real engine against Dovecot and Postfix", available, () => {
  let lab: MailLab;
  let folder: string;
  let caFile: string;
  const projects: PulumiProject[] = [];

  beforeAll(async () => {
    lab = await startMailLab();
    folder = mkdtempSync(join(tmpdir(), "lab-e2e-"));
    caFile = join(folder, "ca.pem");
    writeFileSync(caFile, lab.caCertificate);
  }, 1 * minutes);
  afterAll(async () => {
    for (const project of projects) project.dispose();
    await lab.stop();
    rmSync(folder, { recursive: true, force: true });
  }, 1 * minutes);

  async function project(name: string, program: string): Promise<PulumiProject> {
    const created = new PulumiProject(name, program);
    projects.push(created);
    await created.init();
    return created;
  }
  const servers = () => ({ host: lab.host, imapPort: lab.imap.tls, smtpPort: lab.smtp.starttls, caFile });
  const passwordsOf = (...users: string[]) => Object.fromEntries(users.map((user) => [user, lab.users[user] ?? ""]));
  const up = (stack: PulumiProject, ...flags: string[]) => stack.run("up", "--yes", "--skip-preview", ...flags);

  test(
    "from the first preview to destroy",
    async () => {
      const alice = "alice@lab.test";
      const bob = "bob@lab.test";
      const stack = await project("lab-life", "lab.ts");
      const mailboxes = [alice, bob];
      await stack.configure({ ...servers(), mailboxes }, passwordsOf(alice, bob));

      // The first preview knows every fact but ids.
      const preview = await stack.run("preview", "--json");
      expect(preview).toMatchObject({ code: 0 });
      const { steps } = JSON.parse(preview.output) as { steps: { urn: string; newState: { inputs: object } }[] };
      const binding = steps.find(({ urn }) => urn.endsWith(`::${alice}`));
      const leaves = leavesOf((binding?.newState.inputs as { profile: object }).profile);
      expect(leaves.get("incoming.serverLocation")).toBe(lab.host);
      expect(leaves.get("incoming.port")).toBe(lab.imap.tls);
      expect(leaves.get("outgoing.protocol")).toBe("smtp");
      expect([...leaves].filter(([, value]) => value === unknown).map(([path]) => path)).toEqual(["id"]);

      const first = await up(stack);
      expect(first).toMatchObject({ code: 0 });
      for (const user of mailboxes) {
        expect(stack.resource(user).outputs).toMatchObject({
          incomingEmailStatus: "Success",
          outgoingEmailStatus: "Success",
          appointmentsContactsTasksStatus: "Not Run",
          enabledForIncomingEmail: true,
          enabledForOutgoingEmail: true,
          enabledForAppointmentsContactsTasks: false,
        });
        expect(lab.messages(user)).toEqual([]);
      }
      expect(stack.passwordsInState()).toEqual([]);
      expect(await up(stack, "--expect-no-changes")).toMatchObject({ code: 0 });

      // A wrong password: the resource stays, the line says everything.
      const bindingId = stack.resource(alice).id;
      await stack.configure({}, { ...passwordsOf(bob), [alice]: "wr0ng-Passw0rd" });
      const refused = await up(stack);
      expect(refused.code).not.toBe(0);
      expect(refused.output).toContain(
        `imap-authentication-failed: incoming email: 127.0.0.1:${lab.imap.tls} (TLS) refused user ${alice} (password)`,
      );
      expect(refused.output).toContain("[AUTHENTICATIONFAILED]");
      expect(refused.output).toMatch(/imap-authentication-failed: .*Check user name and password, .*Gmail/);
      expect(refused.output).toContain(`smtp-authentication-failed: outgoing email: 127.0.0.1:${lab.smtp.starttls}`);
      expect(stack.resource(alice)).toMatchObject({
        id: bindingId,
        outputs: { incomingEmailStatus: "Failure", outgoingEmailStatus: "Failure", enabledForIncomingEmail: false },
      });
      expect(stack.passwordsInState()).toEqual([]);

      // What is unhealthy is tested again, although nothing has changed since.
      const again = await up(stack);
      expect(again.code).not.toBe(0);
      expect(again.output).toContain("imap-authentication-failed");

      await stack.configure({}, passwordsOf(alice, bob));
      expect(await up(stack)).toMatchObject({ code: 0 });
      expect(stack.resource(alice).outputs).toMatchObject({
        incomingEmailStatus: "Success",
        outgoingEmailStatus: "Success",
      });

      // A rotation shows as a change of this binding alone.
      lab.setPassword(alice, "rotated-Passw0rd-1");
      await stack.configure({}, { ...passwordsOf(alice, bob) });
      const rotation = await stack.run("preview");
      expect(rotation.output).toMatch(/1 to update/);
      expect(await up(stack)).toMatchObject({ code: 0 });
      expect(stack.passwordsInState()).toEqual([]);

      // A description is not worth a test: the server is not asked.
      await stack.configure({ description: "Mailboxes of the tests" }, passwordsOf(alice, bob));
      const described = await up(stack);
      expect(described).toMatchObject({ code: 0 });
      expect(described.output).toMatch(/1 updated/);

      expect(await stack.run("refresh", "--yes", "--skip-preview", "--expect-no-changes")).toMatchObject({ code: 0 });
      expect(await stack.run("destroy", "--yes", "--skip-preview")).toMatchObject({ code: 0 });
      expect(stack.resources()).toEqual([]);
    },
    4 * minutes,
  );

  test(
    "keeps a binding whose very first test fails, and mends it",
    async () => {
      const carol = "carol@lab.test";
      const stack = await project("lab-mend", "lab.ts");
      await stack.configure({ ...servers(), mailboxes: [carol] }, { [carol]: "never-was-Right-1" });
      const refused = await up(stack);
      expect(refused.code).not.toBe(0);
      expect(stack.resource(carol)).toMatchObject({ outputs: { incomingEmailStatus: "Failure" } });
      expect(stack.passwordsInState()).toEqual([]);
      expect(await stack.run("refresh", "--yes", "--skip-preview")).toMatchObject({ code: 0 });
      await stack.configure({}, passwordsOf(carol));
      expect(await up(stack)).toMatchObject({ code: 0 });
      expect(stack.resource(carol)).toMatchObject({ outputs: { incomingEmailStatus: "Success" } });
      await stack.configure({}, { [carol]: "wr0ng-again-Passw0rd" });
      expect((await up(stack)).code).not.toBe(0);
      expect(await stack.run("destroy", "--yes", "--skip-preview")).toMatchObject({ code: 0 });
    },
    3 * minutes,
  );

  test(
    "signs in with the profile's own account, same settings for outgoing, and follows its rotation",
    async () => {
      const dave = "dave@lab.test";
      const stack = await project("lab-account", "lab.ts");
      await stack.configure({ ...servers(), mailboxes: [dave], account: dave }, passwordsOf(dave));
      expect(await stack.run("preview")).toMatchObject({ code: 0 });
      expect(await up(stack)).toMatchObject({ code: 0 });
      expect(stack.resource(dave).outputs).toMatchObject({
        incomingEmailStatus: "Success",
        outgoingEmailStatus: "Success",
      });
      expect(stack.passwordsInState()).toEqual([]);
      lab.setPassword(dave, "rotated-Passw0rd-2");
      await stack.configure({}, passwordsOf(dave));
      const rotated = await up(stack);
      expect(rotated).toMatchObject({ code: 0 });
      expect(rotated.output).toMatch(/2 updated/);
      expect(stack.resource(dave).outputs).toMatchObject({ incomingEmailStatus: "Success" });
      expect(stack.passwordsInState()).toEqual([]);
      expect(await up(stack, "--expect-no-changes")).toMatchObject({ code: 0 });
      expect(await stack.run("destroy", "--yes", "--skip-preview")).toMatchObject({ code: 0 });
    },
    3 * minutes,
  );

  test(
    "binds a mailbox to a profile of another stack",
    async () => {
      const erin = "erin@lab.test";
      const source = await project("lab-source", "lab.ts");
      await source.configure({ ...servers(), mailboxes: [] });
      expect(await up(source)).toMatchObject({ code: 0 });
      const consumer = source.beside("lab-consumer", "consumer.ts");
      projects.push(consumer);
      await consumer.init();
      await consumer.configure({ mailbox: erin, source: "organization/lab-source/test" }, passwordsOf(erin));
      expect(await consumer.run("preview")).toMatchObject({ code: 0 });
      expect(await up(consumer)).toMatchObject({ code: 0 });
      expect(consumer.resource("elsewhere").outputs).toMatchObject({ incomingEmailStatus: "Success" });
      expect(await up(consumer, "--expect-no-changes")).toMatchObject({ code: 0 });
      expect(consumer.passwordsInState()).toEqual([]);
    },
    3 * minutes,
  );
});
