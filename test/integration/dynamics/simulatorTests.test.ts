import type { DynamicsServerOptions } from "../../servers/dynamics/dynamicsServer";
import type { NewUser } from "../../servers/dynamics/seed";
import type { Behaviour } from "../../servers/dynamics/tester";
import { until } from "../../servers/processes";
import { callersOfTests } from "./caller";
import { address, never, startWorld, succeeded, testAndEnable } from "./testWorld";

const callers = callersOfTests();
const world = (options: Partial<DynamicsServerOptions> = {}, user: Partial<NewUser> = {}) =>
  startWorld(callers, options, user);

describe("Test & Enable", () => {
  test("that succeeds writes its results at once, and moves its date with each run", async () => {
    const found = await world();
    const before = found.columns();
    await testAndEnable(found);
    const after = found.columns();
    expect(before).toMatchObject({ incomingemailstatus: 0, testmailboxaccesscompletedon: never });
    expect(after).toMatchObject({ ...succeeded, actstatus: 0, mailboxstatus: 1, testemailconfigurationretrycount: 0 });
    expect(String(after.testmailboxaccesscompletedon) > never).toBe(true);
    expect(after.versionnumber).not.toBe(before.versionnumber);
    expect(found.alerts()).toMatchObject([
      { level: 1, tracestatus: 1, text: `The mailbox @[9606,${found.mailboxId},"Ann"] was tested and enabled.` },
    ]);
    await testAndEnable(found);
    expect(String(found.columns().testmailboxaccesscompletedon) > String(after.testmailboxaccesscompletedon)).toBe(
      true,
    );
    expect(found.server.tests.runs).toBe(2);
  });

  test("refuses writes while it is scheduled, and lets them again afterwards", async () => {
    const found = await world({ waitMinutes: 100 });
    const patch = (changes: object) => callers.ask(found.server, "PATCH", `mailboxes(${found.mailboxId})`, changes);
    await patch({ testemailconfigurationscheduled: true });
    for (const changes of [{ username: "x" }, { testemailconfigurationscheduled: false }])
      expect((await patch(changes)).json.error?.code).toBe("0x8005E248");
    await until("the test to end", () => found.columns().testemailconfigurationscheduled === false, 10_000);
    expect((await patch({ username: "x" })).status).toBe(204);
  });

  test("tests only what server-side synchronization does", async () => {
    const tried: string[] = [];
    const tester = (_mailbox: unknown, _profile: unknown, direction: string) => {
      tried.push(direction);
      return Promise.resolve({ ok: true });
    };
    const found = await world({ tester }, { mailbox: { outgoingemaildeliverymethod: 0, actdeliverymethod: 1 } });
    await testAndEnable(found);
    expect(tried.sort()).toEqual(["appointments", "incoming"]);
    expect(found.columns()).toMatchObject({
      incomingemailstatus: 1,
      outgoingemailstatus: 0,
      actstatus: 1,
      isactsyncorgflagset: true,
    });
  });

  test("that fails for good disables what failed, at once, and says so on both walls", async () => {
    const found = await world({ script: { [address]: { outgoing: "authentication-failed" } } });
    await testAndEnable(found);
    expect(found.columns()).toMatchObject({
      ...succeeded,
      outgoingemailstatus: 2,
      enabledforoutgoingemail: false,
      mailboxstatus: 2,
    });
    expect(found.server.tests.runs).toBe(1);
    expect(found.alerts()).toMatchObject([
      { level: 3, tracestatus: 0, errortypedisplay: "OutgoingEmailAuthenticationError" },
    ]);
    const { json } = await callers.ask(
      found.server,
      "GET",
      `tracelogs?$filter=_regardingobjectid_value eq ${found.profile}&$expand=parenttracelogid($select=level)`.replaceAll(
        " ",
        "%20",
      ),
    );
    expect(json.value).toMatchObject([{ level: 3, parenttracelogid: { level: 3 } }]);
  });

  test("that fails for now is tried again, and says when", async () => {
    const found = await world({ script: { [address]: { incoming: { transient: 1 } } }, retryMinutes: 120 });
    const patch = await callers.ask(found.server, "PATCH", `mailboxes(${found.mailboxId})`, {
      testemailconfigurationscheduled: true,
    });
    expect(patch.status).toBe(204);
    await until("the first try", () => found.columns().testemailconfigurationretrycount === 1, 10_000);
    const { postponetestemailconfigurationuntil: next, ...between } = found.columns();
    expect(between).toMatchObject({
      testemailconfigurationscheduled: true,
      incomingemailstatus: 2,
      enabledforincomingemail: true,
      testmailboxaccesscompletedon: never,
    });
    expect(Date.parse(String(next))).toBeGreaterThan(Date.parse(String(between.modifiedon)) + 118 * 60_000);
    await until("the test to end", () => found.columns().testemailconfigurationscheduled === false, 10_000);
    expect(found.columns()).toMatchObject({
      ...succeeded,
      testemailconfigurationretrycount: 0,
      postponetestemailconfigurationuntil: never,
    });
    expect(found.server.tests.runs).toBe(2);
    expect(
      found
        .alerts()
        .map(({ level }) => level)
        .sort(),
    ).toEqual([1, 2]);
  });

  test("that keeps failing ends after ten retries", async () => {
    const found = await world({ script: { [address]: "timed-out" } });
    await testAndEnable(found);
    expect(found.server.tests.runs).toBe(11);
    expect(found.columns()).toMatchObject({
      incomingemailstatus: 2,
      outgoingemailstatus: 2,
      enabledforincomingemail: false,
      enabledforoutgoingemail: false,
    });
  });

  test("that never ends leaves its flag up, and the server stops all the same", async () => {
    const script: Record<string, Behaviour> = { [address]: "never-ends" };
    const found = await world({ script });
    await callers.ask(found.server, "PATCH", `mailboxes(${found.mailboxId})`, {
      testemailconfigurationscheduled: true,
    });
    await until("the test to run", () => found.server.tests.runs === 1, 10_000);
    expect(found.columns()).toMatchObject({ testemailconfigurationscheduled: true, incomingemailstatus: 0 });
  });

  test.each(["flag-first", "date-first"] as const)("whose results come in two writes: %s", async (completion) => {
    const found = await world({ completion, runMinutes: 200 });
    await callers.ask(found.server, "PATCH", `mailboxes(${found.mailboxId})`, {
      testemailconfigurationscheduled: true,
    });
    const isUp = () => found.columns().testemailconfigurationscheduled === true;
    const hasMoved = () => found.columns().testmailboxaccesscompletedon !== never;
    await until("the first write", () => !isUp() || hasMoved(), 10_000);
    expect([isUp(), hasMoved()]).toEqual(completion === "flag-first" ? [false, false] : [true, true]);
    await until("the second write", () => !isUp() && hasMoved(), 10_000);
    expect(found.columns()).toMatchObject(succeeded);
  });

  test("passes, and a later synchronization disables the mailbox", async () => {
    const script: Record<string, Behaviour> = {};
    const found = await world({ script });
    await testAndEnable(found);
    script[address] = "unauthorized";
    await found.server.tests.synchronize(found.mailboxId);
    expect(found.columns()).toMatchObject({ incomingemailstatus: 2, enabledforincomingemail: false, mailboxstatus: 2 });
    expect(found.alerts().at(-1)).toMatchObject({ errordetails: expect.stringContaining("401") as string });
  });

  test("says nothing where alerts are off", async () => {
    const found = await world({ alerts: false, script: { [address]: "unauthorized" } });
    await testAndEnable(found);
    expect(found.alerts()).toEqual([]);
  });

  test("of many mailboxes runs for all at once", async () => {
    const { server, profile } = await world({ secondsPerMinute: 0.2, runMinutes: 1 });
    const ids = Array.from(
      { length: 200 },
      (_, index) =>
        server.seed.addUser({
          fullname: `user ${index}`,
          internalemailaddress: `user${index}@contoso.com`,
          mailbox: { emailserverprofile: { table: "emailserverprofile", id: profile }, incomingemaildeliverymethod: 2 },
        }).mailboxId,
    );
    await Promise.all(
      ids.map((id) => callers.ask(server, "PATCH", `mailboxes(${id})`, { testemailconfigurationscheduled: true })),
    );
    const done = () => ids.every((id) => server.record("mailboxes", id).columns.incomingemailstatus === 1);
    const start = performance.now();
    await until("all tests to end", done, 10_000);
    // One after the other they would take 40 seconds.
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
