import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTool } from "./runAssess";

const run = (args: string[], input: string | Buffer = "") => runTool(args, input, folder);

const list = `
organization: { deployment: on-premises, fips: true }
profiles:
  - name: gmail
    emailSystem: gmail
  - name: online
    emailSystem: exchange-online
    acceptRisks: [{ rule: exchange-online-ews-retirement, reason: "until <spring> | 2027" }]
mailboxes:
  - profile: gmail
    emailAddress: sales@contoso.com
    credentials: { type: password, password: { env: SALES, version: "1" } }
  - name: the boss
    profile: online
    emailAddress: boss@contoso.com
    hostedOn: exchange-server
`;
const clean = `
profiles: [{ name: exchange, emailSystem: exchange-server-se, incoming: { serverLocation: "https://mail.contoso.com/EWS/Exchange.asmx" } }]
mailboxes:
  - profile: exchange
    emailAddress: sales@contoso.com
    credentials: { type: password, password: { env: SALES, version: "1" } }
`;
const bomb = Array.from({ length: 9 }, (_, level) => {
  const below = level === 0 ? "lol" : `*a${level - 1}`;
  return `a${level}: &a${level} [${Array<string>(9).fill(below).join(", ")}]`;
}).join("\n");
interface JsonReport {
  ok: boolean;
  summary: Record<string, number>;
  resources: {
    kind: string;
    name: string;
    line: number;
    findings: { rule: string; severity: string; accepted?: string }[];
    passed: string[];
    notJudged: { rule: string; missing: string }[];
  }[];
}
const jsonOf = (stdout: string) => JSON.parse(stdout) as JsonReport;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "assess-"));
  writeFileSync(join(folder, "mail.yaml"), list);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("assess", () => {
  test("reports the errors of a list with exit code 1, and names what was not judged", () => {
    const { status, stdout, stderr } = run(["assess", "mail.yaml"]);
    expect(stderr).toBe("");
    expect(status).toBe(1);
    expect(stdout).toContain("EmailServerProfile gmail\n  error    fips-mail-server (emailSystem)\n");
    expect(stdout).toContain("MailboxBinding the boss\n  error    exchange-online-profile-for-on-premises-mailbox");
    expect(stdout).toContain("  accepted exchange-online-ews-retirement (emailSystem)\n");
    expect(stdout).toMatch(
      /Not judged:\n(.*\n)*.*manualTrackingInOutlook \(1 resource\): manual-tracking-with-pop-smtp\n/,
    );
    expect(stdout).toMatch(/2 profiles, 2 mailboxes: 2 errors, \d+ warnings, 1 accepted\.\n$/);
  });

  test("takes the standard input, and ends with 0 where there are no errors", () => {
    expect(run(["assess"], clean)).toMatchObject({ status: 0, stderr: "" });
    const json = JSON.stringify({ profiles: [{ name: "g", emailSystem: "gmail" }] });
    expect(run(["assess", "-"], json).stdout).toContain("1 profile, 0 mailboxes: 0 errors");
  });

  test("takes a list of configurations, as assessStack does", () => {
    const mailbox = {
      emailAddress: "a@b.c",
      credentials: { type: "access-token", accessToken: { env: "T", version: "1" } },
    };
    const configurations = ["x", "y"].map((name) => ({ name, profile: { emailSystem: "gmail" }, mailbox }));
    const { status, stdout } = run(["assess", "--format", "json"], JSON.stringify(configurations));
    expect(status).toBe(1);
    const { resources } = jsonOf(stdout);
    const duplicates = resources.filter(({ findings }) =>
      findings.some(({ rule }) => rule === "duplicate-mailbox-binding"),
    );
    expect(duplicates.map(({ name }) => name)).toEqual(["x", "y"]);
  });

  test.each([
    ["a byte order mark", Buffer.from(`\ufeff${clean}`)],
    ["UTF-16, as PowerShell writes it", Buffer.from(`\ufeff${clean}`, "utf16le")],
    ["UTF-16 with the other order", Buffer.from(`\ufeff${clean}`, "utf16le").swap16()],
  ])("takes a list with %s", (_what, input) => {
    expect(run(["assess"], input)).toMatchObject({ status: 0, stderr: "" });
    writeFileSync(join(folder, "encoded.yaml"), input);
    expect(run(["assess", "encoded.yaml"])).toMatchObject({ status: 0, stderr: "" });
  });

  test("takes an anchor that 400 mailboxes use", () => {
    const mailboxes = Array.from({ length: 400 }, (_, index) => `  - { <<: *common, emailAddress: "m${index}@b.c" }`);
    const anchored = `profiles: [{ name: g, emailSystem: gmail }]\nmailboxes:\n  - &common { profile: g, emailAddress: x@b.c }\n${mailboxes.join("\n")}\n`;
    const { stderr, stdout } = run(["assess"], anchored);
    expect(stderr).toBe("");
    expect(stdout).toContain("1 profile, 401 mailboxes");
  });

  test("reports everything as JSON, with lines", () => {
    const { ok, summary, resources } = jsonOf(run(["assess", "--format", "json", "mail.yaml"]).stdout);
    expect(ok).toBe(false);
    expect(summary).toMatchObject({ profiles: 2, mailboxes: 2, errors: 2, accepted: 1 });
    expect(resources.map(({ kind, name, line }) => `${kind} ${name} ${line}`)).toEqual([
      "EmailServerProfile gmail 4",
      "EmailServerProfile online 6",
      "MailboxBinding sales@contoso.com 10",
      "MailboxBinding the boss 13",
    ]);
    expect(resources[0]?.passed).toContain("exchange-server-2003-2007");
    expect(resources[2]?.notJudged).toContainEqual({
      rule: "manual-tracking-with-pop-smtp",
      missing: "manualTrackingInOutlook",
    });
  });

  test("writes Markdown in which no value can end its cell", () => {
    const { stdout } = run(["assess", "--format", "markdown", "mail.yaml"]);
    const rows = stdout.split("\n").filter((line) => line.startsWith("| "));
    expect(rows.length).toBeGreaterThan(4);
    for (const row of rows) expect(row.replace(/\\\|/g, "").split("|")).toHaveLength(7);
    expect(stdout).toContain("until \\<spring\\> \\| 2027");
  });

  test("writes JUnit: a suite for each resource, what is not judged skipped", () => {
    const { stdout } = run(["assess", "--format", "junit", "mail.yaml"]);
    expect(stdout.match(/<testsuite /g)).toHaveLength(4);
    expect(stdout.match(/<failure /g)).toHaveLength(2);
    expect(stdout).toMatch(/<skipped message="not judged: [\w.]+"\/>/);
    expect(stdout).toContain("until &lt;spring&gt; | 2027");
  });

  test("writes SARIF 2.1.0 that points at the lines, with what is accepted suppressed", () => {
    interface Sarif {
      version: string;
      runs: {
        tool: { driver: { rules: { id: string }[] } };
        results: {
          ruleId: string;
          ruleIndex: number;
          level: string;
          suppressions?: { justification: string }[];
          locations: { physicalLocation: { artifactLocation: { uri: string }; region: { startLine: number } } }[];
        }[];
      }[];
    }
    const log = JSON.parse(run(["assess", "--format", "sarif", "mail.yaml"]).stdout) as Sarif;
    expect(log.version).toBe("2.1.0");
    const [first] = log.runs;
    for (const { ruleId, ruleIndex } of first?.results ?? [])
      expect(first?.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    const errors = first?.results.filter(({ level }) => level === "error") ?? [];
    expect(errors.map(({ ruleId }) => ruleId)).toEqual([
      "fips-mail-server",
      "exchange-online-profile-for-on-premises-mailbox",
    ]);
    expect(errors[1]?.locations[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: "mail.yaml" },
      region: { startLine: 13 },
    });
    const accepted = first?.results.find(({ ruleId }) => ruleId === "exchange-online-ews-retirement");
    expect(accepted?.suppressions?.[0]?.justification).toBe("until <spring> | 2027");
  });

  const unusable: [string, string[], string, RegExp][] = [
    [
      "no file of that name",
      ["assess", "nowhere.yaml"],
      "",
      /^input-unreadable: nowhere\.yaml cannot be read \(ENOENT\)/,
    ],
    ["nothing at all", ["assess"], "", /^input-not-understood: .*no list of declarations/],
    ["neither JSON nor YAML", ["assess"], "{ profiles: [", /^input-not-understood: .*neither JSON nor YAML/],
    ["another section", ["assess"], "profile: []", /^input-not-understood: .*"profile"\. Did you mean "profiles"\?/],
    [
      "a malformed profile",
      ["assess"],
      "profiles: [{ emailSystem: gmial }]",
      /^invalid-arguments: profiles\[0\]: emailSystem: .*"gmail"/,
    ],
    [
      "a mailbox without its profile",
      ["assess"],
      "profiles: [{ name: gmail, emailSystem: gmail }]\nmailboxes: [{ profile: gmial, emailAddress: a@b.c }]",
      /^invalid-arguments: mailboxes\[0\]: profile: names no profile of this list\. Did you mean "gmail"/,
    ],
    [
      "a YAML alias of nothing",
      ["assess"],
      "profiles: [*nowhere]",
      /^input-not-understood: .*(neither JSON nor YAML|YAML cannot be read)/,
    ],
    ["a bomb of YAML aliases", ["assess"], bomb, /^input-not-understood: .*YAML cannot be read: Excessive alias count/],
    [
      "two profiles of one name",
      ["assess"],
      "profiles: [{ name: a, emailSystem: gmail }, { name: b, emailSystem: gmail }, { name: a, emailSystem: msn }]",
      /^invalid-arguments: profiles\[2\]: name: profiles\[0\] is named "a", too/,
    ],
    [
      "a misspelled mailbox in a configuration",
      ["assess"],
      "[{ profile: { emailSystem: gmail }, mailbx: { emailAddress: a@b.c } }]",
      /^invalid-arguments: \[0\]: mailbx: there is no such property\. Did you mean "mailbox"/,
    ],
    ["an unknown format", ["assess", "--format", "xml"], "", /Allowed choices are text, json, markdown, junit, sarif/],
    ["an unknown command", ["asses"], "", /Did you mean assess\?/],
  ];
  test.each(unusable)("ends with 2 and says why: %s", (_what, args, input, message) => {
    const { status, stdout, stderr } = run(args, input);
    expect(stderr).toMatch(message);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });

  test("never repeats a secret, not even from a malformed declaration", () => {
    const secret = "hunter2-and-more";
    const declared = { type: "password", password: secret, passwort: secret };
    const input = JSON.stringify({
      profiles: [{ name: "g", emailSystem: "gmail" }],
      mailboxes: [{ profile: "g", emailAddress: "a@b.c", credentials: declared }],
    });
    for (const format of ["text", "json", "markdown", "junit", "sarif"]) {
      const { stdout, stderr } = run(["assess", "--format", format], input);
      expect(stdout + stderr).not.toContain(secret);
      const valid = run(["assess", "--format", format], input.replace(/,"passwort":"[^"]*"/, ""));
      expect(valid.stdout).not.toBe("");
      expect(valid.stdout + valid.stderr).not.toContain(secret);
    }
  });
});
