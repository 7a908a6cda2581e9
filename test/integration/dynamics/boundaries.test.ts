import type { DynamicsServer } from "../../servers/dynamics/dynamicsServer";
import { methodsXml } from "../../servers/dynamics/regarding";
import { BackendWorld, type Kept } from "./backendWorld";
import { caller, Callers } from "./caller";

const password = "P1peline-Secret";
const address = "ann@contoso.com";
const declaredProfile = {
  name: "Exchange",
  emailSystem: "exchange-server-2019",
  incoming: {
    serverLocation: "https://mail.contoso.com/EWS/Exchange.asmx",
    credentials: { source: "email-server-profile", username: "crm@contoso.com", password: "Prof1le-Secret" },
    useImpersonation: true,
  },
} as const;
const declaredBinding = { emailAddress: address, test: { timeoutSeconds: 6 } };
const secrets = [password, "Prof1le-Secret"];
/** More than any of the operations sends. */
const most = 16;

/** What an operation left in the state: nothing where it threw before it had begun. */
interface State {
  profile?: Kept | undefined;
  binding?: Kept | undefined;
}

describe("every request of the life of a profile and a mailbox", () => {
  let callers: Callers;
  beforeAll(async () => {
    callers = await Callers.create();
  });
  afterEach(() => callers.stopServers());
  afterAll(() => {
    callers.close();
  });

  async function start(): Promise<{ server: DynamicsServer; world: BackendWorld; before: unknown }> {
    const server = await callers.start({ secondsPerMinute: 0.005, windowsUsers: { [caller]: password } });
    const earlier = server.seed.addProfile({
      name: "Earlier",
      servertype: 0,
      incomingserverlocation: "https://old.contoso.com/EWS/Exchange.asmx",
      outgoingserverlocation: "https://old.contoso.com/EWS/Exchange.asmx",
    });
    server.configure({ defaultemailserverprofileid: earlier, defaultemailsettings: methodsXml(0, 0, 2) });
    server.seed.addUser({
      fullname: "Ann",
      domainname: "CONTOSO\\ann",
      internalemailaddress: address,
      emailrouteraccessapproval: 0,
      mailbox: { emailserverprofile: { table: "emailserverprofile", id: earlier } },
    });
    const credentials = { auth: "windows", username: caller, password } as const;
    const world = new BackendWorld(server, credentials, callers.authority.certificate);
    return { server, world, before: written(server) };
  }

  /** An up as the engine does it: what fails keeps what it had, or what came with the failure. */
  async function up(world: BackendWorld, state: State): Promise<{ state: State; failures: string[] }> {
    world.operation();
    const failures: string[] = [];
    const step = async (work: () => Promise<Kept>, old: Kept | undefined): Promise<Kept | undefined> => {
      try {
        const kept = await work();
        failures.push(...kept.failures);
        return kept;
      } catch (error) {
        failures.push((error as Error).message);
        return old;
      }
    };
    const profile = await step(() => world.profile(declaredProfile, state.profile), state.profile);
    if (profile === undefined || profile.failures.length > 0) return { state: { ...state, profile }, failures };
    const declared = { ...declaredBinding, approval: "approve" } as const;
    const binding = await step(() => world.binding(profile, declared, state.binding), state.binding);
    return { state: { profile, binding }, failures };
  }

  async function destroy(world: BackendWorld, state: State): Promise<State> {
    world.operation();
    const left: State = { ...state };
    if (left.binding !== undefined) await world.release(left.binding);
    left.binding = undefined;
    if (left.profile !== undefined) await world.deleteProfile(left.profile);
    return {};
  }

  const faults = [
    { status: 401 },
    { status: 403, body: '{"error":{"code":"0x80040220","message":"Principal lacks prvWriteMailbox"}}' },
    { status: 404 },
    { status: 412 },
    { status: 429, headers: { "retry-after": "3600" } },
    { status: 500 },
    { status: 503 },
    "drop-before",
    "drop-after",
    "malformed",
    "truncated",
  ] as const;

  describe.each(faults.map((fault) => [typeof fault === "string" ? fault : String(fault.status), fault] as const))(
    "answered by %s",
    (_name, fault) => {
      test("is told clearly, and the next up converges: one profile, one mailbox, all given back in the end", async () => {
        for (let request = 1; request <= most; request += 1) {
          const { server, world, before } = await start();
          const first = server.requests.all.length;
          // Every repetition meets it, too, until the operation is over.
          server.faults.add({ at: ({ number }) => number >= first + request, does: fault, times: 30 });
          const broken = await up(world, {});
          const happened = server.faults.happened > 0;
          server.faults.clear();
          if (!happened) {
            expect(broken.failures).toEqual([]);
            break;
          }
          expect(broken.failures.length).toBeGreaterThan(0);
          for (const line of broken.failures) {
            expect(line).toMatch(/^[a-z0-9-]+: .{20,}/s);
            for (const secret of secrets) expect(line).not.toContain(secret);
          }
          const mended = await up(world, broken.state);
          expect({ request, failures: mended.failures }).toEqual({ request, failures: [] });
          expect(mended.state.binding?.outputs).toMatchObject({
            incomingEmailStatus: "Success",
            emailAddressApproved: true,
          });
          const names = Object.values(server.snapshot().emailserverprofile).map(({ columns }) => columns.name);
          expect(names.sort()).toEqual(["Earlier", "Exchange"]);
          await destroy(world, mended.state);
          expect({ request, columns: written(server) }).toEqual({ request, columns: before });
          await callers.stopServers();
        }
      }, 120_000);
    },
  );

  test("a kill at any request of a create is known again by the profile, and reported", async () => {
    let reported = 0;
    for (let request = 1; request <= most; request += 1) {
      const { server, world } = await start();
      const first = server.requests.all.length;
      server.faults.add({ at: ({ number }) => number >= first + request, does: "drop-before", times: 30 });
      const broken = await up(world, {});
      const happened = server.faults.happened > 0;
      server.faults.clear();
      if (!happened) break;
      expect(broken.failures.length).toBeGreaterThan(0);
      // Killed, the process has stored nothing.
      const mended = await up(world, {});
      expect({ request, failures: mended.failures }).toEqual({ request, failures: [] });
      const notes = JSON.stringify(mended.state.binding?.outputs.results);
      if (notes.includes("found-values-unknown")) reported += 1;
      await destroy(world, mended.state);
      expect(Object.values(server.snapshot().mailbox)[0]?.columns).toMatchObject({
        incomingemaildeliverymethod: 0,
        outgoingemaildeliverymethod: 0,
      });
      await callers.stopServers();
    }
    expect(reported).toBeGreaterThan(0);
  }, 120_000);
});

const names = [
  "_emailserverprofile_value",
  "incomingemaildeliverymethod",
  "outgoingemaildeliverymethod",
  "actdeliverymethod",
  "ispasswordset",
  "emailrouteraccessapproval",
];

function written(server: DynamicsServer): unknown {
  return Object.values(server.snapshot().mailbox).map(({ columns }) => names.map((name) => [name, columns[name]]));
}
