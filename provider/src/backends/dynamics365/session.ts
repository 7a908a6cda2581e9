import { ServerSideSyncError } from "../../errors";
import { organizationKey, type CheckedOrganization } from "../../model/organization";
import type { PlainObject } from "../../model/plain";
import { Budget } from "../../transport/budget";
import { readCertificates } from "../readCertificates";
import type { ColumnValues } from "./columns/column";
import { emailServerProfileTable } from "./columns/emailServerProfile";
import { mailboxTable } from "./columns/mailbox";
import { organizationTable } from "./columns/organization";
import { selected } from "./columns/record";
import { readMailbox } from "./mailboxRecord";
import { organizationSettingColumns } from "./organizationRecord";
import { Poller, pollPlan, type PollPlan } from "./poller";
import { testRunColumns } from "./testRun";
import { anyOf, isId, queryString } from "./webApi/literals";
import { organizationCredentials, type ConfigReader } from "./webApi/organizationCredentials";
import { sharedWebApi } from "./webApi/shared";
import { listIn } from "./webApi/answers";
import type { WebApi } from "./webApi/client";
import type { Call } from "./webApi/types";

/** For a look at all who wait: it has no budget of its own to end in. */
const lookSeconds = 60;

/** What one operation knows of an organization: the engine starts one process for each. */
export class OrganizationSession {
  /** Mailboxes that this operation has bound: what it releases later may not undo that. */
  readonly bound = new Set<string>();
  /** Everybody who waits for a Test & Enable waits here. */
  readonly tests: Poller<ColumnValues>;
  #switches: Promise<PlainObject> | undefined;

  constructor(
    readonly organization: CheckedOrganization,
    readonly api: WebApi,
    plan: PollPlan = pollPlan,
  ) {
    this.tests = new Poller((ids) => this.#testsOf(ids), plan);
  }

  /** The organization's own record as it is now. */
  async record(call: Call): Promise<PlainObject> {
    const names = ["organizationid", ...organizationSettingColumns];
    const select = selected(organizationTable, this.organization.deployment, names);
    const [record] = await this.api.list(organizationTable.entitySet, { select, top: 1 }, call);
    return record ?? {};
  }

  /** The same, asked for once: whether email is processed only for approved addresses. */
  async switches(call: Call): Promise<PlainObject> {
    const asked = (this.#switches ??= this.record(call));
    try {
      return await asked;
    } catch (error) {
      // Somebody may have asked anew meanwhile.
      if (this.#switches === asked) this.#switches = undefined;
      throw error;
    }
  }

  /** To be called when the record was changed: what was asked before holds no longer. */
  forgetSwitches(): void {
    this.#switches = undefined;
  }

  /** Values that an option set of a profile has in this organization; null where it has no such column. */
  async options(column: string, call: Call): Promise<readonly number[] | null> {
    const options = await this.api.optionSet(emailServerProfileTable.logicalName, column, call);
    return options?.map(({ value }) => value) ?? null;
  }

  async #testsOf(ids: readonly string[]): Promise<Map<string, ColumnValues>> {
    const select = selected(mailboxTable, this.organization.deployment, [mailboxTable.key, ...testRunColumns]);
    // In a batch: the URL of a request holds no hundred ids everywhere.
    const filter = anyOf(ids.map((id) => isId(mailboxTable.key, id)));
    const path = `${mailboxTable.entitySet}${queryString({ select, filter })}`;
    const [answer] = await this.api.batch([path], { budget: Budget.ofSeconds(lookSeconds) });
    if (answer instanceof ServerSideSyncError) throw answer;
    const records = listIn(answer, "value").map(readMailbox);
    return new Map(records.map((record) => [String(record.mailboxid).toLowerCase(), record]));
  }
}

const sessions = new Map<string, OrganizationSession>();

/** @throws ServerSideSyncError `organization-url-missing`, or what is wrong with URL, certificates or credentials */
export function sessionOf(organization: CheckedOrganization, readConfig: ConfigReader): OrganizationSession {
  const key = `${organizationKey(organization)} ${organization.configNamespace}`;
  const session = sessions.get(key) ?? new OrganizationSession(organization, webApiOf(organization, readConfig));
  sessions.set(key, session);
  return session;
}

/** @throws ServerSideSyncError `organization-url-missing`, or what is wrong with URL, certificates or credentials */
export function webApiOf(organization: CheckedOrganization, readConfig: ConfigReader): WebApi {
  const { url, deployment, configNamespace } = organization;
  if (url === undefined)
    throw new ServerSideSyncError({
      code: "organization-url-missing",
      summary: "The Organization has no url, so there is nobody to ask.",
      remedy: `Set url, or the config key ${configNamespace}:url.`,
    });
  return sharedWebApi({
    organizationUrl: url,
    deployment,
    credentials: organizationCredentials(readConfig, process.env, configNamespace),
    caCertificates: readCertificates(organization.caCertificates),
  });
}
