import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cliAvailability } from "../support/pulumiProject";
import { repositoryRoot } from "../../tools/repository";
import { allOf, describeIfAvailable } from "../support/layers";

const undisturbed = {
  available: !existsSync(join(repositoryRoot, ".work/start")),
  reason: "a kept sandbox is in the way; npm start -- --remove",
};
describeIfAvailable("npm start", allOf(cliAvailability(), undisturbed), () => {
  test("previews, applies, finds nothing more to do, shows an unsupported stack, and cleans up", async () => {
    const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
      const script = join(repositoryRoot, "build/tools/start/main.js");
      execFile(process.execPath, [script], { cwd: repositoryRoot, timeout: 120_000 }, (error, stdout, stderr) => {
        resolve({ code: error?.code ?? 0, output: stdout + stderr });
      });
    });
    expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
    expect(output).toMatch(
      /^mailbox +profile +incoming +outgoing +round trip +appointments, contacts, tasks +ms\n(\S+ +mail\S* +Success +Success +Success +Not Run +\d+\n){4}\S+ +exchange +Success +Success +Success +Success +\d+\n/m,
    );
    expect(output).toMatch(/9 unchanged/);
    expect(output).toContain("compatibility-errors:");
    expect(existsSync(join(repositoryRoot, ".work/start"))).toBe(false);
    expect(existsSync(join(repositoryRoot, "Pulumi.sandbox.yaml"))).toBe(false);
  }, 150_000);
});
