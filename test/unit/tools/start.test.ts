import { wishIn } from "../../../tools/start/arguments";
import { changedSettings, type Records } from "../../../tools/start/records";
import { allSucceeded, summaryTable, type MailboxReport } from "../../../tools/start/summary";

describe("arguments of npm start", () => {
  test.each([
    [[], { action: "run", backend: "direct" }],
    [["--keep"], { action: "keep", backend: "direct" }],
    [["--backend", "dynamics365"], { action: "run", backend: "dynamics365" }],
    [["--keep", "--backend=dynamics365"], { action: "keep", backend: "dynamics365" }],
    [["--remove"], { action: "remove", backend: "direct" }],
    [["--help"], { action: "help", backend: "direct" }],
  ])("%j", (args, wish) => {
    expect(wishIn(args)).toEqual(wish);
  });

  test.each([
    [["--backend", "dataverse"], 'there is no back end "dataverse", only direct and dynamics365'],
    [["--backend"], "--backend"],
    [["--kep"], "--kep"],
    [["dynamics365"], "dynamics365"],
    [["--keep", "--remove"], "--keep stands alone"],
    [["--remove", "--backend", "dynamics365"], "--remove stands alone"],
  ])("%j is not understood, and the help follows", (args, why) => {
    expect(() => wishIn(args)).toThrow(/^unknown-argument: /);
    expect(() => wishIn(args)).toThrow(why);
    expect(() => wishIn(args)).toThrow("npm start -- --backend dynamics365");
  });
});

describe("what a stack has left behind in an organization", () => {
  const found: Records = {
    mailboxes: { 1: { name: "Sales", username: null, actstatus: 0, versionnumber: 7 } },
    emailserverprofiles: { 2: { name: "Earlier" } },
  };
  const now = (mailbox: object, profiles: Records[string] = found.emailserverprofiles ?? {}): Records => ({
    mailboxes: { 1: { ...found.mailboxes?.[1], ...mailbox } },
    emailserverprofiles: profiles,
  });

  test("is nothing where only Dynamics has written", () => {
    expect(changedSettings(found, now({ actstatus: 1, versionnumber: 9 }))).toEqual([]);
  });

  test("is every setting that differs, and every record that is new or gone", () => {
    expect(changedSettings(found, now({ username: "sales" }, { 3: { name: "Left" } }))).toEqual([
      'mailboxes "Sales": username was null, is sales',
      'emailserverprofiles "Earlier" is gone',
      'emailserverprofiles "Left" is new',
    ]);
  });
});

describe("the table of npm start", () => {
  const dynamics: MailboxReport = {
    mailbox: "sales@contoso.example",
    profile: "mail",
    incomingEmail: "Success",
    outgoingEmail: "Success",
    appointmentsContactsTasks: "Not Run",
    results: [
      { test: "incomingEmail", status: "Success" },
      { test: "outgoingEmail", status: "Success" },
      { test: "appointmentsContactsTasks", status: "Not Run" },
    ],
  };

  test("has no round trip and no times where nobody took any", () => {
    const [title, line] = summaryTable([dynamics]).split("\n");
    expect(title?.split(/ {2,}/)).toEqual([
      "mailbox",
      "profile",
      "incoming",
      "outgoing",
      "appointments, contacts, tasks",
    ]);
    expect(line?.split(/ {2,}/)).toEqual(["sales@contoso.example", "mail", "Success", "Success", "Not Run"]);
  });

  test("adds the longer direction to what comes after", () => {
    const results = [
      { test: "incomingEmail", status: "Success", milliseconds: 30 },
      { test: "outgoingEmail", status: "Success", milliseconds: 50 },
      { test: "roundTrip", status: "Success", milliseconds: 7 },
    ];
    expect(summaryTable([{ ...dynamics, results }])).toMatch(/Success +Success +Success +Not Run +57$/);
  });

  test.each([
    ["a calendar that nobody declared", dynamics, true],
    ["a direction that was not tested", { ...dynamics, outgoingEmail: "Not Run" }, false],
    [
      "an alert beside the tests",
      { ...dynamics, results: [...dynamics.results, { test: "alert", status: "Not Run" }] },
      false,
    ],
    [
      "a calendar that failed",
      { ...dynamics, results: [{ test: "appointmentsContactsTasks", status: "Failure" }] },
      false,
    ],
  ])("%s", (_name, report, healthy) => {
    expect(allSucceeded([report])).toBe(healthy);
  });
});
