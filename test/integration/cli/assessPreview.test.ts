import { factsOf } from "../../../provider/src/model/facts";
import type { CheckedProfile } from "../../../provider/src/model/profile";
import { emailServerProfileHandler } from "../../../provider/src/runtime/emailServerProfile";
import { mailboxBindingHandler } from "../../../provider/src/runtime/mailboxBinding";
import { runTool } from "./runAssess";

type Bag = Record<string, unknown>;
interface JsonReport {
  summary: Record<string, number>;
  notes: string[];
  resources: {
    name: string;
    findings: { rule: string; severity: string; message: string }[];
    passed: string[];
    notJudged: { rule: string; missing: string }[];
  }[];
}

const type = (kind: string) => `pulumi-nodejs:dynamic/server-side-sync:${kind}`;
const urn = (kind: string, name: string) => `urn:pulumi:test::mail::${type(kind)}::${name}`;
const checkedProfile = (declared: Bag) => emailServerProfileHandler.check({}, declared).inputs;
const checkedBinding = (declared: Bag, profile: Bag) =>
  mailboxBindingHandler.check({}, { profile: factsOf(profile as unknown as CheckedProfile, "id"), ...declared }).inputs;

/** A step as `pulumi preview --json` prints it. */
const step = (kind: string, name: string, inputs: Bag, more: Bag = {}) => ({
  op: "create",
  urn: urn(kind, name),
  newState: { urn: urn(kind, name), type: type(kind), inputs },
  ...more,
});
const stackStep = { op: "create", urn: "urn:pulumi:test::mail::pulumi:pulumi:Stack::mail-test", newState: {} };
const preview = (steps: unknown, more: Bag = {}) =>
  JSON.stringify({ config: {}, steps, diagnostics: [], changeSummary: { create: 1 }, ...more });
const profileStep = (declared: Bag, name = "mail") => step("EmailServerProfile", name, checkedProfile(declared));

function assess(input: string): JsonReport {
  const { stdout, stderr, status } = runTool(["assess", "--format", "json"], input);
  expect(stderr).toBe("");
  expect([0, 1]).toContain(status);
  return JSON.parse(stdout) as JsonReport;
}
const rulesOf = (report: JsonReport) => report.resources.flatMap(({ findings }) => findings.map(({ rule }) => rule));

const token = { type: "access-token", accessToken: { env: "TOKEN", version: "1" } };
const gmail = checkedProfile({ emailSystem: "gmail" });
const crash = {
  urn: stackStep.urn,
  severity: "error",
  message: "<{%reset%}>Running program '/x' failed with an unhandled exception:\n<{%reset%}>Error: boom\n    at x",
};

describe("assess of a preview", () => {
  const unusable: [string, string, RegExp][] = [
    [
      "a program that threw",
      preview([stackStep, profileStep({ emailSystem: "gmail" })], { diagnostics: [crash] }),
      /^input-not-understood: .*did not come to its end: Running program '\/x' failed with an unhandled exception/,
    ],
    ["no steps at all", preview(null), /^input-not-understood: .*no email server profile and no mailbox binding/],
    [
      "no steps, and an error",
      preview(null, { diagnostics: [{ severity: "error", message: "error: no such passphrase" }] }),
      /did not come to its end: no such passphrase\./,
    ],
    ["none of our resources", preview([stackStep]), /no email server profile and no mailbox binding/],
    [
      "unchanged resources only",
      preview([], { changeSummary: { same: 4 } }),
      /4 unchanged resources not at all: use pulumi preview --json --show-sames/,
    ],
    ["a profile without inputs", preview([step("EmailServerProfile", "mail", {})]), /without its checked inputs/],
    [
      "a binding with an empty profile",
      preview([step("MailboxBinding", "sales", { profile: {}, emailAddress: "a@b.c" })]),
      /::sales without its checked inputs/,
    ],
  ];
  test.each(unusable)("ends with 2 and says why: %s", (_what, input, message) => {
    const { status, stdout, stderr } = runTool(["assess"], input);
    expect(stderr).toMatch(message);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stdout).toBe("");
    expect(status).toBe(2);
  });

  test("judges a preview that only our own findings failed", () => {
    const diagnostics = ["error: compatibility-errors: x", "error: exchange-server-2003-2007: x"].map((message) => ({
      severity: "error",
      message,
    }));
    const input = preview([profileStep({ emailSystem: "exchange-server-2003", incoming: { serverLocation: "a.b" } })], {
      diagnostics,
    });
    expect(rulesOf(assess(input))).toContain("exchange-server-2003-2007");
  });

  test("judges no binding by facts of another type: check says what is wrong with them", () => {
    const inputs = checkedBinding({ emailAddress: "sales@contoso.com", credentials: token }, gmail);
    const facts = inputs.profile as Bag;
    const incoming = { ...(facts.incoming as Bag), serverLocation: 993 };
    const report = assess(preview([step("MailboxBinding", "sales", { ...inputs, profile: { ...facts, incoming } })]));
    expect(report.resources[0]).toMatchObject({ name: "sales", findings: [], passed: [] });
  });

  test("takes the engine's mask for a value that it does not know", () => {
    const organization = { allowedEmailDomains: ["contoso.com"] };
    const profile = checkedProfile({
      emailSystem: "gmail",
      organization,
      incoming: { serverLocation: "imap.gmail.com" },
    });
    const masked = { ...profile, incoming: { ...(profile.incoming as Bag), serverLocation: "[secret]" } };
    const binding = (name: string) => {
      const inputs = checkedBinding({ emailAddress: `${name}@contoso.com`, credentials: token }, profile);
      const facts = { ...(inputs.profile as Bag), incoming: masked.incoming };
      return step("MailboxBinding", name, { ...inputs, emailAddress: "[secret]", profile: facts });
    };
    const report = assess(preview([step("EmailServerProfile", "mail", masked), binding("one"), binding("two")]));
    expect(rulesOf(report)).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/duplicate|outside-allowed|differs-from-published/)]),
    );
    expect(report.resources[0]?.notJudged).toContainEqual({
      rule: "server-differs-from-published",
      missing: "incoming.serverLocation, a secret, which the preview hides",
    });
    expect(report.resources[1]?.notJudged).toContainEqual({
      rule: "address-outside-allowed-domains",
      missing: "emailAddress, a secret, which the preview hides",
    });
  });

  test("says which profile it cannot judge, because the preview hides a whole side of it", () => {
    const report = assess(preview([step("EmailServerProfile", "mail", { ...gmail, incoming: "[secret]" })]));
    expect(report.notes).toEqual([
      "EmailServerProfile mail is not judged: the preview hides all of incoming, which is a secret.",
    ]);
  });

  test("takes a preview with a byte order mark", () => {
    expect(assess(`\ufeff${preview([profileStep({ emailSystem: "gmail" })])}`).resources).toHaveLength(1);
  });

  test.each([
    ["2026-06-01T00:00:00Z", true],
    ["2025-01-01T00:00:00Z", false],
    [null, false],
  ])("compares dates with the old state: %s", (before, movesBack) => {
    const inputs = checkedProfile({ emailSystem: "gmail", processEmailsReceivedAfter: "2026-01-01T00:00:00Z" });
    const oldState = { inputs: { ...inputs, processEmailsReceivedAfter: before } };
    const report = assess(preview([step("EmailServerProfile", "mail", inputs, { op: "update", oldState })]));
    expect(rulesOf(report).includes("process-after-moves-back")).toBe(movesBack);
  });

  test("takes the old state of a replacement from its first step", () => {
    const inputs = checkedProfile({ emailSystem: "gmail", processEmailsReceivedAfter: "2026-01-01T00:00:00Z" });
    const oldState = { inputs: { ...inputs, processEmailsReceivedAfter: "2026-06-01T00:00:00Z" } };
    const steps = [
      step("EmailServerProfile", "mail", inputs, { op: "create-replacement", oldState }),
      step("EmailServerProfile", "mail", inputs, { op: "replace" }),
    ];
    expect(rulesOf(assess(preview(steps)))).toContain("process-after-moves-back");
  });

  test("does not say that a rule over several mailboxes passed where some are not shown", () => {
    const binding = checkedBinding({ emailAddress: "a@b.c", credentials: token }, gmail);
    const shown = step("MailboxBinding", "sales", binding);
    const rule = "duplicate-mailbox-binding";
    const [partly] = assess(preview([shown], { changeSummary: { same: 3 } })).resources;
    expect(partly?.passed).not.toContain(rule);
    expect(partly?.notJudged).toContainEqual({ rule, missing: "the unchanged resources" });
    expect(assess(preview([shown])).resources[0]?.passed).toContain(rule);
  });

  test("names resources that it shows in the order of the preview", () => {
    const binding = checkedBinding({ emailAddress: "a@b.c", credentials: token }, gmail);
    const report = assess(
      preview([step("EmailServerProfile", "mail", gmail), step("MailboxBinding", "sales", binding)]),
    );
    expect(report.resources.map(({ name }) => name)).toEqual(["mail", "sales"]);
  });
});
