import type { DynamicsServerOptions } from "../../servers/dynamics/dynamicsServer";
import type { TestScript } from "../../servers/dynamics/tester";
import { BackendWorld, exchange } from "./backendWorld";
import { token, callersOfTests } from "./caller";

const address = "ann@contoso.com";
const ann = { emailAddress: address, test: { timeoutSeconds: 20 } };
const scheduling = '{"testemailconfigurationscheduled":true}';

describe("a mailbox of an organization", () => {
  const callers = callersOfTests();

  async function start(options: Partial<DynamicsServerOptions> = {}) {
    const server = await callers.start({ secondsPerMinute: 0.005, ...options });
    const { mailboxId } = server.seed.addUser({
      fullname: "Ann",
      domainname: "CONTOSO\\ann",
      internalemailaddress: address,
    });
    const credentials = { auth: "access-token", accessToken: token } as const;
    const world = new BackendWorld(server, credentials, callers.authority.certificate);
    return { server, world, mailboxId, mailbox: () => server.record("mailboxes", mailboxId).columns };
  }

  test("that is being tested already is waited for, and then configured", async () => {
    const { server, world, mailboxId } = await start({ secondsPerMinute: 1 });
    const profile = await world.profile(exchange);
    const second = await world.profile(
      { ...exchange, name: "Second" },
      { ...profile, id: profile.id.replace(/.$/, "0") },
    );
    const elsewhere = await world.binding(second, ann);
    expect(elsewhere.failures).toEqual([]);
    await callers.ask(server, "PATCH", `mailboxes(${mailboxId})`, { testemailconfigurationscheduled: true });
    server.requests.clear();
    world.operation();
    const bound = await world.binding(profile, ann, elsewhere, true);
    expect(bound.failures).toEqual([]);
    // No write was tried before the other test had ended.
    expect(server.requests.writes.map(({ status }) => status)).toEqual([204, 204]);
  });

  test("whose test somebody begins in between is saved once that is over", async () => {
    const { server, world, mailboxId, mailbox } = await start({ secondsPerMinute: 0.5 });
    const profile = await world.profile(exchange);
    server.requests.clear();
    const seen = { write: false, look: false };
    server.faults.add({
      at: ({ method, path }) => {
        const isWrite = method === "PATCH" && path.startsWith("mailboxes");
        if (isWrite && !seen.write)
          server.editByHand("mailboxes", mailboxId, { testemailconfigurationscheduled: true });
        if (path === "$batch" && !seen.look)
          server.editByHand("mailboxes", mailboxId, { testemailconfigurationscheduled: false });
        seen.write ||= isWrite;
        seen.look ||= path === "$batch";
        return false;
      },
      does: "malformed",
    });
    const bound = await world.binding(profile, ann);
    expect(bound.failures).toEqual([]);
    expect(server.requests.writes[0]?.status).toBe(400);
    expect(mailbox()).toMatchObject({ _emailserverprofile_value: profile.id, incomingemailstatus: 1 });
  });

  test("that is a forward mailbox is adopted by its name, and tested for incoming email alone", async () => {
    const { server, world } = await start();
    const id = server.seed.addForwardMailbox({ name: "Forward", emailaddress: "forward@contoso.com" });
    const profile = await world.profile(exchange);
    const bound = await world.binding(profile, {
      emailAddress: "forward@contoso.com",
      regarding: { forwardMailbox: "Forward" },
      test: { timeoutSeconds: 20 },
    });
    expect(bound).toMatchObject({
      failures: [],
      outputs: { mailboxId: id, incomingEmailStatus: "Success", outgoingEmailStatus: "Not Run" },
    });
    expect(server.record("mailboxes", id).columns).toMatchObject({ _emailserverprofile_value: profile.id });
    world.operation();
    await world.release(bound);
    expect(server.record("mailboxes", id).columns).toMatchObject({ _emailserverprofile_value: null });
  });

  test("whose user has no licence fails with that cause", async () => {
    const text = "The mailbox {mailbox} was not tested: no valid Exchange license, or not in Read-Write mode. 8005E276";
    const script: TestScript = { [address]: { outcome: { ok: false, permanent: true, text, code: "8005E276" } } };
    const { world } = await start({ script });
    const { failures } = await world.binding(await world.profile(exchange), ann);
    expect(failures[0]).toMatch(/^dynamics-license-or-access-mode: incoming email: .*Assign the licence/s);
  });

  test("that Dynamics has disabled after a later 401 shows as failed, and the next update enables it by a test", async () => {
    const { server, world, mailboxId, mailbox } = await start();
    const profile = await world.profile(exchange);
    const bound = await world.binding(profile, ann);
    server.editByHand("mailboxes", mailboxId, { enabledforincomingemail: false });
    const read = await world.readBinding(bound);
    expect(read).toMatchObject({ incomingEmailStatus: "Failure", enabledForIncomingEmail: false });
    expect(read?.results).toContainEqual(expect.objectContaining({ code: "mailbox-disabled-by-dynamics" }));
    world.operation();
    server.requests.clear();
    const again = await world.binding(profile, ann, { ...bound, outputs: read ?? {} }, true);
    expect(again.failures).toEqual([]);
    expect(mailbox().enabledforincomingemail).toBe(true);
    expect(server.requests.writes.map(({ body }) => body)).toEqual([scheduling]);
  });

  test("whose mail servers a preflight finds unreachable is left untouched", async () => {
    const { server, world, mailbox } = await start();
    const before = mailbox();
    const closed = { serverLocation: "https://127.0.0.1:1/EWS/Exchange.asmx" };
    const profile = await world.profile({
      ...exchange,
      incoming: { ...closed, credentials: { source: "user-or-queue" } },
    });
    server.requests.clear();
    const { failures } = await world.binding(profile, {
      ...ann,
      credentials: { type: "password", password: "Mailb0x-Secret" },
      test: { timeoutSeconds: 20, preflight: true },
    });
    expect(failures[0]).toMatch(/^connection-refused: incoming email: /);
    expect(server.requests.writes).toEqual([]);
    expect(mailbox()).toEqual(before);
  });

  test('whose test fails gets its old profile and methods back with onFailure: "restore"', async () => {
    const script: TestScript = {};
    const { server, world, mailbox } = await start({ script });
    const first = await world.profile(exchange);
    const bound = await world.binding(first, ann);
    const before = mailbox();
    const second = await world.profile({ ...exchange, name: "Second" }, { ...first, id: first.id.replace(/.$/, "1") });
    script[address] = "unauthorized";
    world.operation();
    const restoring = { ...ann, outgoingEmail: "none", test: { timeoutSeconds: 20, onFailure: "restore" } } as const;
    const failed = await world.binding(second, restoring, bound, true);
    expect(failed.failures).not.toEqual([]);
    expect(mailbox()._emailserverprofile_value).toBe(before._emailserverprofile_value);
    expect(mailbox().outgoingemaildeliverymethod).toBe(before.outgoingemaildeliverymethod);
    world.operation();
    await world.release(failed);
    expect(server.record("mailboxes", String(bound.outputs.mailboxId)).columns).toMatchObject({
      _emailserverprofile_value: null,
    });
  });

  test.each([
    ["detach", { _emailserverprofile_value: null, incomingemaildeliverymethod: 0, outgoingemaildeliverymethod: 0 }],
    ["retain", { incomingemaildeliverymethod: 2 }],
  ] as const)('is let go with onDelete: "%s" as that says', async (onDelete, expected) => {
    const { server, world, mailboxId, mailbox } = await start();
    server.editByHand("mailboxes", mailboxId, { incomingemaildeliverymethod: 1 });
    const bound = await world.binding(await world.profile(exchange), { ...ann, onDelete });
    world.operation();
    await world.release(bound);
    expect(mailbox()).toMatchObject(expected);
  });
});
