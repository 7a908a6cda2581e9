import { applySettings, giveSettingsBack } from "../../../provider/src/backends/dynamics365/organizationSettings";
import { bindMailbox } from "../../../provider/src/backends/dynamics365/bind";
import { deleteProfile } from "../../../provider/src/backends/dynamics365/deleteProfile";
import type { PollPlan } from "../../../provider/src/backends/dynamics365/poller";
import { configureProfile } from "../../../provider/src/backends/dynamics365/profiles";
import { readBinding } from "../../../provider/src/backends/dynamics365/readBinding";
import { readProfile } from "../../../provider/src/backends/dynamics365/readProfile";
import { releaseMailbox } from "../../../provider/src/backends/dynamics365/release";
import { OrganizationSession } from "../../../provider/src/backends/dynamics365/session";
import { WebApi } from "../../../provider/src/backends/dynamics365/webApi/client";
import type { OrganizationCredentials } from "../../../provider/src/backends/dynamics365/webApi/types";
import type { Outcome } from "../../../provider/src/backends/backend";
import { bindingSchema, normalizeBinding, type DeclaredBinding } from "../../../provider/src/model/binding";
import { factsOf } from "../../../provider/src/model/facts";
import { normalizeProfile } from "../../../provider/src/model/normalizeProfile";
import { normalizeOrganization, type Deployment } from "../../../provider/src/model/organization";
import {
  normalizeOrganizationSettings,
  type DeclaredOrganizationSettings,
} from "../../../provider/src/model/organizationSettings";
import { parse } from "../../../provider/src/model/parse";
import type { PlainObject } from "../../../provider/src/model/plain";
import { profileSchema, type CheckedProfile, type DeclaredProfile } from "../../../provider/src/model/profile";
import type { DynamicsServer } from "../../servers/dynamics/dynamicsServer";

/** As Dynamics' own time in the tests: a minute is a few milliseconds. */
const fastPlan: PollPlan = { firstMs: 10, longestMs: 40, growth: 1.5, batch: 100 };
const profileId = "5a1b0f3e-5d0a-5f0e-9a53-7f2b6a1f4c9d";

/** Exchange Server, whose profile signs in with an account of its own. */
export const exchange = {
  name: "Exchange",
  emailSystem: "exchange-server-2019",
  incoming: {
    serverLocation: "https://mail.contoso.com/EWS/Exchange.asmx",
    credentials: { source: "email-server-profile", username: "crm@contoso.com", password: "Prof1le-Secret" },
    useImpersonation: true,
  },
} as const;

/** What the engine keeps of a resource. */
export interface Kept {
  id: string;
  outputs: PlainObject;
  failures: string[];
}

/** The back end, applied as the runtime does, with the state in variables. */
export class BackendWorld {
  session: OrganizationSession;
  readonly organization;

  constructor(
    readonly server: DynamicsServer,
    readonly credentials: OrganizationCredentials,
    readonly caCertificates: string,
    deployment: Deployment = "on-premises",
    readonly pace: { requestMs?: number; backoffMs?: number; plan?: PollPlan } = {},
  ) {
    this.organization = normalizeOrganization({
      backend: "dynamics365",
      url: server.organizationUrl,
      deployment,
      caCertificates,
    });
    this.session = this.newSession();
  }

  private newSession(): OrganizationSession {
    const { plan = fastPlan, ...pace } = this.pace;
    const { url = "", deployment } = this.organization;
    const api = new WebApi({
      organizationUrl: url,
      deployment,
      credentials: this.credentials,
      caCertificates: this.caCertificates,
      ...pace,
    });
    return new OrganizationSession(this.organization, api, plan);
  }

  /** A new operation: another process, which knows nothing of the one before. */
  operation(): OrganizationSession {
    this.session.api.close();
    this.session = this.newSession();
    return this.session;
  }

  checkedProfile(declared: Omit<DeclaredProfile, "organization">): CheckedProfile {
    const { organization } = this;
    const checked = normalizeProfile(parse("the profile", profileSchema, { ...declared, organization }));
    return { ...checked, credentialsRevision: 1 } as CheckedProfile;
  }

  async profile(declared: Omit<DeclaredProfile, "organization">, previous?: Kept): Promise<Kept> {
    const profile = this.checkedProfile(declared);
    const id = previous?.id ?? profileId;
    const before =
      previous === undefined
        ? undefined
        : { inputs: previous.outputs, outputs: previous.outputs, stillTested: previous.failures.length === 0 };
    const write = { id, profile, previous: before, resolve };
    return kept(id, profile as unknown as PlainObject, await configureProfile(this.session, write));
  }

  readProfile = ({ id, outputs }: Kept) => readProfile(this.session, id, outputs);
  deleteProfile = ({ id, outputs }: Kept) => deleteProfile(this.session, id, outputs);

  /** @param retest what the runtime says of a change on which a test depends */
  async binding(
    profile: Kept,
    declared: Omit<DeclaredBinding, "profile">,
    previous?: Kept,
    retest = false,
  ): Promise<Kept> {
    const facts = factsOf(profile.outputs as unknown as CheckedProfile, profile.id);
    const checked = normalizeBinding(parse("the binding", bindingSchema, declared), "dynamics365");
    const mailbox = { ...checked, profile: facts, profileCredentials: null };
    const before =
      previous === undefined
        ? undefined
        : {
            inputs: previous.outputs,
            outputs: previous.outputs,
            stillTested: !retest && previous.failures.length === 0,
          };
    const outcome = await bindMailbox(this.session, mailbox, before, resolve);
    return kept("binding", mailbox, outcome);
  }

  readBinding = ({ outputs }: Kept) => readBinding(this.session, outputs);
  release = ({ outputs }: Kept) => releaseMailbox(this.session, outputs);

  async settings(declared: Omit<DeclaredOrganizationSettings, "organization">, previous?: Kept): Promise<Kept> {
    const settings = normalizeOrganizationSettings({ ...declared, organization: this.organization });
    const outcome = await applySettings(this.session, settings, previous?.outputs ?? null);
    return kept("settings", settings as unknown as PlainObject, outcome);
  }

  giveSettingsBack = ({ outputs }: Kept) => giveSettingsBack(this.session, outputs);
}

/** The runtime stores the inputs with the outputs upon them. */
function kept(id: string, inputs: PlainObject, outcome: Outcome): Kept {
  return { id: outcome.id ?? id, outputs: { ...inputs, ...outcome.outputs }, failures: outcome.failures };
}

function resolve(secret: unknown): string {
  if (typeof secret !== "string") throw new Error("the tests declare their secrets as texts");
  return secret;
}
