import { methodsXml } from "../../servers/dynamics/regarding";
import type { DynamicsServerOptions } from "../../servers/dynamics/dynamicsServer";
import { BackendWorld, exchange } from "./backendWorld";
import { caller, callersOfTests } from "./caller";

const password = "P1peline-Secret";
const address = "ann@contoso.com";
const ann = { emailAddress: address, test: { timeoutSeconds: 20 } };
/** Ends at once, in the order of the real one. */
const fast = { secondsPerMinute: 0.005 };

describe("the dynamics365 back end", () => {
  const callers = callersOfTests();

  async function start(options: Partial<DynamicsServerOptions> = {}, user: object = {}) {
    const server = await callers.start({ ...fast, windowsUsers: { [caller]: password }, ...options });
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
      ...user,
    });
    const world = new BackendWorld(
      server,
      { auth: "windows", username: caller, password },
      callers.authority.certificate,
    );
    return { server, world, mailboxId, userId, earlier, mailbox: () => server.record("mailboxes", mailboxId).columns };
  }

  test("a mailbox is taken over, tested, enabled, and given back as it was found", async () => {
    const { server, world, mailbox } = await start();
    const before = mailbox();
    const profile = await world.profile(exchange);
    expect(profile.failures).toEqual([]);
    const bound = await world.binding(profile, ann);
    expect(bound.failures).toEqual([]);
    expect(bound.outputs).toMatchObject({
      incomingEmailStatus: "Success",
      outgoingEmailStatus: "Success",
      appointmentsContactsTasksStatus: "Not Run",
      enabledForIncomingEmail: true,
      emailAddressApproved: true,
    });
    expect(mailbox()).toMatchObject({
      _emailserverprofile_value: profile.id,
      incomingemaildeliverymethod: 2,
      actdeliverymethod: 2,
    });

    world.operation();
    server.requests.clear();
    const again = await world.binding(profile, ann, bound);
    await world.profile(exchange, profile);
    expect(again.outputs.incomingEmailStatus).toBe("Success");
    expect(server.requests.writes).toEqual([]);

    world.operation();
    await world.release(again);
    await world.deleteProfile(profile);
    expect(written(mailbox())).toEqual(written(before));
    expect(Object.keys(server.snapshot().emailserverprofile)).toHaveLength(1);
  });

  test("only what differs is written, and a column that somebody changed meanwhile keeps the hand's value", async () => {
    const { server, world, mailbox, mailboxId } = await start(
      {},
      { mailbox: { processemailreceivedafter: "2026-01-01" } },
    );
    const profile = await world.profile(exchange);
    const bound = await world.binding(profile, { ...ann, processEmailsReceivedAfter: "2026-02-01" });
    server.requests.clear();
    const changed = await world.binding(
      profile,
      { ...ann, processEmailsReceivedAfter: "2026-02-01", outgoingEmail: "none" },
      bound,
      true,
    );
    expect(changed.failures).toEqual([]);
    expect(server.requests.writes.map(({ body }) => body)).toEqual([
      '{"outgoingemaildeliverymethod":0}',
      '{"testemailconfigurationscheduled":true}',
    ]);
    server.editByHand("mailboxes", mailboxId, { processemailreceivedafter: "2026-03-01" });
    world.operation();
    await world.release(changed);
    expect(mailbox()).toMatchObject({
      processemailreceivedafter: "2026-03-01",
      incomingemaildeliverymethod: 0,
      outgoingemaildeliverymethod: 0,
    });
  });

  test("a mailbox that had no profile has none again after it was moved from one to another", async () => {
    const { world, mailbox } = await start({}, { mailbox: { emailserverprofile: null } });
    const first = await world.profile(exchange);
    const bound = await world.binding(first, ann);
    const second = await world.profile(
      {
        ...exchange,
        name: "Second",
        incoming: { ...exchange.incoming, serverLocation: "https://b.contoso.com/EWS/Exchange.asmx" },
      },
      { id: "5a1b0f3e-5d0a-5f0e-9a53-7f2b6a1f4c9e", outputs: { credentialsRevision: 1 }, failures: [] },
    );
    const moved = await world.binding(second, ann, bound, true);
    expect(mailbox()._emailserverprofile_value).toBe(second.id);
    world.operation();
    await world.release(moved);
    expect(mailbox()._emailserverprofile_value).toBeNull();
  });

  test("a profile is adopted by name; two of that name are an error that lists both", async () => {
    const { server, world, earlier } = await start();
    const { name: _name, ...declared } = exchange;
    const adopted = await world.profile({
      ...declared,
      name: "Earlier",
      adopt: { name: "Earlier" },
      onDelete: "retain",
    });
    expect(adopted.id).toBe(earlier);
    expect(server.record("emailserverprofiles", earlier).columns.incomingserverlocation).toBe(
      exchange.incoming.serverLocation,
    );
    const second = server.seed.addProfile({
      name: "Earlier",
      servertype: 0,
      incomingserverlocation: "https://b.contoso.com/EWS/Exchange.asmx",
    });
    await expect(world.profile({ ...declared, name: "Earlier", adopt: { name: "Earlier" } })).rejects.toMatchObject({
      code: "record-ambiguous",
      message: expect.stringMatching(new RegExp(`${earlier}.*${second}|${second}.*${earlier}`, "i")) as string,
    });
    await expect(world.profile({ ...declared, adopt: { name: "Nobody's" } })).rejects.toMatchObject({
      code: "record-not-found",
    });
  });

  test("an option that the organization lacks is an error before anything is written", async () => {
    const { server, world } = await start();
    const imap = {
      emailSystem: "other",
      serverType: "imap-smtp",
      incoming: { serverLocation: "imap.contoso.com" },
      outgoing: { serverLocation: "smtp.contoso.com" },
    } as const;
    await expect(world.profile(imap)).rejects.toMatchObject({
      code: "option-not-in-organization",
      message: expect.stringContaining("servertype") as string,
    });
    expect(server.requests.writes).toEqual([]);
  });

  test("a stored password is replaced only where that is declared, and taken away only where there was none", async () => {
    const { server, world, mailboxId } = await start({}, { mailbox: { password: "Stored", username: "ann" } });
    const own = {
      ...exchange,
      incoming: { ...exchange.incoming, credentials: { source: "user-or-queue" }, useImpersonation: false },
    } as const;
    const profile = await world.profile(own);
    const stored = () => server.record("mailboxes", mailboxId).secrets.password;
    const credentials = { type: "password", password: "Decl4red-Secret" } as const;
    const kept = await world.binding(profile, { ...ann, credentials });
    expect(stored()?.value).toBe("Stored");
    expect(kept.outputs.results).toContainEqual(expect.objectContaining({ code: "stored-password-kept" }));
    const replaced = await world.binding(profile, { ...ann, credentials, replaceStoredPassword: true }, kept, true);
    expect(stored()?.value).toBe("Decl4red-Secret");
    const writes = stored()?.writes;
    world.operation();
    const again = await world.binding(profile, { ...ann, credentials, replaceStoredPassword: true }, replaced);
    expect(stored()?.writes).toBe(writes);
    world.operation();
    await world.release(again);
    expect(stored()?.value).toBe("Decl4red-Secret");
    expect(JSON.stringify(again.outputs.found)).not.toContain("Secret");
  });

  test("a password that was not there before is taken away again", async () => {
    const { server, world, mailboxId } = await start();
    const own = {
      ...exchange,
      incoming: { ...exchange.incoming, credentials: { source: "user-or-queue" }, useImpersonation: false },
    } as const;
    const profile = await world.profile(own);
    const bound = await world.binding(profile, {
      ...ann,
      credentials: { type: "password", password: "Decl4red-Secret" },
    });
    expect(bound.failures).toEqual([]);
    expect(server.record("mailboxes", mailboxId).columns.ispasswordset).toBe(true);
    world.operation();
    await world.release(bound);
    expect(server.record("mailboxes", mailboxId).columns).toMatchObject({ ispasswordset: false, username: null });
  });

  test("an approval that is demanded and missing fails early; asked for, it is made and given back", async () => {
    const { server, world, mailbox, userId } = await start({}, { emailrouteraccessapproval: 0 });
    const profile = await world.profile(exchange);
    const before = server.requests.writes.length;
    await expect(world.binding(profile, { ...ann, approval: "require" })).rejects.toMatchObject({
      code: "approval-missing",
    });
    expect(server.requests.writes).toHaveLength(before);
    world.operation();
    const bound = await world.binding(profile, { ...ann, approval: "approve" });
    expect(bound).toMatchObject({ failures: [], outputs: { emailAddressApproved: true } });
    expect(mailbox().emailrouteraccessapproval).toBe(1);
    world.operation();
    await world.release(bound);
    expect(server.record("systemusers", userId).columns.emailrouteraccessapproval).toBe(0);
  });

  test("an approval that the organization takes without effect is said", async () => {
    const { world } = await start({ approval: "silent" }, { emailrouteraccessapproval: 0 });
    const profile = await world.profile(exchange);
    const { failures } = await world.binding(profile, { ...ann, approval: "approve" });
    expect(failures).toEqual([expect.stringMatching(/^approval-not-effective: .*System Administrator/)]);
  });

  test("nothing is approved, claimed as primary or enabled unless declared", async () => {
    const { server, world, mailbox } = await start({}, { emailrouteraccessapproval: 0 });
    server.configure({ requireapprovalforuseremail: false });
    const profile = await world.profile(exchange);
    await world.binding(profile, { ...ann, outgoingEmail: "none" });
    expect(mailbox()).toMatchObject({ emailrouteraccessapproval: 0, orgmarkedasprimaryforexchangesync: false });
    const asked = server.requests.writes.map(({ body }) => JSON.stringify(body)).join("");
    for (const name of ["approval", "primary", "enabledfor", "statecode"]) expect(asked).not.toContain(name);
  });

  test("a disabled user's mailbox is skipped and reported, or fails, as declared", async () => {
    const { server, world } = await start({}, { isdisabled: true });
    const profile = await world.profile(exchange);
    server.requests.clear();
    const skipped = await world.binding(profile, ann);
    expect(skipped).toMatchObject({ failures: [], outputs: { incomingEmailStatus: "Not Run" } });
    expect(skipped.outputs.results).toContainEqual(
      expect.objectContaining({ code: "user-disabled", status: "Not Run" }),
    );
    await expect(world.binding(profile, { ...ann, whenUserDisabled: "fail" })).rejects.toMatchObject({
      code: "user-disabled",
    });
    expect(server.requests.writes).toEqual([]);
  });

  test("a failed test says what Dynamics' alerts say, and what to do; the next update tests again", async () => {
    const script: Record<string, "unauthorized" | "success"> = { [address]: "unauthorized" };
    const { world } = await start({ script });
    const profile = await world.profile(exchange);
    const failed = await world.binding(profile, ann);
    expect(failed.failures[0]).toMatch(/^dynamics-exchange-unauthorized: incoming email: .*Dynamics says: ".*licence/s);
    expect(failed.outputs.incomingEmailStatus).toBe("Failure");
    script[address] = "success";
    world.operation();
    expect(await world.binding(profile, ann, failed)).toMatchObject({
      failures: [],
      outputs: { incomingEmailStatus: "Success" },
    });
  });

  test("a test that does not end fails as pending, and the next update waits for it", async () => {
    const script: Record<string, "never-ends" | "success"> = { [address]: "never-ends" };
    const { world } = await start({ script });
    const profile = await world.profile(exchange);
    const start_ = performance.now();
    const failed = await world.binding(profile, { ...ann, test: { timeoutSeconds: 5 } });
    expect(performance.now() - start_).toBeLessThan(6000);
    expect(failed.failures[0]).toMatch(/^dynamics-test-pending: incoming email: .*5 s/);
  });

  test("the statuses and methods that somebody changed show as drift", async () => {
    const { server, world, mailboxId } = await start();
    const profile = await world.profile(exchange);
    const bound = await world.binding(profile, ann);
    expect(await world.readBinding(bound)).toEqual(bound.outputs);
    server.editByHand("mailboxes", mailboxId, { incomingemaildeliverymethod: 0, enabledforoutgoingemail: false });
    expect(await world.readBinding(bound)).toMatchObject({
      incomingEmail: "none",
      outgoingEmail: "server-side-sync",
      outgoingEmailStatus: "Failure",
      enabledForOutgoingEmail: false,
    });
    server.editByHand("emailserverprofiles", profile.id, {
      incomingserverlocation: "https://other.contoso.com/EWS/Exchange.asmx",
    });
    expect(await world.readProfile(profile)).toMatchObject({
      incoming: { serverLocation: "https://other.contoso.com/EWS/Exchange.asmx" },
    });
  });

  test("a profile that others use, or the organization by default, is not deleted; deactivated it stays", async () => {
    const { server, world } = await start();
    const profile = await world.profile(exchange);
    const { mailboxId } = server.seed.addUser({
      fullname: "Bob",
      domainname: "CONTOSO\\bob",
      internalemailaddress: "bob@contoso.com",
      mailbox: { emailserverprofile: { table: "emailserverprofile", id: profile.id } },
    });
    await expect(world.deleteProfile(profile)).rejects.toMatchObject({
      code: "email-server-profile-in-use",
      message: expect.stringContaining("bob@contoso.com") as string,
    });
    server.editByHand("mailboxes", mailboxId, { emailserverprofile: null });
    server.configure({ defaultemailserverprofileid: profile.id });
    await expect(world.deleteProfile(profile)).rejects.toMatchObject({ code: "email-server-profile-is-default" });
    server.configure({ defaultemailserverprofileid: null });
    await world.deleteProfile({ ...profile, outputs: { ...profile.outputs, onDelete: "deactivate" } });
    expect(server.record("emailserverprofiles", profile.id).columns.statecode).toBe(1);
    world.operation();
    await world.profile(exchange);
    expect(server.record("emailserverprofiles", profile.id).columns.statecode).toBe(0);
    await world.deleteProfile(profile);
    await world.deleteProfile(profile);
    expect(server.snapshot().emailserverprofile[profile.id]).toBeUndefined();
  });

  test("a binding under another name takes the mailbox over, and its predecessor leaves it alone", async () => {
    const { world, mailbox, earlier } = await start();
    const profile = await world.profile(exchange);
    const bound = await world.binding(profile, ann);
    world.operation();
    const renamed = await world.binding(profile, ann);
    await world.release(bound);
    expect(mailbox()).toMatchObject({ _emailserverprofile_value: profile.id, incomingemaildeliverymethod: 2 });
    expect(renamed.outputs.results).toContainEqual(expect.objectContaining({ code: "found-values-unknown" }));
    world.operation();
    await world.release(renamed);
    expect(mailbox()).toMatchObject({ _emailserverprofile_value: earlier, incomingemaildeliverymethod: 0 });
  });

  test("the organization's settings are made and given back one by one", async () => {
    const { server, world, earlier } = await start();
    const organization = () => server.record("organizations", server.organizationId).columns;
    const before = organization();
    const profile = await world.profile(exchange);
    const settings = await world.settings({
      defaultProfile: profile.id,
      defaultIncomingEmail: "server-side-sync",
      processEmailOnlyForApprovedUsers: false,
    });
    expect(organization()).toMatchObject({
      _defaultemailserverprofileid_value: profile.id,
      requireapprovalforuseremail: false,
    });
    expect(String(organization().defaultemailsettings)).toContain("<IncomingEmailDeliveryMethod>2<");
    server.configure({ requireapprovalforuseremail: true });
    await world.giveSettingsBack(settings);
    expect(organization()).toMatchObject({
      _defaultemailserverprofileid_value: earlier,
      defaultemailsettings: before.defaultemailsettings,
      requireapprovalforuseremail: true,
    });
  });

  test.each([
    ["its user by name", { user: "CONTOSO\\ann" }],
    ["its user by address", { user: address }],
    ["nothing but the address", undefined],
  ])("a mailbox is found by %s", async (_what, regarding) => {
    const { world, mailboxId } = await start();
    const profile = await world.profile(exchange);
    const declared = regarding === undefined ? ann : { ...ann, regarding };
    expect((await world.binding(profile, declared)).outputs.mailboxId).toBe(mailboxId);
  });

  test("two mailboxes of one address are an error that lists both, and a queue is found by its name", async () => {
    const { server, world } = await start();
    const queue = server.seed.addQueue({ name: "Support", emailaddress: address, emailrouteraccessapproval: 1 });
    const profile = await world.profile(exchange);
    await expect(world.binding(profile, ann)).rejects.toMatchObject({ code: "record-ambiguous" });
    const bound = await world.binding(profile, { ...ann, regarding: { queue: "Support" } });
    expect(bound.outputs.mailboxId).toBe(queue.mailboxId);
    await expect(world.binding(profile, { ...ann, regarding: { user: "CONTOSO\\nobody" } })).rejects.toMatchObject({
      code: "record-not-found",
    });
  });
});

/** Columns that a binding writes. */
function written(columns: Record<string, unknown>): unknown {
  const names = [
    "_emailserverprofile_value",
    "incomingemaildeliverymethod",
    "outgoingemaildeliverymethod",
    "actdeliverymethod",
    "username",
    "allowemailconnectortousecredentials",
    "processemailreceivedafter",
    "processanddeleteemails",
    "orgmarkedasprimaryforexchangesync",
  ];
  return names.map((name) => [name, columns[name]]);
}
