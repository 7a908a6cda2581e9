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
import { assessMailbox, assessProfile } from "../../../provider/src/compatibility/assess";
import type { RuleContext } from "../../../provider/src/compatibility/rule";
import { normalizeBinding } from "../../../provider/src/model/binding";
import { normalizeProfile } from "../../../provider/src/model/normalizeProfile";
import { leavesOf } from "../../support/leaves";
import {
  ews,
  exchange2016,
  gmail,
  host,
  later,
  mailbox,
  online,
  within,
  type Mailbox,
  type Profile,
} from "./declarations";
import { cases } from "./cases";
import { pageRuleCases } from "./pageRuleCases";
import { stackRuleCases } from "./stackRuleCases";
import { variants } from "./variants";

const judged = (profile: Profile, bound?: Mailbox): Assessment => assessCompatibility({ profile, mailbox: bound });
const found = ({ findings }: Assessment) => findings.map(({ rule, severity }) => `${severity} ${rule}`);
const errorsOf = ({ findings }: Assessment) =>
  findings.filter(({ severity, accepted }) => severity === "error" && accepted === undefined).map(({ rule }) => rule);

/** Leaves that may be Inputs, and so secrets. */
const inputLeaves =
  /serverLocation$|port$|username$|clientId$|tenantId$|resourceId$|TenantId$|^maxConcurrentC|^processEmails|^emailAddress$/;
const isText = (value: unknown) => ["string", "number"].includes(typeof value);
const published = JSON.stringify(mailSystems);

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

  test("names nothing that the declaration keeps secret", () => {
    const [declared, bound] = fires;
    const profile = normalizeProfile(declared);
    const [ofProfile, ofMailbox] = [profile, bound === undefined ? {} : normalizeBinding(bound, undefined)].map(
      (subject) => [...leavesOf(subject)].filter(([path, value]) => inputLeaves.test(path) && isText(value)),
    );
    const judgedSecretly = (leaves: [string, unknown][] = []) => new Set(leaves.map(([path]) => path));
    const { previous, ...rest } = context ?? {};
    const dates = (part: object | null | undefined) =>
      previous && { previous: { processEmailsReceivedAfter: null, ...part } as RuleContext["previous"] };
    const found = [
      ...assessProfile(profile, { ...rest, ...dates(previous?.profile), secrets: judgedSecretly(ofProfile) }).findings,
      ...(bound === undefined
        ? []
        : assessMailbox(profile, normalizeBinding(bound, undefined), {
            ...rest,
            ...dates(previous?.mailbox),
            secrets: judgedSecretly(ofMailbox),
          }).findings),
    ];
    expect(found.map((finding) => finding.rule)).toContain(rule);
    const hosts = [...(ofProfile ?? []), ...(ofMailbox ?? [])].map(([, value]) =>
      String(value).replace(/^https?:\/\/|\/.*/g, ""),
    );
    const secrets = hosts.filter((text) => !published.includes(text));
    for (const { message } of found) for (const secret of secrets) expect(message).not.toContain(secret);
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
    const complaints = assessStack(accepting).map(({ findings }) =>
      findings.filter(({ path }) => path === "acceptRisks.0").map((finding) => finding.rule),
    );
    const expected = fires.map((fired) => (fired ? (acceptable ? [] : ["risk-not-acceptable"]) : undefined));
    complaints.forEach((complaint, index) => {
      const waits = assessStack(stack)[index]?.notJudged.some((entry) => entry.rule === rule);
      expect(complaint).toEqual(expected[index] ?? (waits === true ? [] : ["accepted-risk-unused"]));
    });
  });

  test("says of each mailbox whether it was found, passed or waits", () => {
    assessStack(stack).forEach(({ findings, passed, notJudged }) => {
      const said = [
        findings.some((finding) => finding.rule === rule),
        passed.includes(rule),
        notJudged.some((entry) => entry.rule === rule),
      ];
      expect(said.filter(Boolean)).toHaveLength(1);
    });
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

  test("an acceptance of one does not keep a stack from being told", () => {
    const rule = "secret-reference-without-version";
    const bound = (emailAddress: string, acceptRisks?: Mailbox["acceptRisks"]) => ({
      profile: gmail,
      mailbox: mailbox({ emailAddress, acceptRisks, credentials: { type: "password", password: { env: "MAIL" } } }),
    });
    const stack = [bound("a@b.c", [{ rule, reason: "rotated by hand" }]), bound("d@e.f"), bound("g@h.i")];
    const found = assessStack(stack).map(({ findings }) => findings.filter((finding) => finding.rule === rule));
    expect(found.map(([finding]) => finding && (finding.accepted ?? "open"))).toEqual([
      "rotated by hand",
      "open",
      undefined,
    ]);
  });

  test("a mailbox that waits for a fact says so, of the rules over several, too", () => {
    const waiting = { profile: gmail, mailbox: mailbox({ emailAddress: later }) };
    const [assessment] = assessStack([waiting]);
    expect(assessment?.notJudged).toContainEqual({
      rule: "duplicate-mailbox-binding",
      missing: "emailAddress, known only in the update",
    });
    expect(assessment?.passed).toContain("mixed-outlook-and-server-side-sync");
  });

  test("an organization's acceptance of what the platform refuses is said once, where it is declared", () => {
    const acceptRisks = [{ rule: "exchange-server-2003-2007", reason: "ours" }] as const;
    const old = within({ acceptRisks: [...acceptRisks] }, { emailSystem: "exchange-server-2007", incoming: ews });
    const stack = ["a@b.c", "d@e.f"].map((emailAddress) => ({
      profile: { ...old },
      mailbox: mailbox({ emailAddress }),
    }));
    const complaints = assessStack(stack).map(({ findings }) =>
      findings.filter(({ rule }) => rule === "risk-not-acceptable").map(({ path }) => path),
    );
    expect(complaints).toEqual([["organization.acceptRisks.0"], []]);
  });

  test("a rule of a profile and of its mailbox is named once among those not judged", () => {
    const { notJudged } = judged(
      { ...gmail, processEmailsReceivedAfter: "2026-01-01T00:00:00Z" },
      mailbox({ processEmailsReceivedAfter: "2026-01-01" }),
    );
    const ids = notJudged.map(({ rule }) => rule);
    expect(ids).toContain("process-after-moves-back");
    expect(new Set(ids).size).toBe(ids.length);
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
    // A mailbox case does not stand in for the profile's entry: what the profile alone says is asked of it.
    const covered = cases.map(({ rule, fires: [profile, bound], context }) => {
      const ofProfile = assessCompatibility({ profile }, context).findings.some((finding) => finding.rule === rule);
      return `${rule} ${ofProfile || bound === undefined ? "profile" : "mailbox"}`;
    });
    const single = rules.filter(({ scope }) => scope !== "stack").map(({ id, scope }) => `${id} ${scope}`);
    expect(single.filter((entry) => !covered.includes(entry))).toEqual([]);
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
    for (const serverLocation of [".", "..", "mail..contoso.com", ".com"])
      expect(() => judged({ ...gmail, incoming: { serverLocation } })).toThrow(
        /incoming\.serverLocation: expected a host/,
      );
    expect(() => judged(gmail, mailbox({ emailAddress: "not an address" }))).toThrow(/invalid-arguments.*emailAddress/);
  });

  test("Exchange Server over IMAP sends by EWS unless it says otherwise, and its checked inputs are judged alike", () => {
    const profile = normalizeProfile({
      emailSystem: "exchange-server-2019",
      incoming: { protocol: "imap", ...host, credentials: { source: "user-or-queue" } },
    });
    expect(profile.outgoing.protocol).toBe("ews");
    expect(found(judged(profile as unknown as Profile))).toContain("error mixed-exchange-and-pop-smtp");
  });

  test.each([
    ["gmail", 25, "starttls"],
    ["gmail", 465, "tls"],
    ["gmail", 587, "starttls"],
    ["exchange-online", 25, "starttls"],
    ["yahoo-mail", 465, "tls"],
    ["yahoo-mail", 587, "starttls"],
    ["other", 25, "starttls"],
    ["other", 587, "starttls"],
    ["other", 2525, "tls"],
  ] as const)("SMTP of %s on port %i means %s", (emailSystem, port, security) => {
    const { outgoing } = normalizeProfile({ emailSystem, serverType: "imap-smtp", outgoing: { port } });
    expect(outgoing).toMatchObject({ port, security });
  });

  test.each([
    [undefined, true, null],
    ["public", true, null],
    ["us-government", true, null],
    ["china", false, "https://partner.outlook.cn/EWS/Exchange.asmx"],
  ] as const)("Exchange Online of the %s cloud has autodiscover %s", (serverAuthority, autodiscover, location) => {
    const profile = normalizeProfile({ emailSystem: "exchange-online", serverAuthority });
    expect(profile).toMatchObject({ autodiscover, incoming: { serverLocation: location } });
  });

  test("a national cloud has its own servers", () => {
    const locations = (serverAuthority: "us-government" | "china", serverType?: "imap-smtp") => {
      const declared = { emailSystem: "exchange-online", autodiscover: false, serverAuthority, serverType } as const;
      const { incoming, outgoing } = normalizeProfile(declared);
      return [incoming.serverLocation, outgoing.serverLocation];
    };
    expect(locations("us-government")).toEqual(Array(2).fill("https://outlook.office365.us/EWS/Exchange.asmx"));
    expect(locations("us-government", "imap-smtp")).toEqual(["outlook.office365.us", "outlook.office365.us"]);
    expect(locations("china", "imap-smtp")).toEqual(["partner.outlook.cn", "partner.outlook.cn"]);
  });

  test("a difference from what is published names the page that publishes it", () => {
    const [finding] = judged({ ...gmail, incoming: host }).findings;
    expect(finding).toMatchObject({
      rule: "server-differs-from-published",
      reference: mailSystems.gmail.endpoints.imap?.source,
    });
  });

  test("domains that no address can have are refused", () => {
    for (const domain of ["@contoso.com", "*.contoso.com", " ", "", "contoso..com", ".contoso.com", "a b"])
      expect(() => judged(within({ allowedEmailDomains: [domain] }, gmail))).toThrow(
        /allowedEmailDomains.*like contoso/,
      );
  });

  test("only the sign-in methods that are not allowed are named", () => {
    const profile = within(
      { deploymentSettings: { allowAdBasedAuthentication: false } },
      {
        ...exchange2016,
        incoming: { ...ews, authenticationProtocol: "ntlm" },
        outgoing: { ...ews, authenticationProtocol: "basic" },
      },
    );
    const finding = judged(profile).findings.find(({ rule }) => rule === "ad-authentication-disallowed");
    expect(finding?.message).toMatch(/asks for ntlm \(/);
  });

  const malformed: [string, unknown, RegExp][] = [
    ["nothing", undefined, /invalid-arguments: \w+(\[0\])?: expected \{ profile, mailbox \}/],
    ["null", null, /expected \{ profile, mailbox \}/],
    ["no profile", {}, /profile: is required/],
    ["a null profile", { profile: null }, /profile: is required/],
    ["a text for a profile", { profile: "gmail" }, /profile: expected an object/],
    ["a list for a mailbox", { profile: gmail, mailbox: [] }, /mailbox: expected an object/],
    [
      "a misspelled mailbox",
      { profile: gmail, mailbx: mailbox() },
      /mailbx: there is no such property\. Did you mean "mailbox"/,
    ],
  ];
  test.each(malformed)("%s is no configuration, and says so", (_what, value, message) => {
    expect(() => assessCompatibility(value as Configuration)).toThrow(message);
    expect(() => assessStack([value as Configuration])).toThrow(message);
  });

  test("null means absent, and what is no list is no stack", () => {
    const absent = { profile: gmail, mailbox: null };
    expect(assessCompatibility(absent)).toEqual(judged(gmail));
    expect(() => assessCompatibility(absent, { previous: { profile: gmail, mailbox: null } })).not.toThrow();
    expect(() => assessStack(null as unknown as Configuration[])).toThrow(
      /invalid-arguments: assessStack: expected a list/,
    );
  });

  test("a date that is none is refused, and decides nothing", () => {
    expect(() => assessCompatibility({ profile: gmail }, { today: "garbage" })).toThrow(
      /invalid-arguments: context: today/,
    );
    const dated = within(
      { deploymentSettings: { processEmailSinceMaximumDays: 30 } },
      { ...gmail, processEmailsReceivedAfter: "2026-01-01T00:00:00Z" },
    );
    const { passed, notJudged } = assessProfile(normalizeProfile(dated), { today: "garbage" });
    expect(passed).not.toContain("process-after-too-old");
    expect(notJudged.map(({ rule }) => rule)).toContain("process-after-too-old");
  });

  test("every mail system has a preset, and each endpoint its source and date", () => {
    expect(Object.keys(mailSystems)).toHaveLength(14);
    const clouds = Object.values(mailSystems).flatMap((system) => [
      system.endpoints,
      ...Object.values(system.clouds ?? {}),
    ]);
    for (const endpoints of clouds)
      for (const endpoint of Object.values(endpoints)) {
        expect(endpoint.source).toMatch(/^https:\/\//);
        expect(endpoint.read).toMatch(/^\d{4}-\d{2}-\d{2}$/);
        expect(endpoint.security).not.toBe("none");
      }
  });
});
