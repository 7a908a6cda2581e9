import { ServerSideSyncError } from "../../errors";
import type { MailboxTestResult } from "../../testing/types";
import type { Redactor } from "../../transport/redaction";
import type { BoundMailbox } from "../backend";
import { alertsFilter, alertsSince, traceLogSelect, type Alert } from "./alerts";
import type { ColumnValues } from "./columns/column";
import { mailboxTable } from "./columns/mailbox";
import { bodyOf } from "./columns/record";
import { testColumns } from "./mailboxRecord";
import { readMailboxRecord, untilIdle } from "./mailboxes";
import type { NoteResult } from "./results";
import type { OrganizationSession } from "./session";
import { notStarted, pendingResults, testMark, testResults, testState, type TestMark } from "./testRun";
import { isCode } from "./webApi/call";
import type { Call } from "./webApi/types";

/** Kept for the last reads, so that a test that does not end is told and not cut off. */
const lastWordsMs = 3000;
const alertMs = 30_000;
const mostAlerts = 20;

/** A mailbox that is to be tested, as it was before. */
export interface MailboxToTest {
  id: string;
  /** Id of its profile, whose alerts concern it, too. */
  profileId: string;
  observed: ColumnValues;
  /** For the alerts, which quote what servers say. */
  redact: Redactor;
}

/** Schedules Dynamics' own Test & Enable, waits for its end, and tells what it found with its alerts. */
export async function testAndEnable(
  session: OrganizationSession,
  mailbox: BoundMailbox,
  toTest: MailboxToTest,
  call: Call,
): Promise<{ observed: ColumnValues; results: MailboxTestResult[] }> {
  const { id } = toTest;
  const before = testMark(toTest.observed);
  await schedule(session, mailbox, id, call);
  const scheduled = (await readMailboxRecord(session, id, call)) ?? toTest.observed;
  // The clock of the organization, not ours. A test that is over already was scheduled before this.
  const isOver = testState(before, scheduled) === "done";
  const since = String((isOver ? toTest.observed : scheduled).modifiedon ?? "");
  try {
    const budget = call.budget.slice(Math.max(0, call.budget.remaining() - lastWordsMs));
    const isReady = (now: ColumnValues) => testState(before, now) === "done";
    const over = isOver ? scheduled : await session.tests.wait(id, isReady, budget, "Test & Enable");
    const observed = { ...scheduled, ...over };
    const failed = testResults(mailbox, observed, []).some(({ status }) => status === "Failure");
    const alerts = failed ? await alertsOf(session, toTest, since, call) : [];
    const results =
      alerts instanceof ServerSideSyncError
        ? [...testResults(mailbox, observed, []), unread(alerts)]
        : testResults(mailbox, observed, alerts);
    return { observed, results: results as MailboxTestResult[] };
  } catch (error) {
    if (!isCode(error, "test-timeout")) throw error;
    return pending(session, mailbox, { ...toTest, observed: scheduled }, since, before, call);
  }
}

/** In a write of its own: saving anything else is refused until the test is over. */
async function schedule(session: OrganizationSession, mailbox: BoundMailbox, id: string, call: Call): Promise<void> {
  const body = bodyOf(mailboxTable, testColumns(mailbox));
  for (;;) {
    try {
      await session.api.update(mailboxTable.entitySet, id, body, call, { isRepeatable: true });
      return;
    } catch (error) {
      // An answer was lost and the test is on its way, or somebody else has begun one, which claims nothing.
      if (!isCode(error, "test-already-running")) throw error;
      if (!mailbox.primaryForExchangeSync || (await isClaimed(session, id, call))) return;
      await untilIdle(session, id, call);
    }
  }
}

async function isClaimed(session: OrganizationSession, id: string, call: Call): Promise<boolean> {
  return (await readMailboxRecord(session, id, call))?.orgmarkedasprimaryforexchangesync === true;
}

/** The test goes on in Dynamics; the next update waits for it. */
async function pending(
  session: OrganizationSession,
  mailbox: BoundMailbox,
  toTest: MailboxToTest,
  since: string,
  before: TestMark,
  call: Call,
): Promise<{ observed: ColumnValues; results: MailboxTestResult[] }> {
  const observed = (await readMailboxRecord(session, toTest.id, call).catch(() => undefined)) ?? toTest.observed;
  const { timeoutSeconds } = mailbox.test;
  if (testState(before, observed) === "not-started") throw notStarted(mailbox, timeoutSeconds);
  const alerts = await alertsOf(session, toTest, since, call);
  const [alert] = alerts instanceof ServerSideSyncError ? [] : alerts;
  const told = alert === undefined ? "" : ` Its last alert: ${alert.message}`;
  const results = pendingResults(mailbox, observed, timeoutSeconds).map((result) =>
    result.status === "Pending" ? { ...result, message: `${result.message ?? ""}${told}` } : result,
  );
  return { observed, results: results as MailboxTestResult[] };
}

/** What the alerts say; what kept them from being read takes nothing from what the test has found. */
async function alertsOf(
  session: OrganizationSession,
  { id, profileId, redact }: MailboxToTest,
  since: string,
  call: Call,
): Promise<Alert[] | ServerSideSyncError> {
  if (since === "") return [];
  const query = {
    select: traceLogSelect,
    filter: alertsFilter([id, profileId], since),
    orderby: "createdon desc",
    top: mostAlerts,
  };
  try {
    const rows = await session.api.list("tracelogs", query, { ...call, budget: call.budget.slice(alertMs) });
    return alertsSince(rows, since).map((alert) => ({ ...alert, message: redact(alert.message) }));
  } catch (error) {
    if (error instanceof ServerSideSyncError) return error;
    throw error;
  }
}

function unread({ code, summary, remedy }: ServerSideSyncError): NoteResult {
  return { test: "alert", status: "Not Run", code, message: `The alerts could not be read: ${summary}`, remedy };
}
