import {
  assessCompatibility,
  assessStack,
  type Configuration,
  hasErrors,
  mailSystems,
  rules,
  type Assessment,
  type RuleId,
} from "pulumi-server-side-sync";
import { ews, exchange2016, gmail, host, mailbox, online, within, type Mailbox, type Profile } from "./declarations";
import { cases } from "./cases";
import { pageRuleCases } from "./pageRuleCases";
import { stackRuleCases } from "./stackRuleCases";
import { variants } from "./variants";

const judged = (profile: Profile, bound?: Mailbox): Assessment => assessCompatibility({ profile, mailbox: bound });
const found = ({ findings }: Assessment) => findings.map(({ rule, severity }) => `${severity} ${rule}`);
const errorsOf = ({ findings }: Assessment) =>
  findings.filter(({ severity, accepted }) => severity === "error" && accepted === undefined).map(({ rule }) => rule);

describe("supported rows of the page pass on their preset alone", () => {
  const act = { appointmentsContactsTasks: "server-side-sync" } as const;
  const rows: [string, Profile, Mailbox][] = [
    ...(["2010", "2013", "2016", "2019"] as const).map((version): [string, Profile, Mailbox] => [
      `S1: Exchange Server ${version}`,
      { emailSystem: `exchange-server-${version}`, incoming: ews },
      mailbox(act),
    ]),
    ["S1: Exchange Server SE", { emailSystem: "exchange-server-se", incoming: ews }, mailbox(act)],
    ["S1: Exchange Online", online, mailbox(act)],
    ...(["gmail", "yahoo-mail", "msn", "outlook.com", "windows-live-mail"] as const).flatMap(
      (emailSystem): [string, Profile, Mailbox][] => [
        [`S2: ${emailSystem}`, { emailSystem }, mailbox()],
        [`S2: ${emailSystem} over POP3`, { emailSystem, serverType: "pop3-smtp" }, mailbox()],
        [`S2: ${emailSystem} over IMAP`, { emailSystem, serverType: "imap-smtp" }, mailbox()],
      ],
    ),
    [
      "S6: hybrid, mailbox online",
      within({ hybridExchange: true }, online),
      mailbox({ hostedOn: "exchange-online", ...act }),
    ],
    [
      "S6: hybrid, mailbox on-premises",
      within({ hybridExchange: true }, exchange2016),
      mailbox({ hostedOn: "exchange-server", ...act }),
    ],
    ["O1: Exchange Online", within({ deployment: "online" }, online), mailbox(act)],
    ...(["2013", "2016", "2019"] as const).map((version): [string, Profile, Mailbox] => [
      `O1: Exchange Server ${version}`,
      within({ deployment: "online" }, { emailSystem: `exchange-server-${version}`, incoming: ews }),
      mailbox(act),
    ]),
    ...(["gmail", "yahoo-mail"] as const).flatMap((emailSystem) =>
      (["imap-smtp", "pop3-smtp"] as const).map((serverType): [string, Profile, Mailbox] => [
        `O2: ${emailSystem} by ${serverType}`,
        within({ deployment: "online" }, { emailSystem, serverType }),
        mailbox(),
      ]),
    ),
  ];
  test.each(rows)("%s", (_row, profile, bound) => {
    expect(errorsOf(judged(profile, bound))).toEqual([]);
  });
});

describe.each(cases)("$row: $rule", ({ rule, severity, fires, passes, acceptable, notJudged, unknown, context }) => {
  const ask = ([profile, bound]: [Profile, Mailbox?], risks?: { rule: RuleId; reason: string }[]) => {
    const onMailbox = bound !== undefined && rules.some(({ id, scope }) => id === rule && scope === "mailbox");
    const configuration = {
      profile: onMailbox ? profile : { ...profile, acceptRisks: risks },
      mailbox: onMailbox ? { ...bound, acceptRisks: risks } : bound,
    };
    return assessCompatibility(configuration, context);
  };

  test("fires with message, remedy and source", () => {
    const finding = ask(fires).findings.find((candidate) => candidate.rule === rule);
    expect(finding).toMatchObject({ severity });
    expect(finding?.accepted).toBeUndefined();
    expect(finding?.message).toMatch(/^\S.{20,}\.$/);
    expect(finding?.message).not.toMatch(/undefined|null|\[object/);
    expect(finding?.remedy).toMatch(/\.$/);
    expect(finding?.path).toMatch(/^\w+(\.\w+)*$/);
    expect(finding?.reference).toMatch(/^https:\/\//);
  });

  test("passes", () => {
    const assessment = ask(passes);
    expect(assessment.findings.map((finding) => finding.rule)).not.toContain(rule);
    expect(assessment.passed).toContain(rule);
  });

  test(acceptable === true ? "can be accepted, and stays visible" : "cannot be accepted", () => {
    const reason = "a pilot with three users";
    const assessment = ask(fires, [{ rule, reason }]);
    const finding = assessment.findings.find((candidate) => candidate.rule === rule);
    expect(finding?.severity).toBe(severity);
    expect(finding?.accepted).toBe(acceptable === true ? reason : undefined);
    const complaint = assessment.findings.find((candidate) => candidate.rule === "risk-not-acceptable");
    expect(complaint === undefined).toBe(acceptable === true);
  });

  if (notJudged !== undefined) {
    test("is not judged without its fact, and names it", () => {
      const [[profile, bound], missing] = notJudged;
      const assessment = assessCompatibility({ profile, mailbox: bound });
      expect(assessment.notJudged).toContainEqual({ rule, missing });
      expect(assessment.passed).not.toContain(rule);
    });
  }

  if (unknown !== undefined) {
    test("waits for the update where only that knows the fact, and names it", () => {
      const [subject, missing] = unknown;
      const assessment = ask(subject);
      expect(assessment.notJudged).toContainEqual({ rule, missing });
      expect(assessment.passed).not.toContain(rule);
    });
  }
});

test.each(variants)("$rule: $what", ({ rule, fires, profile, mailbox: bound }) => {
  const { findings } = assessCompatibility({ profile, mailbox: bound });
  expect(findings.some((finding) => finding.rule === rule)).toBe(fires);
});

describe.each(stackRuleCases)("$row: $rule", ({ rule, severity, acceptable, stack, fires }) => {
  const findingsOf = (configurations: Configuration[]) =>
    assessStack(configurations).map(({ findings }) => findings.filter((finding) => finding.rule === rule));

  test("is found on the mailboxes concerned, once on each", () => {
    const found = findingsOf(stack);
    expect(found.map(({ length }) => length)).toEqual(fires.map(Number));
    for (const finding of found.flat()) {
      expect(finding).toMatchObject({ severity });
      expect(finding.message).toMatch(/^\S.{20,}\.$/);
      expect(finding.remedy).toMatch(/\.$/);
    }
  });

  test("is found in any order of the mailboxes", () => {
    expect(findingsOf([...stack].reverse()).map(({ length }) => length)).toEqual([...fires].reverse().map(Number));
  });

  test(acceptable ? "can be accepted" : "cannot be accepted", () => {
    const acceptRisks = [{ rule, reason: "a pilot" }];
    const accepting = stack.map(({ mailbox: bound, ...rest }) => ({
      ...rest,
      mailbox: bound && ({ ...bound, acceptRisks } as Mailbox),
    }));
    for (const { accepted } of findingsOf(accepting).flat()) expect(accepted).toBe(acceptable ? "a pilot" : undefined);
  });
});

describe("the engine of the rules", () => {
  test("a stack is told once of secrets without a version", () => {
    const bound = (emailAddress: string) => ({
      profile: gmail,
      mailbox: mailbox({ emailAddress, credentials: { type: "password", password: { env: "MAIL" } } }),
    });
    const rule = "secret-reference-without-version";
    const found = assessStack([bound("a@b.c"), bound("d@e.f")]).map(({ findings }) =>
      findings.some((finding) => finding.rule === rule),
    );
    expect(found).toEqual([true, false]);
  });

  test("an acceptance of the organization warns once, and only if the whole stack never used it", () => {
    const acceptRisks = (["untested-mail-system", "ssl-required"] as const).map((rule) => ({ rule, reason: "ours" }));
    const own = within({ acceptRisks }, { emailSystem: "other", incoming: host, outgoing: host });
    const stack = [
      { profile: within({ acceptRisks }, gmail), mailbox: mailbox() },
      { profile: own, mailbox: mailbox() },
    ];
    const unused = assessStack(stack).map(({ findings }) =>
      findings.filter(({ rule }) => rule === "accepted-risk-unused"),
    );
    expect(unused.map(({ length }) => length)).toEqual([1, 0]);
    expect(unused[0]?.[0]).toMatchObject({ path: "organization.acceptRisks.1" });
    expect(unused[0]?.[0]?.message).toContain("ssl-required");
  });

  test("every rule has a case", () => {
    const covered = new Set(
      cases.map(({ rule, fires: [, bound] }) => `${rule} ${bound === undefined ? "profile" : "mailbox"}`),
    );
    const single = rules.filter(({ scope }) => scope !== "stack").map(({ id, scope }) => `${id} ${scope}`);
    const uncovered = single.filter(
      (entry) => !covered.has(entry) && !covered.has(entry.replace(/ profile$/, " mailbox")),
    );
    expect(uncovered).toEqual([]);
    const together = new Set(stackRuleCases.map(({ rule }) => rule));
    expect(rules.filter(({ id, scope }) => scope === "stack" && !together.has(id))).toEqual([]);
  });

  test("S16: what the Email Router once covered says that it no longer works", () => {
    const covered = pageRuleCases.filter(({ row }) => /^S(4|8|10|11|12|13)\b/.test(row));
    expect(covered.length).toBeGreaterThan(6);
    for (const { rule, fires } of covered) {
      const finding = judged(...fires).findings.find((candidate) => candidate.rule === rule);
      expect(finding?.remedy).toContain("The Email Router");
    }
  });

  test("an acceptance that nothing uses warns, and one without a reason is refused", () => {
    const unused = { ...gmail, acceptRisks: [{ rule: "ssl-required", reason: "old" }] } as Profile;
    expect(found(judged(unused))).toContain("warning accepted-risk-unused");
    const mute = { ...gmail, acceptRisks: [{ rule: "ssl-required", reason: "" }] } as Profile;
    expect(() => judged(mute)).toThrow(/invalid-arguments.*acceptRisks/);
  });

  test("a risk of the organization is accepted there", () => {
    const acceptRisks = [{ rule: "untested-mail-system" as const, reason: "our own servers" }];
    const profile = within({ acceptRisks }, { emailSystem: "other", incoming: host, outgoing: host });
    expect(judged(profile).findings[0]).toMatchObject({ rule: "untested-mail-system", accepted: "our own servers" });
  });

  test("accepted errors are no errors", () => {
    const accepted = within(
      { fips: true },
      { ...gmail, acceptRisks: [{ rule: "fips-mail-server", reason: "a pilot" }] },
    );
    expect(hasErrors(judged(accepted))).toBe(false);
    expect(hasErrors(judged(within({ fips: true }, gmail)))).toBe(true);
  });

  test("unknown properties and names are refused with the nearest one", () => {
    expect(() => judged({ ...gmail, emailSistem: "x" } as unknown as Profile)).toThrow(/emailSistem.*emailSystem/);
    expect(() => judged({ emailSystem: "gmial" } as unknown as Profile)).toThrow(/gmail/);
    expect(() => judged({ ...gmail, incoming: { protocol: "smtp" } })).toThrow(/incoming\.protocol.*"imap"/);
    expect(() => judged({ ...gmail, outgoing: { protocol: "imap" } })).toThrow(/outgoing\.protocol.*"smtp"/);
    expect(() => judged(gmail, mailbox({ emailAddress: "not an address" }))).toThrow(/invalid-arguments.*emailAddress/);
  });

  test("every mail system has a preset, and each endpoint its source and date", () => {
    expect(Object.keys(mailSystems)).toHaveLength(14);
    for (const { endpoints } of Object.values(mailSystems))
      for (const endpoint of Object.values(endpoints)) {
        expect(endpoint.source).toMatch(/^https:\/\//);
        expect(endpoint.read).toMatch(/^\d{4}-\d{2}/);
        expect(endpoint.security).not.toBe("none");
      }
  });
});
