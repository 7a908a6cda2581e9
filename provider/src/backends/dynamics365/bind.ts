import { ServerSideSyncError } from "../../errors";
import { isFailed } from "../../model/failureLines";
import { at, type PlainObject } from "../../model/plain";
import { known } from "../../model/unknown";
import type { MailboxTestResult } from "../../testing/types";
import { Budget } from "../../transport/budget";
import { createRedactor } from "../../transport/redaction";
import type { BoundMailbox, Outcome, Previous, SecretResolver } from "../backend";
import { testMailbox } from "../direct/directBackend";
import { approveAddress, isToBeApproved } from "./bindingApproval";
import { failed, outcome, sameForAll, type Progress } from "./bindingOutputs";
import type { ColumnValue, ColumnValues } from "./columns/column";
import { mailboxTable } from "./columns/mailbox";
import { organizationTable } from "./columns/organization";
import { readColumns, stillHolds } from "./columns/record";
import { readDefaultEmailSettings } from "./defaultEmailSettings";
import {
  foundIn,
  foundUnknown,
  foundValuesUnknown,
  giveBack,
  isOwnWork,
  nothingFound,
  recordDoubtful,
  recordFound,
  splitReleased,
  type FoundValues,
} from "./foundValues";
import { releaseMailbox } from "./release";
import { findMailbox, readMailboxRecord, untilIdle, writeMailbox } from "./mailboxes";
import { nextPasswordRevision, passwordDecision } from "./mailboxPassword";
import {
  assertMailboxStorable,
  changedMailboxColumns,
  mailboxPassword,
  testColumns,
  wantedMailboxColumns,
} from "./mailboxRecord";
import { isOwnId } from "./ownIds";
import type { NoteResult } from "./results";
import type { OrganizationSession } from "./session";
import { testAndEnable } from "./testAndEnable";
import { skippedAsDisabled, testPlan, testResults } from "./testRun";
import type { Call } from "./webApi/types";

/**
 * Makes the mailbox what is declared: looks first, writes only what differs, approves if asked, and lets Dynamics test
 * and enable it. From the first write on every failure keeps the record of how the mailbox was found.
 */
export async function bindMailbox(
  session: OrganizationSession,
  mailbox: BoundMailbox,
  previous: Previous | undefined,
  resolve: SecretResolver,
): Promise<Outcome> {
  const call = callOf(mailbox);
  const { id, observed, ownerDisabled } = await findMailbox(session, mailbox, call);
  // A user who was deleted and made again has another mailbox, or the address has moved: nothing is known of it.
  const before = previous?.outputs.mailboxId === id ? previous : undefined;
  if (previous !== undefined && before === undefined) await releaseMailbox(session, previous.outputs, call);
  const start = foundIn(before?.outputs) ?? nothingFound;
  const progress: Progress = { id, observed, found: start, notes: [], passwordRevision: revisionOf(mailbox, before) };
  const skipped = skippedAsDisabled(mailbox, observed, ownerDisabled);
  if (skipped !== undefined) {
    progress.notes.push(skipped);
    return outcome(mailbox, progress, sameForAll(mailbox, { status: "Not Run" }));
  }
  session.bound.add(id);
  try {
    return await configured(session, mailbox, before, resolve, progress, call);
  } catch (error) {
    if (error instanceof ServerSideSyncError && progress.found !== start) return failed(mailbox, progress, error);
    // Nothing was written, nothing is to be kept: who had the mailbox before may give it back.
    session.bound.delete(id);
    throw error;
  }
}

/** All the time that the organization has, for everything that is asked of it. */
const callOf = ({ test }: BoundMailbox): Call => ({ budget: Budget.ofSeconds(test.timeoutSeconds) });

async function configured(
  session: OrganizationSession,
  mailbox: BoundMailbox,
  previous: Previous | undefined,
  resolve: SecretResolver,
  progress: Progress,
  looking: Call,
): Promise<Outcome> {
  let call = looking;
  const { id, found: start } = progress;
  let planned = await plan(session, mailbox, previous, resolve, progress, call);
  if (planned.test === "test" && mailbox.test.preflight) {
    const preflight = await testMailbox(mailbox, resolve);
    const results = preflight.outputs.results as MailboxTestResult[];
    if (results.some(isFailed)) return outcome(mailbox, progress, results);
    // It has a budget of its own, and of a thousand mailboxes it waited for its turn at the mail servers before: the
    // mailbox may have changed meanwhile.
    call = callOf(mailbox);
    progress.observed = (await readMailboxRecord(session, id, call)) ?? progress.observed;
    planned = await plan(session, mailbox, previous, resolve, progress, call);
  }
  const { write, approves, changed } = planned;
  const { observed } = progress;
  progress.notes.push(...write.notes);
  // A state that tells nothing yet is that of a mailbox that was skipped, or that failed before the first write.
  const isFirst = Object.keys(start.columns).length === 0;
  const base = isFirst ? await interrupted(session, write.wanted, progress, call) : write.kept;
  const recorded = recordFound(base, observed, write.wanted, write.passwordRevision);
  progress.found = recordDoubtful(start, recorded);
  await writeMailbox(session, id, write.columns, call);
  progress.found = recorded;
  if (approves) {
    progress.observed = await approveAddress(session, mailbox, progress, call, (approval) => {
      progress.found = { ...progress.found, approval: progress.found.approval ?? approval };
    });
  }
  if (planned.test !== "test") {
    if (changed) progress.observed = (await readMailboxRecord(session, id, call)) ?? observed;
    return outcome(mailbox, progress, testResults(mailbox, progress.observed, []) as MailboxTestResult[]);
  }
  const toTest = { id, profileId: profileIdOf(mailbox), observed: progress.observed, redact: write.redact };
  const tested = await testAndEnable(session, mailbox, toTest, call);
  progress.observed = tested.observed;
  const hasFailed = tested.results.some(({ status }) => status === "Failure");
  if (!hasFailed || mailbox.test.onFailure !== "restore") return outcome(mailbox, progress, tested.results);
  progress.found = { ...recordDoubtful(start, recorded), ...approvalIn(progress.found) };
  await restore(session, progress, { start, observed, columns: { ...write.columns, ...write.claim } }, call);
  const restored = outcome(mailbox, progress, tested.results);
  return { ...restored, outputs: { ...restoredInputs(previous), ...restored.outputs } };
}

interface Plan {
  write: PlannedWrite;
  approves: boolean;
  changed: boolean;
  test: ReturnType<typeof testPlan>;
}

/**
 * What is to be done about the mailbox as it is once no test runs. Nothing is written yet.
 *
 * @throws ServerSideSyncError `approval-missing`, `value-not-allowed-by-column`, `secret-reference-unresolved`
 */
async function plan(
  session: OrganizationSession,
  mailbox: BoundMailbox,
  previous: Previous | undefined,
  resolve: SecretResolver,
  progress: Progress,
  call: Call,
): Promise<Plan> {
  const { id } = progress;
  while (progress.observed.testemailconfigurationscheduled === true) {
    await untilIdle(session, id, call);
    progress.observed = (await readMailboxRecord(session, id, call)) ?? progress.observed;
  }
  const { observed } = progress;
  const write = plannedWrite(mailbox, progress, resolve);
  assertMailboxStorable(write.columns, session.organization.deployment);
  const approves = await isToBeApproved(session, mailbox, observed, call);
  const changed = Object.keys({ ...write.columns, ...write.claim }).length > 0 || approves;
  const test = testPlan(mailbox, observed, { changed, requested: previous?.stillTested === false });
  return { write, approves, changed, test };
}

interface PlannedWrite {
  /** Every governed column. */
  wanted: ColumnValues;
  /** What differs, and what is governed no longer as it was found. */
  columns: Record<string, ColumnValue>;
  kept: FoundValues;
  /** Of the password that is written. */
  passwordRevision: number | undefined;
  /** What claims the mailbox as primary, which the test does. */
  claim: ColumnValues;
  notes: NoteResult[];
  redact: (text: string) => string;
}

function plannedWrite(mailbox: BoundMailbox, progress: Progress, resolve: SecretResolver): PlannedWrite {
  const { observed, found, passwordRevision } = progress;
  const { testemailconfigurationscheduled: _scheduled, ...claim } = testColumns(mailbox);
  const wanted = wantedMailboxColumns(mailbox, profileIdOf(mailbox));
  const password = mailboxPassword(mailbox);
  const governed = { ...wanted, ...claim };
  const { kept, released } = splitReleased(found, governed, password !== null);
  const back = giveBack(released, observed, "restore");
  const notes = [...back.notes];
  const columns = { ...back.columns, ...changedMailboxColumns(observed, wanted) };
  const claims = changedMailboxColumns(observed, claim);
  const planned = {
    wanted: governed,
    columns,
    kept,
    claim: claims,
    notes,
    passwordRevision: undefined,
    redact: asItIs,
  };
  if (password === null) return planned;
  const { write, note } = passwordDecision(mailbox, observed, found.password, passwordRevision);
  if (note !== undefined) notes.push(note);
  if (!write) return planned;
  const secret = resolve(password.password, "credentials.password");
  return { ...planned, columns: { ...columns, password: secret }, passwordRevision, redact: createRedactor([secret]) };
}

const asItIs = (text: string) => text;

/** A number that changes with the declared password. */
function revisionOf(mailbox: BoundMailbox, previous: Previous | undefined): number {
  const { passwordRevision: revision } = previous?.outputs ?? {};
  const before =
    typeof revision === "number" ? { declared: at(previous?.outputs, "credentials") ?? null, revision } : null;
  return nextPasswordRevision(before, mailbox.credentials);
}

function profileIdOf({ profile }: BoundMailbox): string {
  return (known(profile.id) ?? "").toLowerCase();
}

/**
 * What to take for found where a mailbox has our profile already although no state tells of it: an update that was
 * killed has bound it. A profile that was there before us tells nothing.
 */
async function interrupted(
  session: OrganizationSession,
  wanted: ColumnValues,
  progress: Progress,
  call: Call,
): Promise<FoundValues> {
  const { observed } = progress;
  const ours = String(wanted.emailserverprofile);
  if (!isOwnWork(observed, wanted) || !isOwnId(ours)) return nothingFound;
  progress.notes.push(foundValuesUnknown);
  const defaults = readDefaultEmailSettings(readColumns(organizationTable, await session.record(call)));
  const own = Object.entries(wanted).filter(([column, value]) => stillHolds(mailboxTable, column, observed, value));
  // A default that goes with this stack is none to give back.
  const profileId = defaults.profileId === ours ? null : defaults.profileId;
  return foundUnknown(Object.fromEntries(own), { ...defaults, profileId });
}

/** Puts back what this update has changed. */
async function restore(
  session: OrganizationSession,
  progress: Progress,
  before: { start: FoundValues; observed: ColumnValues; columns: ColumnValues },
  call: Call,
): Promise<void> {
  const { password } = progress.found;
  const { password: _written, ...written } = before.columns;
  const columns = Object.fromEntries(
    Object.entries(written).map(([name, ours]) => [name, { before: before.observed[name] ?? null, ours }]),
  );
  const isNew = password !== undefined && before.start.password === undefined;
  const back = giveBack({ columns, ...(isNew ? { password } : {}) }, progress.observed, "restore");
  await writeMailbox(session, progress.id, back.columns, call);
  progress.found = {
    ...before.start,
    ...approvalIn(progress.found),
    ...(password === undefined || "password" in back.columns ? {} : { password }),
  };
}

function approvalIn({ approval }: FoundValues): Pick<FoundValues, "approval"> {
  return approval === undefined ? {} : { approval };
}

/** The declaration that is in force again. Credentials are not: a password that was replaced cannot be put back. */
function restoredInputs(previous: Previous | undefined): PlainObject {
  const { credentials: _credentials, profileCredentials: _accounts, ...inputs } = previous?.inputs ?? {};
  return inputs;
}
