import * as fc from "fast-check";
import {
  assessCompatibility,
  assessStack,
  emailSystems,
  hasErrors,
  rules,
  type Assessment,
} from "pulumi-server-side-sync";
import { normalizeBinding } from "../../../provider/src/model/binding";
import { normalizeProfile } from "../../../provider/src/model/normalizeProfile";
import { factLeaves, setAt } from "../../../provider/src/model/facts";
import { at, isPlainObject, type PlainObject } from "../../../provider/src/model/plain";
import { cases } from "./cases";
import { later, type Mailbox, type Profile } from "./declarations";

const guid = fc.uuid();
const date = fc.date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true });
const secret = fc.oneof(
  fc.constant("s"),
  fc.record({ env: fc.constant("NAME") }),
  fc.record({ config: fc.constant("key"), version: fc.constant("1") }),
);
const optional = <T extends Record<string, unknown>>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(shape, { requiredKeys: [] });

const credentials = fc.oneof(
  ...["user-or-queue", "server-to-server", "windows-integrated", "anonymous"].map((source) =>
    fc.record({ source: fc.constant(source) }),
  ),
  fc.record({
    source: fc.constant("email-server-profile"),
    username: fc.constantFrom("svc@contoso.com", "CONTOSO\\svc"),
    password: secret,
  }),
  fc.record(
    {
      source: fc.constantFrom("oauth", "gmail-oauth", "exchange-hybrid-modern-auth"),
      clientId: guid,
      clientSecret: secret,
      tenantId: guid,
      resourceId: fc.constant("mail.contoso.com"),
    },
    { requiredKeys: ["source", "clientId"] },
  ),
);
const connection = (protocols: string[]) =>
  optional({
    protocol: fc.constantFrom(...protocols),
    serverLocation: fc.constantFrom(
      "mail.contoso.com",
      "mail.contoso.com.",
      "https://mail.contoso.com/EWS/Exchange.asmx",
      "::1",
      "http://x/y",
    ),
    port: fc.integer({ min: 1, max: 65535 }),
    security: fc.constantFrom("tls", "starttls", "none"),
    authenticationProtocol: fc.constantFrom("auto-detect", "negotiate", "ntlm", "basic", "oauth"),
    credentials,
    useImpersonation: fc.boolean(),
  });
const organization = optional({
  backend: fc.constantFrom("direct", "dynamics365"),
  deployment: fc.constantFrom("on-premises", "online"),
  url: fc.constantFrom("https://crm.contoso.com/contoso", "https://contoso.crm.dynamics.com"),
  fips: fc.boolean(),
  hybridExchange: fc.boolean(),
  trackInOutlookOnTheWeb: fc.boolean(),
  bulkEmailCampaigns: fc.boolean(),
  customEmailProviders: fc.boolean(),
  manualTrackingInOutlook: fc.boolean(),
  deploymentSettings: optional({
    allowNonSslEmail: fc.boolean(),
    allowAdBasedAuthentication: fc.boolean(),
    allowBasicOnNonSecureChannel: fc.boolean(),
    processEmailSinceMaximumDays: fc.integer({ min: 0, max: 3650 }),
  }),
  allowedEmailDomains: fc.array(fc.constantFrom("contoso.com", "bücher.example")),
});
const acceptRisks = fc.array(
  fc.record({ rule: fc.constantFrom(...rules.map(({ id }) => id)), reason: fc.constant("a pilot") }),
  { maxLength: 3 },
);
const profile = fc.record(
  {
    emailSystem: fc.constantFrom(...emailSystems),
    organization,
    serverType: fc.constantFrom(
      "exchange-server",
      "exchange-server-hybrid",
      "exchange-online-hybrid",
      "exchange-online",
      "pop3-smtp",
      "imap-smtp",
    ),
    autodiscover: fc.boolean(),
    incoming: connection(["ews", "imap", "pop3"]),
    outgoing: connection(["ews", "smtp"]),
    useSameSettingsForOutgoing: fc.boolean(),
    exchangeOnlineTenantId: guid,
    serverAuthority: fc.constantFrom("public", "us-government", "china", "automatic"),
    maxConcurrentConnections: fc.integer({ min: 1, max: 65536 }),
    processEmailsReceivedAfter: date.map((day) => day.toISOString()),
    fipsCompliant: fc.boolean(),
    multiFactorAuthentication: fc.boolean(),
    acceptRisks,
  },
  { requiredKeys: ["emailSystem"] },
) as unknown as fc.Arbitrary<Profile>;
const mailbox = fc.record(
  {
    emailAddress: fc.constantFrom("sales@contoso.com", "Info@Bücher.example", "a@b.c"),
    regarding: fc.oneof(...["user", "queue", "forwardMailbox"].map((kind) => fc.record({ [kind]: fc.constant("x") }))),
    incomingEmail: fc.constantFrom("server-side-sync", "outlook", "forward-mailbox", "none"),
    outgoingEmail: fc.constantFrom("server-side-sync", "outlook", "none"),
    appointmentsContactsTasks: fc.constantFrom("server-side-sync", "outlook", "none", "leave"),
    credentials: fc.oneof(
      fc.record(
        { type: fc.constant("password"), username: fc.constant("CONTOSO\\x"), password: secret },
        { requiredKeys: ["type", "password"] },
      ),
      fc.record({ type: fc.constant("access-token"), accessToken: secret }),
      fc.record({ type: fc.constant("google-service-account"), key: secret }),
    ),
    hostedOn: fc.constantFrom("exchange-online", "exchange-server", "external"),
    manualTrackingInOutlook: fc.boolean(),
    processEmailsReceivedAfter: date.map((day) => day.toISOString().slice(0, 10)),
    deleteEmailsAfterProcessing: fc.boolean(),
    acceptRisks,
  },
  { requiredKeys: ["emailAddress"] },
) as unknown as fc.Arbitrary<Mailbox>;
const configuration = fc.record({ profile, mailbox }, { requiredKeys: ["profile"] });
const context = optional({ today: fc.constant("2026-11-24"), previous: configuration });

const position = new Map(rules.map(({ id, scope }, index) => [`${scope} ${id}`, index]));

function reversed<T>(value: T): T {
  if (Array.isArray(value) || !isPlainObject(value)) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, entry]) => [key, reversed(entry)])) as T;
}

test("no configuration of documented values makes an assessment throw, and each says something about every rule", () => {
  fc.assert(
    fc.property(configuration, context, (declared, known) => {
      const { findings, passed, notJudged } = assessCompatibility(declared, known);
      const said = new Set<string>([
        ...findings.map(({ rule }) => rule),
        ...passed,
        ...notJudged.map(({ rule }) => rule),
      ]);
      const expected = rules.filter(
        ({ scope }) => scope === "profile" || (scope === "mailbox" && declared.mailbox !== undefined),
      );
      expect(expected.filter(({ id }) => !said.has(id)).map(({ id }) => id)).toEqual([]);
      for (const { missing } of notJudged) expect(missing).toMatch(/^[a-zA-Z0-9.]+$/);
      for (const { message, remedy } of findings)
        expect(`${message} ${remedy}`).not.toMatch(/undefined|null|NaN|\[object/);
    }),
    { numRuns: 500 },
  );
});

test("the order of findings is that of the table, whatever the order of the declaration", () => {
  fc.assert(
    fc.property(configuration, context, (declared, known) => {
      const assessment = assessCompatibility(declared, known);
      expect(assessCompatibility(reversed(declared), known)).toEqual(assessment);
      const ofProfile = assessCompatibility({ profile: declared.profile }, known).findings;
      const ordered = (findings: Assessment["findings"], scope: string) => {
        const places = findings.flatMap(({ rule }) => position.get(`${scope} ${rule}`) ?? []);
        expect(places).toEqual([...places].sort((a, b) => a - b));
      };
      ordered(ofProfile, "profile");
      ordered(assessment.findings.slice(ofProfile.length), "mailbox");
    }),
    { numRuns: 300 },
  );
});

test("a stack finds for each mailbox what it finds alone, and something more", () => {
  fc.assert(
    fc.property(fc.array(configuration, { minLength: 1, maxLength: 6 }), (stack) => {
      const together = assessStack(stack);
      stack.forEach((declared, index) => {
        const alone = assessCompatibility(declared);
        const withStack = new Set(together[index]?.findings.map(({ rule, path }) => `${rule} ${path}`));
        const lost = alone.findings.filter(({ rule, path }) => !withStack.has(`${rule} ${path}`));
        expect(lost.every(({ rule }) => rule === "secret-reference-without-version")).toBe(true);
        if (hasErrors(alone)) expect(hasErrors(together[index] ?? alone)).toBe(true);
      });
    }),
    { numRuns: 100 },
  );
});

test("checked inputs are judged as the declaration they come from", () => {
  fc.assert(
    fc.property(configuration, ({ profile: declared, mailbox: bound }) => {
      const checked = normalizeProfile(declared);
      const boundChecked = bound && normalizeBinding(bound, checked.organization.backend);
      expect(assessCompatibility({ profile: checked, mailbox: boundChecked })).toEqual(
        assessCompatibility({ profile: declared, mailbox: bound }),
      );
    }),
    { numRuns: 300 },
  );
});

/** Leaves that may be Inputs, and so unknown in a preview. */
const inputs =
  /serverLocation$|port$|username$|clientId$|tenantId$|resourceId$|TenantId$|^maxConcurrent|^connectionTimeout|^processEmails/;
const leavesOf = (profileOrMailbox: object): string[] => [
  ...factLeaves.filter((leaf) => inputs.test(leaf) && at(profileOrMailbox, leaf) !== undefined),
  ...["emailAddress", "credentials.username"].filter((leaf) => at(profileOrMailbox, leaf) !== undefined),
];
const withUnknown = <T extends object>(value: T, leaf: string): T => {
  const copy = structuredClone(value) as PlainObject;
  setAt(copy, leaf, later);
  return copy as T;
};

test("what is not known yet never turns a finding into a pass, nor a pass into a finding", () => {
  let tried = 0;
  for (const { rule, fires, passes, context: known } of cases) {
    for (const [subject, verdict] of [
      [fires, "found"],
      [passes, "passed"],
    ] as const) {
      const [declared, bound] = subject;
      const variants = [
        ...leavesOf(declared).map((leaf) => ({ profile: withUnknown(declared, leaf), mailbox: bound })),
        ...(bound === undefined
          ? []
          : leavesOf(bound).map((leaf) => ({ profile: declared, mailbox: withUnknown(bound, leaf) }))),
      ];
      for (const variant of variants) {
        tried += 1;
        const { findings, passed } = assessCompatibility(variant, known);
        const opposite =
          verdict === "found" ? passed.includes(rule) : findings.some((finding) => finding.rule === rule);
        expect([rule, verdict, opposite]).toEqual([rule, verdict, false]);
      }
    }
  }
  expect(tried).toBeGreaterThan(100);
});

test("every rule that can be left unjudged has a case for it", () => {
  const undeclared = new Set<string>();
  fc.assert(
    fc.property(configuration, (declared) => {
      for (const { rule } of assessCompatibility(declared).notJudged) undeclared.add(rule);
    }),
    { numRuns: 1000, seed: 1 },
  );
  const covered = new Set<string>(cases.filter(({ notJudged }) => notJudged !== undefined).map(({ rule }) => rule));
  expect([...undeclared].filter((rule) => !covered.has(rule)).sort()).toEqual([]);
});

test("every rule that can wait for an unknown has a case for it", () => {
  const waiting = new Set<string>();
  for (const {
    rule,
    fires: [declared, bound],
    context: known,
  } of cases) {
    const variants = [
      ...leavesOf(declared).map((leaf) => ({ profile: withUnknown(declared, leaf), mailbox: bound })),
      ...(bound === undefined
        ? []
        : leavesOf(bound).map((leaf) => ({ profile: declared, mailbox: withUnknown(bound, leaf) }))),
    ];
    for (const variant of variants)
      if (
        assessCompatibility(variant, known).notJudged.some(
          (entry) => entry.rule === rule && entry.missing.endsWith("update"),
        )
      )
        waiting.add(rule);
  }
  const covered = new Set<string>(cases.filter(({ unknown }) => unknown !== undefined).map(({ rule }) => rule));
  expect([...waiting].filter((rule) => !covered.has(rule)).sort()).toEqual([]);
});
