import { factsOf } from "../../../provider/src/model/facts";
import type { CheckedProfile } from "../../../provider/src/model/profile";
import { mailboxBinding } from "../../../provider/src/runtime";
import { methodsXml } from "../../servers/dynamics/regarding";
import type { DynamicsServerOptions } from "../../servers/dynamics/dynamicsServer";
import type { Recorded } from "../../servers/dynamics/requests";
import type { Behaviour } from "../../servers/dynamics/tester";
import { BackendWorld, exchange, type Kept } from "./backendWorld";
import { caller, callersOfTests } from "./caller";

const password = "P1peline-Secret";
const address = "ann@contoso.com";
const second = {
  ...exchange,
  name: "Second",
  incoming: { ...exchange.incoming, serverLocation: "https://b.contoso.com/EWS/Exchange.asmx" },
};
const own = {
  ...exchange,
  incoming: { ...exchange.incoming, credentials: { source: "user-or-queue" }, useImpersonation: false },
} as const;
const ann = { emailAddress: address, test: { timeoutSeconds: 20 } };
const withPassword = (secret: string) => ({ ...ann, credentials: { type: "password" as const, password: secret } });
/** A resource that is new under an id of its own. */
const another: Kept = {
  id: "5a1b0f3e-5d0a-5f0e-9a53-7f2b6a1f4c9e",
  outputs: { credentialsRevision: 1 },
  failures: [],
};
const forbidden = {
  status: 403,
  body: '{"error":{"code":"0x80040220","message":"Principal lacks a privilege"}}',
};
const writes =
  (path: RegExp, body = /./) =>
  (request: Recorded) =>
    request.method === "PATCH" && path.test(request.path) && body.test(JSON.stringify(request.body));

describe("the dynamics365 back end in adversity", () => {
  const callers = callersOfTests();

  async function start(options: Partial<DynamicsServerOptions> = {}, user: object = {}) {
    const server = await callers.start({
      secondsPerMinute: 0.005,
      windowsUsers: { [caller]: password },
      ...options,
    });
    const earlier = server.seed.addProfile({
      name: "Earlier",
      servertype: 0,
      incomingserverlocation: "https://old.contoso.com/EWS/Exchange.asmx",
    });
    server.configure({ defaultemailserverprofileid: earlier, defaultemailsettings: methodsXml(0, 0, 2) });
    const { mailboxId, id: userId } = server.seed.addUser({
      fullname: "Ann",
      domainname: "CONTOSO\\ann",
      internalemailaddress: address,
      mailbox: { emailserverprofile: { table: "emailserverprofile", id: earlier } },
      ...user,
    });
    const world = new BackendWorld(
      server,
      { auth: "windows", username: caller, password },
      callers.authority.certificate,
    );
    return {
      server,
      world,
      mailboxId,
      userId,
      earlier,
      mailbox: () => server.record("mailboxes", mailboxId).columns,
      organization: () => server.record("organizations", server.organizationId).columns,
    };
  }

  test("a column that is governed no longer is given back although the first attempt was refused", async () => {
    const { server, world, mailbox } = await start();
    const profile = await world.profile(exchange);
    const bound = await world.binding(profile, { ...ann, appointmentsContactsTasks: "server-side-sync" });
    expect(bound.failures).toEqual([]);
    expect(mailbox().actdeliverymethod).toBe(1);
    world.operation();
    server.faults.add({ at: writes(/^mailboxes/), does: forbidden });
    let broken: Kept = bound;
    try {
      broken = await world.binding(profile, { ...ann, appointmentsContactsTasks: "leave" }, bound, true);
    } catch {
      // state as before
    }
    server.faults.clear();
    world.operation();
    const mended = await world.binding(profile, { ...ann, appointmentsContactsTasks: "leave" }, broken, true);
    expect(mended.failures).toEqual([]);
    expect(mailbox().actdeliverymethod).toBe(2);
  });

  test.each(["drop-before", "drop-after", "forbidden"] as const)(
    "a mailbox whose move to another profile failed by %s is given back as it was found",
    async (kind) => {
      const { server, world, mailbox, earlier } = await start();
      const first = await world.profile(exchange);
      const bound = await world.binding(first, ann);
      const other = await world.profile(second, another);
      world.operation();
      server.faults.add({ at: writes(/^mailboxes/), does: kind === "forbidden" ? forbidden : kind });
      let broken: Kept = bound;
      try {
        broken = await world.binding(other, ann, bound, true);
      } catch {
        // state as before
      }
      server.faults.clear();
      world.operation();
      await world.release(broken);
      expect(mailbox()._emailserverprofile_value).toBe(earlier);
    },
  );

  test.each(["drop-before", "drop-after", "forbidden"] as const)(
    "a rotated password whose write failed by %s is written by the next update",
    async (kind) => {
      const { server, world, mailboxId } = await start();
      const profile = await world.profile(own);
      const bound = await world.binding(profile, withPassword("First-Secret"));
      server.faults.add({ at: writes(/^mailboxes/), does: kind === "forbidden" ? forbidden : kind });
      world.operation();
      const broken = await world.binding(profile, withPassword("Second-Secret"), bound, true).catch(() => bound);
      server.faults.clear();
      world.operation();
      const mended = await world.binding(profile, withPassword("Second-Secret"), broken, true);
      expect(mended.failures).toEqual([]);
      expect(server.record("mailboxes", mailboxId).secrets.password?.value).toBe("Second-Secret");
    },
  );

  test("a mailbox that was moved to and fro is given back as it was found", async () => {
    const { world, mailbox, earlier } = await start();
    const first = await world.profile(exchange);
    const other = await world.profile(second, another);
    let bound = await world.binding(first, ann);
    bound = await world.binding(other, ann, bound, true);
    bound = await world.binding(first, ann, bound, true);
    bound = await world.binding(other, ann, bound, true);
    world.operation();
    await world.release(bound);
    expect(mailbox()._emailserverprofile_value).toBe(earlier);
    await world.deleteProfile(first);
    await world.deleteProfile(other);
  });
  test("a mailbox that has the adopted profile already is taken over, whatever the id of Dynamics looks like", async () => {
    const { server, world, mailboxId } = await start();
    const id = server.seed.addProfile({
      emailserverprofileid: "c5b1b1a0-1234-e911-a2c1-00155d000001",
      name: "Sequential",
      servertype: 0,
      incomingserverlocation: "https://old.contoso.com/EWS/Exchange.asmx",
    });
    server.editByHand("mailboxes", mailboxId, { emailserverprofile: id });
    const profile = await world.profile({ ...exchange, name: "Sequential", adopt: { id } });
    const bound = await world.binding(profile, ann);
    expect(bound.failures).toEqual([]);
  });

  test("a claim as primary is given back where a failed test puts everything back", async () => {
    const script: Record<string, Behaviour> = { [address]: "unauthorized" };
    const { world, mailbox } = await start({ script });
    const profile = await world.profile(exchange);
    const test_ = { timeoutSeconds: 20, onFailure: "restore" } as const;
    const bound = await world.binding(profile, {
      ...ann,
      appointmentsContactsTasks: "server-side-sync",
      primaryForExchangeSync: true,
      test: test_,
    });
    expect(bound.failures).not.toEqual([]);
    expect(mailbox()).toMatchObject({ orgmarkedasprimaryforexchangesync: false });
  });

  test("a password that was declared before a failed rotation is written again", async () => {
    const script: Record<string, Behaviour> = {};
    const { server, world, mailboxId } = await start({ script });
    const stored = () => server.record("mailboxes", mailboxId).secrets.password?.value;
    const profile = await world.profile(own);
    const restoring = (secret: string) => ({
      ...withPassword(secret),
      test: { timeoutSeconds: 20, onFailure: "restore" as const },
    });
    const bound = await world.binding(profile, restoring("Right-Secret"));
    expect(stored()).toBe("Right-Secret");
    script[address] = "unauthorized";
    world.operation();
    const wrong = await world.binding(profile, restoring("Wrong-Secret"), bound, true);
    expect(wrong.failures).not.toEqual([]);
    script[address] = "success";
    world.operation();
    const right = await world.binding(profile, restoring("Right-Secret"), wrong, true);
    expect(right.failures).toEqual([]);
    expect(stored()).toBe("Right-Secret");
  });
  test("a test that goes on when it is read is still waited for by the next update", async () => {
    const script: Record<string, Behaviour> = { [address]: "never-ends" };
    const { world } = await start({ script });
    const profile = await world.profile(exchange);
    const pending = await world.binding(profile, { ...ann, test: { timeoutSeconds: 5 } });
    expect(pending.failures).toHaveLength(2);
    world.operation();
    const read = await world.readBinding(pending);
    expect(read?.results).toContainEqual(expect.objectContaining({ status: "Pending" }));
  });

  test("a test that could not be scheduled is made up for after a refresh, too", async () => {
    const { server, world } = await start();
    const profile = await world.profile(exchange);
    server.faults.add({ at: writes(/^mailboxes/, /scheduled/), does: forbidden });
    const broken = await world.binding(profile, ann);
    expect(broken.failures).toHaveLength(1);
    server.faults.clear();
    world.operation();
    const read = await world.readBinding(broken);
    expect(read?.results).toContainEqual(expect.objectContaining({ status: "Failure" }));
  });

  test("a mailbox that was skipped shows no drift as long as its user is disabled", async () => {
    const { server, world, userId } = await start({}, { isdisabled: true });
    const profile = await world.profile(exchange);
    const skipped = await world.binding(profile, ann);
    world.operation();
    expect(await world.readBinding(skipped)).toEqual(skipped.outputs);
    server.editByHand("systemusers", userId, { isdisabled: false });
    const enabled = await world.readBinding(skipped);
    expect(enabled).toMatchObject({ incomingEmail: "none" });
    expect(JSON.stringify(enabled?.results)).not.toContain("user-disabled");
  });

  test("a status that somebody has reset shows in a refresh", async () => {
    const { server, world, mailboxId } = await start();
    const profile = await world.profile(exchange);
    const bound = await world.binding(profile, ann);
    server.editByHand("mailboxes", mailboxId, { incomingemailstatus: 0, outgoingemailstatus: 0 });
    const read = await world.readBinding(bound);
    expect(read).toMatchObject({ incomingEmailStatus: "Not Run" });
    expect(JSON.stringify(read?.results)).toMatch(/Failure|Pending/);
  });
  test("what a test has found is told where its alerts may not be read", async () => {
    const script: Record<string, Behaviour> = { [address]: { incoming: "unauthorized" } };
    const { server, world } = await start({ script });
    const profile = await world.profile(exchange);
    server.faults.add({ at: ({ path }) => path.startsWith("tracelogs"), does: forbidden });
    const failed = await world.binding(profile, ann);
    expect(failed.outputs).toMatchObject({ incomingEmailStatus: "Failure", outgoingEmailStatus: "Success" });
  });

  test("a mailbox is claimed although somebody else has begun a test just before", async () => {
    const { server, world, mailbox, mailboxId } = await start({ waitMinutes: 40 });
    const profile = await world.profile(exchange);
    server.faults.add({
      at: (request) => {
        if (!writes(/^mailboxes/, /scheduled/)(request)) return false;
        server.editByHand("mailboxes", mailboxId, { testemailconfigurationscheduled: true });
        server.tests.schedule(mailboxId);
        return true;
      },
      does: {
        status: 400,
        body: '{"error":{"code":"0x8005E248","message":"TestEmailConfigurationScheduledInProgress"}}',
      },
      times: 1,
    });
    const bound = await world.binding(profile, {
      ...ann,
      appointmentsContactsTasks: "server-side-sync",
      primaryForExchangeSync: true,
    });
    expect(bound.failures).toEqual([]);
    expect(mailbox().orgmarkedasprimaryforexchangesync).toBe(true);
  });
  test("a mailbox whose earlier profile is gone is left without one", async () => {
    const { server, world, mailbox, earlier } = await start();
    const profile = await world.profile(exchange);
    const bound = await world.binding(profile, ann);
    server.configure({ defaultemailserverprofileid: null });
    server.organization.store.remove("emailserverprofile", earlier);
    world.operation();
    await world.release(bound);
    expect(mailbox()).toMatchObject({ _emailserverprofile_value: null, incomingemaildeliverymethod: 0 });
    await world.deleteProfile(profile);
  });
  test("a mailbox whose binding is renamed while its user is disabled is given back", async () => {
    const { server, world, userId, mailbox, earlier } = await start();
    const profile = await world.profile(exchange);
    const bound = await world.binding(profile, ann);
    server.editByHand("systemusers", userId, { isdisabled: true });
    world.operation();
    const renamed = await world.binding(profile, ann);
    await world.release(bound);
    world.operation();
    await world.release(renamed);
    expect(mailbox()).toMatchObject({ _emailserverprofile_value: earlier, incomingemaildeliverymethod: 0 });
    await world.deleteProfile(profile);
  });

  test("a mailbox whose address has moved to another user is given back", async () => {
    const { server, world, userId, mailbox, mailboxId, earlier } = await start();
    const profile = await world.profile(exchange);
    const bound = await world.binding(profile, ann);
    server.editByHand("systemusers", userId, { internalemailaddress: "ann.old@contoso.com" });
    server.editByHand("mailboxes", mailboxId, { emailaddress: "ann.old@contoso.com" });
    server.seed.addUser({ fullname: "Ann 2", domainname: "CONTOSO\\ann2", internalemailaddress: address });
    world.operation();
    const moved = await world.binding(profile, { ...ann, outgoingEmail: "none" }, bound, true);
    expect(moved.outputs.mailboxId).not.toBe(mailboxId);
    world.operation();
    await world.release(moved);
    expect(mailbox()).toMatchObject({ _emailserverprofile_value: earlier, incomingemaildeliverymethod: 0 });
    await world.deleteProfile(profile);
  });

  test("a preflight that fails is told, and nothing is written, also where a failure only warns", async () => {
    const { server, world } = await start();
    const profile = await world.profile({
      emailSystem: "other",
      name: "POP",
      serverType: "pop3-smtp",
      incoming: { serverLocation: "127.0.0.1", port: 1, security: "tls" },
      outgoing: { serverLocation: "127.0.0.1", port: 1, security: "tls" },
    });
    const before = server.requests.writes.length;
    const bound = await world.binding(profile, {
      ...withPassword("Ann-Secret"),
      test: { timeoutSeconds: 10, preflight: true, onFailure: "warn" },
    });
    expect(server.requests.writes).toHaveLength(before);
    expect(bound.outputs.results).toContainEqual(expect.objectContaining({ status: "Failure" }));
  });

  test("what an interrupted create has left is known also after a preflight that failed", async () => {
    const { server, world, mailboxId } = await start();
    const declared = {
      emailSystem: "other",
      name: "POP",
      serverType: "pop3-smtp",
      incoming: { serverLocation: "127.0.0.1", port: 1, security: "tls" },
      outgoing: { serverLocation: "127.0.0.1", port: 1, security: "tls" },
    } as const;
    const profile = await world.profile(declared);
    server.editByHand("mailboxes", mailboxId, {
      emailserverprofile: profile.id,
      incomingemaildeliverymethod: 2,
      outgoingemaildeliverymethod: 2,
    });
    const failed = await world.binding(profile, {
      ...withPassword("Ann-Secret"),
      test: { timeoutSeconds: 10, preflight: true },
    });
    expect(failed.failures).not.toEqual([]);
    world.operation();
    const bound = await world.binding(profile, withPassword("Ann-Secret"), failed, true);
    world.operation();
    await world.release(bound);
    expect(server.record("mailboxes", mailboxId).columns.incomingemaildeliverymethod).toBe(0);
    await world.deleteProfile(profile);
  });
  test("an organization whose earlier default profile is gone is left without one", async () => {
    const { server, world, earlier, organization } = await start();
    const profile = await world.profile(exchange);
    const settings = await world.settings({ defaultProfile: profile.id, defaultIncomingEmail: "server-side-sync" });
    server.organization.store.remove("emailserverprofile", earlier);
    server.organization.store.change("mailbox", Object.keys(server.snapshot().mailbox)[0] ?? "", {
      emailserverprofile: null,
    });
    world.operation();
    await world.giveSettingsBack(settings);
    expect(organization()).toMatchObject({
      _defaultemailserverprofileid_value: null,
      defaultemailsettings: methodsXml(0, 0, 2),
    });
    await world.deleteProfile(profile);
  });

  test("settings that the same operation has changed count for the bindings that come after them", async () => {
    const { world } = await start({}, { emailrouteraccessapproval: 0 });
    const profile = await world.profile(exchange);
    await expect(world.binding(profile, ann)).rejects.toMatchObject({ code: "approval-missing" });
    await world.settings({ processEmailOnlyForApprovedUsers: false });
    expect((await world.binding(profile, ann)).failures).toEqual([]);
  });

  test("an organization without default methods has none again", async () => {
    const { server, world, organization } = await start();
    server.configure({ defaultemailsettings: null });
    const settings = await world.settings({ defaultIncomingEmail: "server-side-sync" });
    await world.giveSettingsBack(settings);
    expect(organization().defaultemailsettings).toBeNull();
  });

  test("settings whose answer is lost are given back as they were found", async () => {
    const { server, world, organization } = await start();
    const before = organization();
    server.faults.add({ at: writes(/^organizations/), does: "drop-after" });
    const broken = await world.settings({ defaultIncomingEmail: "server-side-sync" });
    expect(broken.failures).toEqual([expect.stringMatching(/^[a-z-]+: /)]);
    expect(broken.outputs.unfinished).not.toBeNull();
    server.faults.clear();
    world.operation();
    const mended = await world.settings({ defaultIncomingEmail: "server-side-sync" }, broken);
    expect(mended).toMatchObject({ failures: [], outputs: { unfinished: null } });
    world.operation();
    await world.giveSettingsBack(mended);
    expect(organization().defaultemailsettings).toBe(before.defaultemailsettings);
  });

  test("a user name that the program keeps secret stands nowhere in what was found, and is given back all the same", async () => {
    const { world, mailbox } = await start();
    const profile = await world.profile(own);
    const environment = { AUTH: "windows", USERNAME: caller, PASSWORD: password };
    for (const [name, value] of Object.entries(environment)) process.env[`SERVER_SIDE_SYNC_${name}`] = value;
    const declared = {
      ...withPassword("Ann-Secret"),
      profile: factsOf(profile.outputs as unknown as CheckedProfile, profile.id),
      secretPaths: ["emailAddress"],
    };
    const { inputs } = await mailboxBinding.check({}, declared);
    const { id, outs } = await mailboxBinding.create(inputs);
    expect(mailbox().username).toBe(address);
    expect(JSON.stringify(outs.found)).not.toContain(address);
    const read = await mailboxBinding.read(id, outs);
    expect(read.props).toEqual(outs);
    for (const name of Object.keys(environment)) Reflect.deleteProperty(process.env, `SERVER_SIDE_SYNC_${name}`);
    world.operation();
    await world.release({ id, outputs: outs, failures: [] });
    expect(mailbox().username).toBeNull();
  });

  test.each([
    ["a password that is gone", { password: null }],
    ["credentials that may not be used", { allowemailconnectortousecredentials: false }],
  ])("%s shows in a refresh, and the next update stores the declared ones", async (_what, edit) => {
    const { server, world, mailbox, mailboxId } = await start();
    const profile = await world.profile(own);
    const bound = await world.binding(profile, withPassword("Ann-Secret"));
    server.editByHand("mailboxes", mailboxId, edit);
    world.operation();
    const read = await world.readBinding(bound);
    expect(read).toMatchObject({ credentials: null });
    const mended = await world.binding(profile, withPassword("Ann-Secret"), { ...bound, outputs: read ?? {} }, true);
    expect(mended.failures).toEqual([]);
    expect(mailbox()).toMatchObject({ ispasswordset: true, allowemailconnectortousecredentials: true });
  });

  test("a claim as primary that somebody has taken back shows in a refresh", async () => {
    const { server, world, mailboxId } = await start();
    const profile = await world.profile(exchange);
    const bound = await world.binding(profile, {
      ...ann,
      appointmentsContactsTasks: "server-side-sync",
      primaryForExchangeSync: true,
    });
    server.editByHand("mailboxes", mailboxId, { orgmarkedasprimaryforexchangesync: false });
    expect(await world.readBinding(bound)).toMatchObject({ primaryForExchangeSync: false });
  });

  test("a password that a profile has lost shows in a refresh", async () => {
    const { server, world } = await start();
    const profile = await world.profile(exchange);
    expect(await world.readProfile(profile)).toEqual(profile.outputs);
    server.editByHand("emailserverprofiles", profile.id, { incomingpassword: null });
    const { password: _lost, ...credentials } = exchange.incoming.credentials;
    const read = await world.readProfile(profile);
    expect((read?.incoming as { credentials: unknown }).credentials).toEqual(credentials);
  });

  test("a mailbox is tested although somebody begins another test as soon as one is over", async () => {
    const { server, world, mailbox, mailboxId } = await start({ waitMinutes: 4 });
    const profile = await world.profile(exchange);
    const begin = () => {
      server.editByHand("mailboxes", mailboxId, { testemailconfigurationscheduled: true });
      server.tests.schedule(mailboxId);
    };
    begin();
    let again = 0;
    server.faults.add({
      at({ method, path }) {
        const isIdle = mailbox().testemailconfigurationscheduled !== true;
        if (method === "GET" && path.startsWith("mailboxes(") && isIdle && again === 0) {
          again += 1;
          begin();
        }
        return false;
      },
      does: "drop-before",
    });
    const bound = await world.binding(profile, ann);
    expect({ again, failures: bound.failures }).toEqual({ again: 1, failures: [] });
    const last = server.requests.writes.at(-1);
    expect(last?.body).toBe('{"testemailconfigurationscheduled":true}');
  });

  test("what somebody has changed in a profile stays when the declaration leaves it alone from now on", async () => {
    const { server, world } = await start();
    const profile = await world.profile({ ...exchange, maxConcurrentConnections: 5, minPollingIntervalMinutes: 7 });
    server.editByHand("emailserverprofiles", profile.id, { maxconcurrentconnections: 20 });
    await world.profile(exchange, profile);
    expect(server.record("emailserverprofiles", profile.id).columns).toMatchObject({
      maxconcurrentconnections: 20,
      minpollingintervalinminutes: null,
    });
  });
});
