import { ServerSideSyncError } from "../errors";
import { Budget } from "../transport/budget";
import { withHostSlots } from "../transport/hostLimit";
import { sharedTokens, type TokenClient } from "../transport/oauth/tokenClient";
import { sharedBreakers, type Breakers, type ServerWatch } from "./breaker";
import { EwsSessions } from "./ews/sessions";
import type { Inbox } from "./inbox";
import { buildTestMessage, tokenPrefix } from "./message";
import { openAppointmentsContactsTasks, openInbox, receive, send, takeBack, type MailboxTestRun } from "./parts";
import { serverName } from "./serverFault";
import { SignIns } from "./signIns";
import type { MailboxTestRequest, MailSide, TestName, TestResult, Unlocated } from "./types";
import { unavailableAmong, untouched } from "./untouched";

/**
 * Test & Enable of one mailbox against its mail servers. Faults of the servers are results, not exceptions; the two
 * directions run side by side. A mailbox one of whose servers is down for everybody is left untouched.
 *
 * @param tokens where access tokens come from; tests have their own
 * @param breakers what is known of servers that are down; tests have their own
 */
export function runMailboxTest(
  request: MailboxTestRequest,
  tokens: TokenClient = sharedTokens,
  breakers: Breakers = sharedBreakers,
): Promise<TestResult[]> {
  const { incoming, outgoing, appointmentsContactsTasks } = request;
  const sides = [incoming, outgoing, appointmentsContactsTasks].filter((side) => side !== undefined);
  const hosts = sides.flatMap((side) => ("error" in side ? [] : [side.endpoint.host]));
  // Two tests of one mailbox at once would take each other's messages for left-overs.
  return withHostSlots([`mailbox ${request.emailAddress.toLowerCase()}`], 1, () =>
    withHostSlots(hosts, request.maxConcurrentTests, () => {
      // Asked only when the slot is there: whoever waited for it learns what the others found out.
      const unavailable = unavailableAmong(sides, tokens, breakers);
      if (unavailable !== undefined) return Promise.resolve(untouched(request, unavailable));
      return test(request, Budget.ofSeconds(request.timeoutSeconds), tokens, breakers);
    }),
  );
}

async function test(
  request: MailboxTestRequest,
  budget: Budget,
  tokens: TokenClient,
  breakers: Breakers,
): Promise<TestResult[]> {
  const now = new Date();
  const watch = breakers.watch();
  const run: MailboxTestRun = {
    ...request,
    now,
    message: buildTestMessage(request.emailAddress, now),
    prefix: tokenPrefix(request.emailAddress),
    budget,
    sessions: new EwsSessions(request.emailAddress, budget),
    signIns: new SignIns(tokens, budget, watch),
    watch,
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
    const roundTrip = await part(run, "roundTrip", arrives ? run.incoming : undefined, async (side) => {
      if (inbox !== undefined) await receive(side, run, inbox);
    });
    const sent = outgoing.status === "Success" || outgoing.code === "ews-no-sent-copy";
    if (sent && roundTrip.status === "Not Run") await cleanUp(run);
    return [incoming, outgoing, ...items, roundTrip];
  } finally {
    await inbox?.close();
    run.sessions.close();
    watch.end();
  }
}

/** Best effort: what was sent and nobody waits for is taken away where that is possible. */
async function cleanUp(run: MailboxTestRun): Promise<void> {
  const { outgoing, accessCheckOnly } = run;
  if (outgoing === undefined || "error" in outgoing || accessCheckOnly === true) return;
  if (outgoing.endpoint.protocol !== "ews") return;
  await takeBack(outgoing, run).catch((error: unknown) => {
    if (!(error instanceof ServerSideSyncError)) throw error;
  });
}

async function part(
  { sessions, watch }: MailboxTestRun,
  name: TestName,
  side: MailSide | Unlocated | undefined,
  work: (side: MailSide) => Promise<void>,
): Promise<TestResult> {
  if (side === undefined) return { test: name, status: "Not Run" };
  if ("error" in side) return failed(name, side.error, side.milliseconds);
  const result = await timed(name, () => watched(watch, side, () => work(side)));
  const serverVersion = sessions.versionOf(side);
  return serverVersion === undefined ? result : { ...result, serverVersion };
}

/** What succeeds or fails tells of the server, too. */
async function watched(watch: ServerWatch, { endpoint }: MailSide, work: () => Promise<void>): Promise<void> {
  try {
    await work();
    watch.answered(serverName(endpoint));
  } catch (error) {
    if (error instanceof ServerSideSyncError) watch.learn(error);
    throw error;
  }
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
