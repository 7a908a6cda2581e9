import * as pulumi from "@pulumi/pulumi";
import { assessMailbox } from "../compatibility/assess";
import { mailboxSubject } from "../compatibility/subjects";
import { bindingSchema, type CheckedBinding } from "../model/binding";
import { judgeableFacts } from "../model/facts";
import { failureLines } from "../model/failureLines";
import type { CheckedOrganization } from "../model/organization";
import type { MailboxTestResult, TestStatus } from "../testing/types";
import type { MailboxArgs } from "./bindingArgs";
import type {
  DeclaredAccounts,
  EmailServerProfile,
  EmailServerProfileFacts,
  EmailServerProfileFactsArgs,
} from "./emailServerProfile";
import { secretPathsOf } from "./secretPaths";
import { withSecrets } from "./secrets";
import { ServerSideSyncResource, typeToken } from "./serverSideSyncResource";

/** Arguments of a {@link MailboxBinding}. Its organization is the profile's. */
export interface MailboxBindingArgs extends MailboxArgs {
  /** "Server Profile": the profile, or its facts from another stack. */
  profile: EmailServerProfile | EmailServerProfileFactsArgs | pulumi.Output<EmailServerProfileFacts>;
}

/**
 * Says that an existing mailbox uses a profile, with which methods and credentials. Creating or updating it runs Test &
 * Enable. It never creates or deletes the mailbox itself.
 *
 * @example
 * ```ts
 * const sales = new MailboxBinding("sales", {
 *   profile: gmail,
 *   emailAddress: "sales@contoso.com",
 *   credentials: { type: "password", password: config.requireSecret("salesAppPassword") },
 * });
 * export const status = sales.incomingEmailStatus;
 * ```
 */
export class MailboxBinding extends ServerSideSyncResource {
  /** @internal */
  static readonly __pulumiType = typeToken("MailboxBinding");

  declare readonly profile: pulumi.Output<EmailServerProfileFacts>;
  declare readonly emailAddress: pulumi.Output<string>;
  declare readonly regarding: pulumi.Output<{ user: string } | { queue: string } | { forwardMailbox: string } | null>;
  declare readonly incomingEmail: pulumi.Output<CheckedBinding["incomingEmail"]>;
  declare readonly outgoingEmail: pulumi.Output<CheckedBinding["outgoingEmail"]>;
  declare readonly appointmentsContactsTasks: pulumi.Output<CheckedBinding["appointmentsContactsTasks"]>;
  declare readonly credentials: pulumi.Output<CheckedBinding["credentials"]>;
  declare readonly hostedOn: pulumi.Output<CheckedBinding["hostedOn"]>;
  declare readonly manualTrackingInOutlook: pulumi.Output<boolean | null>;
  declare readonly approval: pulumi.Output<CheckedBinding["approval"]>;
  declare readonly primaryForExchangeSync: pulumi.Output<boolean>;
  declare readonly processEmailsReceivedAfter: pulumi.Output<string | null>;
  declare readonly deleteEmailsAfterProcessing: pulumi.Output<boolean | null>;
  declare readonly replaceStoredPassword: pulumi.Output<boolean | null>;
  declare readonly whenUserDisabled: pulumi.Output<CheckedBinding["whenUserDisabled"]>;
  declare readonly test: pulumi.Output<CheckedBinding["test"]>;
  declare readonly retestTriggers: pulumi.Output<unknown[] | null>;
  declare readonly onDelete: pulumi.Output<CheckedBinding["onDelete"]>;
  declare readonly acceptRisks: pulumi.Output<CheckedBinding["acceptRisks"]>;
  /** Id of the mailbox record; `null` with the direct back end, which has none. */
  declare readonly mailboxId: pulumi.Output<string | null>;
  declare readonly incomingEmailStatus: pulumi.Output<TestStatus>;
  declare readonly outgoingEmailStatus: pulumi.Output<TestStatus>;
  declare readonly appointmentsContactsTasksStatus: pulumi.Output<TestStatus>;
  declare readonly enabledForIncomingEmail: pulumi.Output<boolean>;
  declare readonly enabledForOutgoingEmail: pulumi.Output<boolean>;
  declare readonly enabledForAppointmentsContactsTasks: pulumi.Output<boolean>;
  /** `null` with the direct back end, which knows no approval. */
  declare readonly emailAddressApproved: pulumi.Output<boolean | null>;
  /** EWS URL that autodiscover found for this mailbox; `null` where the profile says where its server is. */
  declare readonly discoveredServerLocation: pulumi.Output<string | null>;
  /** What each part of Test & Enable found. */
  declare readonly results: pulumi.Output<MailboxTestResult[]>;

  constructor(name: string, args: MailboxBindingArgs, opts?: pulumi.CustomResourceOptions) {
    const { profile, ...mailbox } = args;
    const inputs: pulumi.Inputs = {
      ...Object.fromEntries([...Object.keys(bindingSchema.shape), ...computedOutputs].map((key) => [key, undefined])),
      ...mailbox,
      credentials: withSecrets(mailbox.credentials),
      ...factsInput(profile),
      ...(testsDirectly(profile, mailbox) ? accountsIfAny(profile.accounts) : {}),
    };
    super("MailboxBinding", name, inputs, secretsOf(profile, mailbox), opts);
    this.report([...Object.keys(bindingSchema.shape), "profile"], (values, context) => {
      const facts = judgeableFacts(values.profile);
      if (facts === undefined) return undefined;
      const mailbox = values as unknown as CheckedBinding;
      return {
        organization: facts.organization,
        assessment: assessMailbox(facts, mailbox, context),
        mailbox: { subject: mailboxSubject(facts, mailbox, context), name },
      };
    });
    if (mailbox.test?.onFailure === "warn") this.warnOfFailedTests();
  }

  /** With `onFailure: "warn"` the update goes on, but what failed is not kept quiet. */
  private warnOfFailedTests(): void {
    this.results.apply((results) => {
      if (pulumi.runtime.isDryRun()) return;
      const told = Array.isArray(results) ? results : [];
      for (const line of failureLines(told)) void pulumi.log.warn(line, this);
    });
  }
}

const computedOutputs = [
  "mailboxId",
  "incomingEmailStatus",
  "outgoingEmailStatus",
  "appointmentsContactsTasksStatus",
  "enabledForIncomingEmail",
  "enabledForOutgoingEmail",
  "enabledForAppointmentsContactsTasks",
  "emailAddressApproved",
  "discoveredServerLocation",
  "results",
];

/** Facts that are all plain travel as one, with the id beside them, which is unknown in the first preview. */
function factsInput(profile: MailboxBindingArgs["profile"]): pulumi.Inputs {
  if (!isProfile(profile)) return { profile };
  const { plainFacts, facts, id } = profile;
  return plainFacts === undefined ? { profile: facts } : { profile: plainFacts, profileId: id };
}

/** Only then is the profile's own account needed here: an organization keeps it with its record. */
function testsDirectly(profile: MailboxBindingArgs["profile"], mailbox: MailboxArgs): profile is EmailServerProfile {
  if (!isProfile(profile)) return false;
  const { backend } = profile.facts.organization as CheckedOrganization;
  return backend === "direct" || mailbox.test?.preflight === true;
}

function isProfile(profile: MailboxBindingArgs["profile"]): profile is EmailServerProfile {
  return "__serverSideSyncProfile" in profile && profile.__serverSideSyncProfile === true;
}

/** Facts of a profile are many: it knows already which of them are secret. */
async function secretsOf(profile: MailboxBindingArgs["profile"], mailbox: MailboxArgs): Promise<string[]> {
  const ofProfile = isProfile(profile) ? profile.secretFacts : secretPathsOf({ profile });
  return (await Promise.all([secretPathsOf(mailbox), ofProfile])).flat();
}

function accountsIfAny(accounts: DeclaredAccounts): { profileCredentials?: DeclaredAccounts } {
  return accounts.incoming === undefined && accounts.outgoing === undefined ? {} : { profileCredentials: accounts };
}
