import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cliAvailability } from "../support/pulumiProject";
import { repositoryRoot } from "../../tools/repository";
import { allOf, describeIfAvailable } from "../support/layers";

const seconds = 1000;
const kept = join(repositoryRoot, ".work/start");
const undisturbed = {
  available: !existsSync(kept),
  reason: "a kept sandbox is in the way; npm start -- --remove",
};

describeIfAvailable("npm start", allOf(cliAvailability(), undisturbed), () => {
  test(
    "previews, applies, finds nothing more to do, shows an unsupported stack, and cleans up",
    async () => {
      const output = await start();
      expect(output).toMatch(
        /^mailbox +profile +incoming +outgoing +round trip +appointments, contacts, tasks +ms\n(\S+ +mail\S* +Success +Success +Success +Not Run +\d+\n){4}\S+ +exchange +Success +Success +Success +Success +\d+\n/m,
      );
      expect(output).toMatch(/9 unchanged/);
      expect(output).toContain("compatibility-errors:");
      expectNothingLeft();
    },
    150 * seconds,
  );

  const dynamicsTable =
    /^mailbox +profile +incoming +outgoing +appointments, contacts, tasks\n(\S+ +mail-over-pop3 +Success +Success +Not Run\n){4}\S+ +exchange +Success +Success +Success\n/m;
  const givenBack = /8 deleted[^]*Every mailbox is as it was found: all settings of 5 mailboxes/;

  test(
    "shows the same on a simulated organization, which tests by itself and gets everything back",
    async () => {
      const output = await start("--backend", "dynamics365");
      expect(output).toMatch(/A simulated Dynamics 365 organization, on-premises 9\.1\S*: https:\/\/127\.0\.0\.1:/);
      expect(output).toMatch(dynamicsTable);
      for (const name of ["Sales", "Support", "Info", "Archive", "Ceo"])
        expect(output).toContain(`The mailbox ${name} was tested and enabled.`);
      expect(output).toMatch(/8 unchanged/);
      expect(output).toMatch(givenBack);
      expect(output).toContain("compatibility-errors:");
      expectNothingLeft();
    },
    150 * seconds,
  );

  test(
    "keeps an organization for play, and gives it everything back when it is removed",
    async () => {
      const output = await start("--backend", "dynamics365", "--keep");
      expect(output).toMatch(dynamicsTable);
      expect(output).not.toContain("Every mailbox is as it was found");
      const toldToSet = output.match(/^ {2}(export|\.) .*$/gm) ?? [];
      expect(toldToSet).toHaveLength(2);
      const pulumi = `'${process.execPath}' build/tools/pulumi/main.js`;
      // Refresh asks the organization: it needs the sign-in that the file sets.
      const refresh = `${pulumi} refresh --stack sandbox --yes --skip-preview --expect-no-changes`;
      expect(await run("sh", "-ec", [...toldToSet, refresh].join("\n"))).toMatch(/8 unchanged/);
      expect(await start("--remove")).toMatch(givenBack);
      expectNothingLeft();
    },
    300 * seconds,
  );
});

const start = (...args: string[]) => run(process.execPath, join(repositoryRoot, "build/tools/start/main.js"), ...args);

/** What a program prints; that it fails is an error with all of it. */
function run(file: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { cwd: repositoryRoot, timeout: 120 * seconds }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout + stderr);
      else reject(new Error(`exit code ${String(error.code)}:\n${stdout}${stderr}`));
    });
  });
}

function expectNothingLeft(): void {
  expect(existsSync(kept)).toBe(false);
  expect(existsSync(join(repositoryRoot, "Pulumi.sandbox.yaml"))).toBe(false);
}
