import { ServerSideSyncError } from "../errors";
import { Budget } from "../transport/budget";
import { withHostSlots } from "../transport/hostLimit";
import { sharedTokens, type TokenClient } from "../transport/oauth/tokenClient";
import { EwsSessions } from "./ews/sessions";
import type { Inbox } from "./inbox";
import { buildTestMessage, tokenPrefix } from "./message";
import { openAppointmentsContactsTasks, openInbox, send, type MailboxTestRun } from "./parts";
import { awaitDelivery } from "./roundTrip";
import { SignIns } from "./signIns";
import type { MailboxTestRequest, MailSide, TestName, TestResult, Unlocated } from "./types";

/**
 * Test & Enable of one mailbox against its mail servers. Faults of the servers are results, not exceptions; the two
 * directions run side by side.
 *
 * @param tokens where access tokens come from; tests have their own
 */
export function runMailboxTest(request: MailboxTestRequest, tokens: TokenClient = sharedTokens): Promise<TestResult[]> {
  const sides = [request.incoming, request.outgoing, request.appointmentsContactsTasks];
  const hosts = sides.flatMap((side) => (side === undefined || "error" in side ? [] : [side.endpoint.host]));
  return withHostSlots(hosts, request.maxConcurrentTests, () =>
    test(request, Budget.ofSeconds(request.timeoutSeconds), tokens),
  );
}

async function test(request: MailboxTestRequest, budget: Budget, tokens: TokenClient): Promise<TestResult[]> {
  const now = new Date();
  const run: MailboxTestRun = {
    ...request,
    now,
    message: buildTestMessage(request.emailAddress, now),
    prefix: tokenPrefix(request.emailAddress),
    budget,
    sessions: new EwsSessions(request.emailAddress, budget),
    signIns: new SignIns(tokens, budget),
  };
  let inbox: Inbox | undefined;
  try {
    const [incoming, outgoing] = await Promise.all([
      part(run, "incomingEmail", run.incoming, async (side) => {
        inbox = await openInbox(side, run);
      }),
      part(run, "outgoingEmail", run.outgoing, (side) => send(side, run)),
    ]);
    const items =
      run.appointmentsContactsTasks === undefined
        ? []
        : [
            await part(run, "appointmentsContactsTasks", run.appointmentsContactsTasks, (side) =>
              openAppointmentsContactsTasks(side, run),
            ),
          ];
    const arrives = run.roundTrip && incoming.status === "Success" && outgoing.status === "Success";
    const roundTrip = await part(run, "roundTrip", arrives ? run.incoming : undefined, async () => {
      if (inbox !== undefined) await awaitDelivery(inbox, run.message.token, run.emailAddress, budget);
    });
    return [incoming, outgoing, ...items, roundTrip];
  } finally {
    await inbox?.close();
    run.sessions.close();
  }
}

async function part(
  { sessions }: MailboxTestRun,
  name: TestName,
  side: MailSide | Unlocated | undefined,
  work: (side: MailSide) => Promise<void>,
): Promise<TestResult> {
  if (side === undefined) return { test: name, status: "Not Run" };
  if ("error" in side) return failed(name, side.error, side.milliseconds);
  const result = await timed(name, () => work(side));
  const serverVersion = sessions.versionOf(side);
  return serverVersion === undefined ? result : { ...result, serverVersion };
}

async function timed(name: TestName, work: () => Promise<void>): Promise<TestResult> {
  const start = performance.now();
  try {
    await work();
    return { test: name, status: "Success", milliseconds: Math.round(performance.now() - start) };
  } catch (error) {
    if (!(error instanceof ServerSideSyncError)) throw error;
    return failed(name, error, performance.now() - start);
  }
}

function failed(
  test: TestName,
  { code, summary: message, remedy, transient }: ServerSideSyncError,
  milliseconds: number,
): TestResult {
  return { test, status: "Failure", code, message, remedy, transient, milliseconds: Math.round(milliseconds) };
}
