import type { DynamicsServer } from "../../servers/dynamics/dynamicsServer";
import type { FaultKind } from "../../servers/dynamics/faults";
import { methodsXml } from "../../servers/dynamics/regarding";
import { BackendWorld, type Kept } from "./backendWorld";
import { token, type Callers } from "./caller";

export const secrets = [token, "Prof1le-Secret", "Mailb0x-Secret"];

/** What the engine keeps: nothing where an operation threw before it had begun. */
export interface State {
  profile?: Kept | undefined;
  settings?: Kept | undefined;
  binding?: Kept | undefined;
}

/** The declarations before and after an update. */
export type Version = "first" | "second";
const profiles = {
  first: {
    name: "Exchange",
    emailSystem: "exchange-server-2019",
    incoming: {
      serverLocation: "https://mail.contoso.com/EWS/Exchange.asmx",
      credentials: { source: "user-or-queue" },
    },
  },
  second: {
    name: "Exchange",
    description: "Moved",
    emailSystem: "exchange-server-2019",
    incoming: {
      serverLocation: "https://mail2.contoso.com/EWS/Exchange.asmx",
      credentials: { source: "email-server-profile", username: "crm@contoso.com", password: "Prof1le-Secret" },
    },
  },
} as const;
const bindings = {
  first: { credentials: { type: "password", password: "Mailb0x-Secret" }, approval: "approve" },
  second: { outgoingEmail: "none", approval: "approve", processEmailsReceivedAfter: "2026-02-01" },
} as const;

/** An organization with a profile, its email settings and one mailbox, and everything that an engine does with them. */
export class Life {
  private constructor(
    readonly server: DynamicsServer,
    readonly world: BackendWorld,
    private readonly before: ColumnOf[][],
  ) {}

  static async begin(callers: Callers): Promise<Life> {
    const server = await callers.start({ secondsPerMinute: 0.005 });
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
      internalemailaddress: "ann@contoso.com",
      emailrouteraccessapproval: 0,
      mailbox: { emailserverprofile: { table: "emailserverprofile", id: earlier } },
    });
    const credentials = { auth: "access-token", accessToken: token } as const;
    const pace = { requestMs: 800, backoffMs: 1 };
    const world = new BackendWorld(server, credentials, callers.authority.certificate, "on-premises", pace);
    return new Life(server, world, configured(server));
  }

  /** An up: what fails keeps what it had, or what came with the failure; what depends on it is not begun. */
  async up(state: State, version: Version): Promise<{ state: State; failures: string[] }> {
    this.world.operation();
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
    const profile = await step(() => this.world.profile(profiles[version], state.profile), state.profile);
    if (profile === undefined || failures.length > 0) return { state: { ...state, profile }, failures };
    const wanted = {
      defaultProfile: profile.id,
      defaultIncomingEmail: version === "first" ? "server-side-sync" : "none",
    } as const;
    const settings = await step(() => this.world.settings(wanted, state.settings), state.settings);
    const declared = { emailAddress: "ann@contoso.com", test: { timeoutSeconds: 5 }, ...bindings[version] };
    const retest = state.binding !== undefined;
    const binding = await step(() => this.world.binding(profile, declared, state.binding, retest), state.binding);
    return { state: { profile, settings, binding }, failures };
  }

  /** A destroy: what fails stays in the state, and so does what it depends on. */
  async destroy(state: State): Promise<{ state: State; failures: string[] }> {
    this.world.operation();
    const left = { ...state };
    const failures: string[] = [];
    const step = async (name: keyof State, work: (kept: Kept) => Promise<void>) => {
      const kept = left[name];
      if (kept === undefined) return;
      try {
        await work(kept);
        left[name] = undefined;
      } catch (error) {
        failures.push((error as Error).message);
      }
    };
    await step("binding", this.world.release);
    await step("settings", this.world.giveSettingsBack);
    if (failures.length === 0) await step("profile", this.world.deleteProfile);
    return { state: left, failures };
  }

  /** From its request with this number on, counted from now, the organization does this and then only that. */
  breakAt(request: number, first: FaultKind, then: FaultKind): void {
    const from = this.server.requests.all.length + request;
    this.server.faults.add({ at: ({ number }) => number === from, does: first });
    this.server.faults.add({ at: ({ number }) => number > from, does: then });
  }

  /** Ends the faults; false where none has happened. */
  mend(): boolean {
    const { happened } = this.server.faults;
    this.server.faults.clear();
    return happened > 0;
  }

  get profileNames(): unknown[] {
    return Object.values(this.server.snapshot().emailserverprofile)
      .map(({ columns }) => columns.name)
      .sort();
  }

  /** Every readable column of the mailbox and of the organization that an update writes, as it is and as it was found. */
  columns(except?: string): { now: unknown; found: unknown } {
    const isAsked = ([name]: ColumnOf) => name !== except;
    const of = (records: ColumnOf[][]) => records.map((record) => record.filter(isAsked));
    return { now: of(configured(this.server)), found: of(this.before) };
  }

  get mailbox(): Readonly<Record<string, unknown>> {
    return Object.values(this.server.snapshot().mailbox)[0]?.columns ?? {};
  }
}

const mailboxColumns = [
  "_emailserverprofile_value",
  "incomingemaildeliverymethod",
  "outgoingemaildeliverymethod",
  "actdeliverymethod",
  "username",
  "allowemailconnectortousecredentials",
  "processemailreceivedafter",
  "ispasswordset",
  "emailrouteraccessapproval",
];
const organizationColumns = ["_defaultemailserverprofileid_value", "defaultemailsettings"];

type ColumnOf = [name: string, value: unknown];

function configured(server: DynamicsServer): ColumnOf[][] {
  const pick = (columns: Readonly<Record<string, unknown>>, names: readonly string[]) =>
    names.map((name): ColumnOf => [name, columns[name] ?? null]);
  return [
    ...Object.values(server.snapshot().mailbox).map(({ columns }) => pick(columns, mailboxColumns)),
    pick(server.record("organizations", server.organizationId).columns, organizationColumns),
  ];
}
