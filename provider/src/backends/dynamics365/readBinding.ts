import { isFailed } from "../../model/failureLines";
import { isPlainObject, type PlainObject } from "../../model/plain";
import { known } from "../../model/unknown";
import type { MailboxTestResult } from "../../testing/types";
import { Budget } from "../../transport/budget";
import type { BoundMailbox } from "../backend";
import { bindingOutputs } from "./bindingOutputs";
import type { ColumnValues } from "./columns/column";
import { foundIn, nothingFound } from "./foundValues";
import { driftedMailbox, isInactive, mailboxPassword } from "./mailboxRecord";
import { isOwnerDisabled, readMailboxRecord } from "./mailboxes";
import type { OrganizationSession } from "./session";
import { disabledSince, testedDirections, testResults } from "./testRun";
import type { Call } from "./webApi/types";

const readSeconds = 60;

/** The binding as it really is: drift of what is declared, and statuses that changed since. Undefined where it is gone. */
export async function readBinding(
  session: OrganizationSession,
  outputs: PlainObject,
): Promise<PlainObject | undefined> {
  const { mailboxId: id, passwordRevision } = outputs;
  if (typeof id !== "string") return outputs;
  const call = { budget: Budget.ofSeconds(readSeconds) };
  const observed = await readMailboxRecord(session, id, call);
  if (observed === undefined) return undefined;
  const mailbox = outputs as unknown as BoundMailbox;
  const results = Array.isArray(outputs.results) ? (outputs.results as MailboxTestResult[]) : [];
  const earlier = results.filter(({ test }) => test !== skipped);
  // One that was skipped is not as declared, and stays so as long as there is a reason to skip it.
  if (earlier.length < results.length && (await isStillDisabled(session, observed, call))) return outputs;
  const progress = {
    id,
    observed,
    found: foundIn(outputs) ?? nothingFound,
    notes: [],
    passwordRevision: Number(passwordRevision ?? 0),
  };
  return {
    ...outputs,
    ...drift(mailbox, observed),
    ...bindingOutputs(progress, resultsNow(mailbox, observed, earlier)),
    passwordRevision: passwordRevision ?? null,
  };
}

/** The arguments that the record contradicts. */
function drift(mailbox: BoundMailbox, observed: ColumnValues): PlainObject {
  const { profile } = mailbox;
  const { profileId, ...declared } = driftedMailbox(mailbox, observed, known(profile.id) ?? "");
  const isUnclaimed = mailbox.primaryForExchangeSync && observed.orgmarkedasprimaryforexchangesync === false;
  return {
    ...declared,
    ...(profileId === undefined ? {} : { profile: { ...profile, id: profileId } }),
    ...(isUnclaimed ? { primaryForExchangeSync: false } : {}),
    ...(lacksCredentials(mailbox, observed) ? { credentials: null } : {}),
  };
}

/** A password that is declared and is gone, or that Dynamics may not use any more. */
function lacksCredentials(mailbox: BoundMailbox, observed: ColumnValues): boolean {
  if (mailboxPassword(mailbox) === null) return false;
  return observed.ispasswordset === false || observed.allowemailconnectortousecredentials === false;
}

/** What an earlier test said of a status that is the same still, and its notes; what Dynamics has disabled since has failed. */
function resultsNow(
  mailbox: BoundMailbox,
  observed: ColumnValues,
  earlier: readonly MailboxTestResult[],
): MailboxTestResult[] {
  const disabled: readonly string[] = disabledSince(mailbox, observed);
  const tested: readonly string[] = testedDirections(mailbox);
  const isRunning = observed.testemailconfigurationscheduled === true;
  const now = (testResults(mailbox, observed, []) as MailboxTestResult[]).map((result) => {
    if (disabled.includes(result.test)) return { ...result, ...disabledByDynamics };
    const before = earlier.find(({ test }) => test === result.test);
    if (before?.status === result.status) return before;
    if (before !== undefined && isFailed(before) && (result.status === "Not Run" || isRunning)) return before;
    return result.status === "Not Run" && tested.includes(result.test) ? { ...result, ...outstanding } : result;
  });
  const others = earlier.filter(({ test }) => !now.some((result) => result.test === test));
  return [...now, ...others.filter(isPlainObject)];
}

async function isStillDisabled(session: OrganizationSession, observed: ColumnValues, call: Call): Promise<boolean> {
  return isInactive(observed) || (await isOwnerDisabled(session, observed, call)) === true;
}

/** Name of the note that says that a mailbox was skipped. */
const skipped = "mailbox";

/** Only a test says that a direction works: none has, or somebody has reset what it said. */
const outstanding = {
  status: "Pending",
  code: "dynamics-test-outstanding",
  message: "Dynamics shows no result of a test.",
  remedy: "Run pulumi up, which tests it.",
  transient: false,
} as const;

const disabledByDynamics = {
  status: "Failure",
  code: "mailbox-disabled-by-dynamics",
  message: "Dynamics has disabled the mailbox for this direction since it passed its test.",
  remedy: "Run pulumi up, which tests it again; the alerts of the mailbox in Dynamics say why.",
  transient: false,
} as const;
