import { isPlainObject, type PlainObject } from "../../model/plain";
import { known } from "../../model/unknown";
import type { MailboxTestResult } from "../../testing/types";
import { Budget } from "../../transport/budget";
import type { BoundMailbox } from "../backend";
import { bindingOutputs } from "./bindingOutputs";
import type { ColumnValues } from "./columns/column";
import { foundIn, nothingFound } from "./foundValues";
import { driftedMailbox } from "./mailboxRecord";
import { readMailboxRecord } from "./mailboxes";
import type { OrganizationSession } from "./session";
import { disabledSince, testResults } from "./testRun";

const readSeconds = 60;

/** The binding as it really is: drift of what is declared, and statuses that changed since. Undefined where it is gone. */
export async function readBinding(
  session: OrganizationSession,
  outputs: PlainObject,
): Promise<PlainObject | undefined> {
  const { mailboxId: id, passwordRevision } = outputs;
  if (typeof id !== "string") return outputs;
  const observed = await readMailboxRecord(session, id, { budget: Budget.ofSeconds(readSeconds) });
  if (observed === undefined) return undefined;
  const mailbox = outputs as unknown as BoundMailbox;
  const earlier = Array.isArray(outputs.results) ? (outputs.results as MailboxTestResult[]) : [];
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
  return profileId === undefined ? declared : { ...declared, profile: { ...profile, id: profileId } };
}

/** What an earlier test said of a status that is the same still, and its notes; what Dynamics has disabled since has failed. */
function resultsNow(
  mailbox: BoundMailbox,
  observed: ColumnValues,
  earlier: readonly MailboxTestResult[],
): MailboxTestResult[] {
  // A mailbox that was skipped was not tested.
  if (earlier.some(({ test }) => test === "mailbox")) return [...earlier];
  const disabled: readonly string[] = disabledSince(mailbox, observed);
  const now = (testResults(mailbox, observed, []) as MailboxTestResult[]).map((result) => {
    if (disabled.includes(result.test)) return { ...result, ...disabledByDynamics };
    return earlier.find(({ test, status }) => test === result.test && status === result.status) ?? result;
  });
  const others = earlier.filter(({ test }) => !now.some((result) => result.test === test));
  return [...now, ...others.filter(isPlainObject)];
}

const disabledByDynamics = {
  status: "Failure",
  code: "mailbox-disabled-by-dynamics",
  message: "Dynamics has disabled the mailbox for this direction since it passed its test.",
  remedy: "Run pulumi up, which tests it again; the alerts of the mailbox in Dynamics say why.",
  transient: false,
} as const;
