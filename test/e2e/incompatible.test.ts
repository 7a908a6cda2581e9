import { createServer, type AddressInfo, type Server } from "node:net";
import { describeIfAvailable } from "../support/layers";
import { cliAvailability, PulumiProject } from "../support/pulumiProject";

const minutes = 60_000;

describeIfAvailable("an incompatible stack on the real engine", cliAvailability(), () => {
  let server: Server;
  let connections = 0;
  let project: PulumiProject | undefined;

  beforeAll(async () => {
    server = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(async () => {
    project?.dispose();
    await new Promise((resolve) => server.close(resolve));
  });

  test(
    "lists every finding in one preview, with exit code 1, and touches nothing",
    async () => {
      project = new PulumiProject("incompatible", "incompatible.ts");
      await project.init();
      await project.configure({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
      const { code, output } = await project.run("preview");
      expect(code).toBe(1);
      const details = output.slice(output.indexOf("Diagnostics:"));
      const found = [...details.matchAll(/MailboxBinding \(([\w-]+)\):\s+((?:error|warning): .*\s+)+/g)].map(
        ([text, name]) => `${name ?? ""}: ${[...text.matchAll(/error: ([\w-]+):/g)].map(([, rule]) => rule).join(" ")}`,
      );
      expect(found.sort()).toEqual([
        "calendar-one: act-needs-exchange",
        "calendar-two: act-needs-exchange",
        "on-premises-one: exchange-online-profile-for-on-premises-mailbox",
        "on-premises-two: exchange-online-profile-for-on-premises-mailbox",
        "outside: exchange-online-profile-for-external-mailbox",
      ]);
      expect(connections).toBe(0);
      expect(project.resources()).toEqual([]);
    },
    2 * minutes,
  );

  test(
    "refuses the update of a bad resource before anything of it is changed",
    async () => {
      if (project === undefined) throw new Error("the preview did not run");
      const { code, output } = await project.run("up", "--yes", "--skip-preview");
      expect(code).not.toBe(0);
      // The engine stops at the first resource whose check fails; which one that is differs from run to run.
      expect(output).toMatch(/error: .*(act-needs-exchange|exchange-online-profile-for-[a-z-]+): /);
      expect(connections).toBe(0);
      expect(project.resources().filter(({ urn }) => urn.includes("MailboxBinding"))).toEqual([]);
    },
    2 * minutes,
  );
});
