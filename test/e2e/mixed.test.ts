import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { repositoryRoot } from "../../tools/repository";
import { describeIfAvailable } from "../support/layers";
import { cliAvailability, PulumiProject } from "../support/pulumiProject";

const minutes = 60_000;

/** What is to be said of which resource, and nothing else of any other. */
const errors = [
  "bad-2007: exchange-server-2003-2007",
  "bad-anonymous: anonymous-incoming",
  "bad-calendar: act-needs-exchange",
  "bad-credentials: credentials-missing",
  "bad-credentials: duplicate-mailbox-binding",
  "bad-delete: delete-emails-on-user-mailbox",
  "bad-domain: address-outside-allowed-domains",
  "bad-fips: fips-mail-server",
  "bad-forward: forward-mailbox-outgoing",
  "bad-mixed: mixed-exchange-and-pop-smtp",
  "bad-queue: queue-by-outlook",
  "bad-tracking: manual-tracking-with-pop-smtp",
  "bad-twice: duplicate-mailbox-binding",
];
const warnings = [
  "bad-mixed: exchange-server-se-not-listed",
  ...Array.from({ length: 9 }, (_, index) => `gmail-${index + 1}: gmail-app-password`),
  "lab: untested-mail-system",
];
const onStack = ["error mixed-test: compatibility-errors", "warning mixed-test: accepted-risk-unused"];
const expected = [...errors.map((line) => `error ${line}`), ...warnings.map((line) => `warning ${line}`)].sort();

const nameOf = (urn: string) => urn.split("::").at(-1) ?? "";
const counted = (lines: string[]) => [...lines].sort();

interface Diagnostic {
  urn?: string;
  message: string;
  severity: string;
}

describeIfAvailable("a stack of 40 good and 12 bad resources", cliAvailability(), () => {
  let project: PulumiProject;
  beforeAll(async () => {
    project = new PulumiProject("mixed", "mixed.ts");
    await project.init();
  });
  afterAll(() => {
    project.dispose();
  });

  test(
    "prints exactly the expected findings in one preview",
    async () => {
      const { code, output } = await project.run("preview");
      expect(code).toBe(1);
      expect(output).toContain("+ 53 to create");
      const details = output.slice(output.indexOf("Diagnostics:"), output.lastIndexOf("Resources:"));
      const found = [...details.matchAll(/^ {2}\S+ \((\S+)\):\n((?: {4}.*\n)+)/gm)].flatMap(
        ([, name = "", lines = ""]) =>
          [...lines.matchAll(/^ {4}(error|warning): ([\w-]+):/gm)].map(
            ([, severity, rule]) => `${severity ?? ""} ${name}: ${rule ?? ""}`,
          ),
      );
      expect(counted(found)).toEqual(counted([...expected, ...onStack]));
    },
    2 * minutes,
  );

  test(
    "says the same as JSON, and so does assess when it reads that",
    async () => {
      const { code, output } = await project.run("preview", "--json", "--show-sames");
      expect(code).toBe(1);
      const json = output.slice(output.indexOf("{\n"));
      const { diagnostics } = JSON.parse(json) as { diagnostics: Diagnostic[] };
      const found = diagnostics.map(({ urn = "mixed-test", severity, message }) => {
        const rule = /^(?:error|warning): ([\w-]+):/.exec(message)?.[1] ?? message;
        return `${severity} ${nameOf(urn)}: ${rule}`;
      });
      expect(counted(found)).toEqual(counted([...expected, ...onStack]));

      const bin = join(repositoryRoot, "provider/bin/pulumi-server-side-sync.js");
      const assess = spawnSync(process.execPath, [bin, "assess", "--format", "json"], {
        input: json,
        encoding: "utf8",
        timeout: minutes,
      });
      expect(assess.stderr).toBe("");
      expect(assess.status).toBe(1);
      const { resources } = JSON.parse(assess.stdout) as {
        resources: { name: string; findings: { rule: string; severity: string }[] }[];
      };
      expect(resources).toHaveLength(52);
      const judged = resources.flatMap(({ name, findings }) =>
        findings.map(({ rule, severity }) => `${severity} ${name}: ${rule}`),
      );
      // Without an engine there is no stack to report on: the first resource of the organization stands for it.
      const unused = judged.filter((line) => line.endsWith(": accepted-risk-unused"));
      expect(unused).toHaveLength(1);
      expect(counted(judged.filter((line) => !unused.includes(line)))).toEqual(expected);
    },
    2 * minutes,
  );
});
