import { runTool } from "../integration/cli/runAssess";
import { describeIfAvailable } from "../support/layers";
import { cliAvailability, PulumiProject } from "../support/pulumiProject";

const minutes = 60_000;
const host = "top-secret-host.invalid";
const secrets = {
  host,
  url: `https://${host}/EWS/Exchange.asmx`,
  address: "topsecretname@evil.example",
  user: "HIDDEN\\topsecretuser",
  password: "s3cret-Of-The-Assessment",
};

describeIfAvailable("previews on the real engine that hide something", cliAvailability(), () => {
  const projects: PulumiProject[] = [];
  afterAll(() => {
    for (const project of projects) project.dispose();
  });
  async function start(name: string, program: string): Promise<PulumiProject> {
    const project = new PulumiProject(name, program);
    projects.push(project);
    await project.init();
    return project;
  }
  const jsonOf = (output: string) => output.slice(output.indexOf("{\n"));

  test(
    "assess refuses the preview of a program that threw",
    async () => {
      const project = await start("crash", "crash.ts");
      const { output } = await project.run("preview", "--json");
      const { status, stdout, stderr } = runTool(["assess"], jsonOf(output));
      expect(stderr).toMatch(/^input-not-understood: .*did not come to its end: .*unhandled exception/);
      expect(stdout).toBe("");
      expect(status).toBe(2);
    },
    2 * minutes,
  );

  test(
    "no finding, no failed test and no state names what the program keeps secret",
    async () => {
      const project = await start("secrets", "secrets.ts");
      // The project looks for each of these in every output and in the raw state.
      await project.configure({ bad: true }, secrets);
      const bad = await project.run("preview", "--json");
      expect(bad.code).toBe(1);
      for (const rule of ["address-outside-allowed-domains", "duplicate-mailbox-binding", "username-not-upn"])
        expect(bad.output).toMatch(new RegExp(`${rule}: .*\\[secret\\]`));
      expect(bad.output).toMatch(/server-differs-from-published: .*goes to \[secret\]:993/);
      const { stdout, stderr } = runTool(["assess", "--format", "json"], jsonOf(bad.output));
      expect(stderr).toBe("");
      expect(stdout).not.toMatch(/"rule": "(duplicate-mailbox-binding|server-differs-from-published)",\n *"severity"/);
      expect(JSON.parse(stdout)).toMatchObject({ summary: { profiles: 3, mailboxes: 2 }, notes: [] });
      expect(stdout).toContain("a secret, which the preview hides");

      await project.configure({ bad: false }, secrets);
      const failed = await project.run("up", "--yes", "--skip-preview");
      expect(failed.code).not.toBe(0);
      expect(failed.output).toMatch(/\[secret\]/);
      expect(failed.output).toMatch(/: incoming server: .*\[secret\]/);
      expect(project.passwordsInState()).toEqual([]);
      expect(project.resources().length).toBeGreaterThan(1);
    },
    3 * minutes,
  );
});
