import { ServerSideSyncError } from "../errors";
import { Budget } from "../transport/budget";
import { withHostSlots } from "../transport/hostLimit";
import { namedWait } from "./diagnosis";
import { testAppointmentsContactsTasks } from "./ews/appointmentsContactsTasks";
import { openEwsInbox } from "./ews/inbox";
import type { EwsSession, ExchangeOptions } from "./ews/session";
import { EwsSessions } from "./ews/sessions";
import { openImapInbox } from "./imapInbox";
import type { Inbox } from "./inbox";
import { buildTestMessage, tokenPrefix, type TestMessage } from "./message";
import { openPop3Inbox } from "./pop3Inbox";
import { awaitDelivery, removeLeftOvers } from "./roundTrip";
import { checkRecipient, mayHaveBeenAccepted, submitMessage } from "./smtp";
import type { Endpoint, SignIn, TestName, TestResult } from "./types";

/** One direction: where its server is, and who signs in. */
export interface MailSide {
  endpoint: Endpoint;
  signIn: SignIn;
  /** For EWS. */
  exchange?: ExchangeOptions | undefined;
}

/** Appointments, contacts and tasks: the connection is that of incoming email. */
export interface ItemSide extends MailSide {
  /** Create and delete an item in each folder, too. */
  writeAccess: boolean;
}

/** One mailbox to be tested. A direction that is absent is not tested. */
export interface MailboxTestRequest {
  emailAddress: string;
  incoming?: MailSide | undefined;
  outgoing?: MailSide | undefined;
  /** Open calendar, contacts and tasks over EWS. */
  appointmentsContactsTasks?: ItemSide | undefined;
  /** Send a message to the mailbox itself, wait for it, remove it. Needs both directions. */
  roundTrip: boolean;
  /** Stop the outgoing test after RCPT, without a message: for queues, in which it might become a case. */
  accessCheckOnly?: boolean;
  /** Seconds for everything, from the moment the test gets its slot. */
  timeoutSeconds: number;
  /** Tests at once for each mail host. */
  maxConcurrentTests: number;
}

const attempts = 3;
const firstBackoffMs = 500;
/** A named wait is honoured only where another attempt still fits behind it. */
const leastAttemptMs = 1000;

/**
 * Test & Enable of one mailbox against its mail servers. Faults of the servers are results, not exceptions; the two
 * directions run side by side.
 */
export function runMailboxTest(request: MailboxTestRequest): Promise<TestResult[]> {
  const sides = [request.incoming, request.outgoing, request.appointmentsContactsTasks];
  const hosts = sides.flatMap((side) => (side === undefined ? [] : [side.endpoint.host]));
  return withHostSlots(hosts, request.maxConcurrentTests, () =>
    test(request, Budget.ofSeconds(request.timeoutSeconds)),
  );
}

async function test(request: MailboxTestRequest, budget: Budget): Promise<TestResult[]> {
  const now = new Date();
  const message = buildTestMessage(request.emailAddress, now);
  const sessions = new EwsSessions(request.emailAddress, budget);
  let inbox: Inbox | undefined;
  try {
    const [incoming, outgoing] = await Promise.all([
      timed("incomingEmail", request.incoming === undefined, async () => {
        inbox = await openInbox(request, message, budget, now, sessions);
      }),
      timed("outgoingEmail", request.outgoing === undefined, () => send(request, message, budget, sessions)),
    ]);
    const { appointmentsContactsTasks: side } = request;
    const items =
      side === undefined
        ? []
        : [await timed("appointmentsContactsTasks", false, () => testItems(side, message.token, budget, sessions))];
    const skipped = !request.roundTrip || incoming.status !== "Success" || outgoing.status !== "Success";
    const roundTrip = await timed("roundTrip", skipped, async () => {
      if (inbox !== undefined) await awaitDelivery(inbox, message.token, request.emailAddress, budget);
    });
    return [incoming, outgoing, ...items, roundTrip];
  } finally {
    await inbox?.close();
    sessions.close();
  }
}

/** Opens the inbox and searches it: a sign-in alone proves nothing. */
async function openInbox(
  request: MailboxTestRequest,
  message: TestMessage,
  budget: Budget,
  now: Date,
  sessions: EwsSessions,
): Promise<Inbox> {
  const { incoming, emailAddress } = request;
  if (incoming === undefined) throw new TypeError("incoming email is not tested");
  const { endpoint, signIn } = incoming;
  return withRetries(budget, async () => {
    const inbox = await openers[endpoint.protocol](endpoint, signIn, budget, now, () => sessions.of(incoming));
    try {
      const leftOvers = await inbox.findLeftOvers(tokenPrefix(emailAddress));
      if (request.roundTrip) await removeLeftOvers(inbox, leftOvers, message.token);
      return inbox;
    } catch (error) {
      await inbox.close();
      throw error;
    }
  });
}

type Opener = (
  endpoint: Endpoint,
  signIn: SignIn,
  budget: Budget,
  now: Date,
  session: () => EwsSession,
) => Promise<Inbox>;
const openers: Record<Endpoint["protocol"], Opener> = {
  ews: (_endpoint, _signIn, _budget, _now, session) => openEwsInbox(session()),
  imap: openImapInbox,
  pop3: openPop3Inbox,
  smtp: () => Promise.reject(new TypeError("SMTP has no inbox")),
};

async function send(
  { outgoing, emailAddress, accessCheckOnly }: MailboxTestRequest,
  message: TestMessage,
  budget: Budget,
  sessions: EwsSessions,
): Promise<void> {
  if (outgoing === undefined) throw new TypeError("outgoing email is not tested");
  const { endpoint, signIn } = outgoing;
  await withRetries(budget, () => {
    if (endpoint.protocol === "ews") {
      const session = sessions.of(outgoing);
      return accessCheckOnly === true ? session.openFolder("Inbox") : session.send(message.raw);
    }
    return accessCheckOnly === true
      ? checkRecipient(endpoint, signIn, emailAddress, budget)
      : submitMessage(endpoint, signIn, emailAddress, message.raw, budget);
  });
}

function testItems(side: ItemSide, token: string, budget: Budget, sessions: EwsSessions): Promise<void> {
  return withRetries(budget, () => testAppointmentsContactsTasks(sessions.of(side), token, side.writeAccess));
}

async function timed(name: TestName, skip: boolean, work: () => Promise<void>): Promise<TestResult> {
  if (skip) return { test: name, status: "Not Run" };
  const start = performance.now();
  const elapsed = () => Math.round(performance.now() - start);
  try {
    await work();
    return { test: name, status: "Success", milliseconds: elapsed() };
  } catch (error) {
    if (!(error instanceof ServerSideSyncError)) throw error;
    const { code, summary: message, remedy, transient } = error;
    return { test: name, status: "Failure", code, message, remedy, transient, milliseconds: elapsed() };
  }
}

/** Repeats what failed for a passing reason, within the budget; waits as long as the server asks. */
async function withRetries<T>(budget: Budget, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const retry = error instanceof ServerSideSyncError && error.transient && error.code !== "test-timeout";
      if (!retry || attempt === attempts || mayHaveBeenAccepted(error)) throw error;
      const named = namedWait(error.summary);
      const wait = named ?? firstBackoffMs * 2 ** (attempt - 1) * (0.5 + Math.random());
      if (wait + leastAttemptMs > budget.remaining()) throw named === undefined ? error : waitTooLong(error, named);
      await budget.sleep(wait);
    }
  }
}

function waitTooLong({ code, summary, remedy }: ServerSideSyncError, milliseconds: number): ServerSideSyncError {
  return new ServerSideSyncError({
    code,
    summary,
    remedy: `Try again in ${Math.ceil(milliseconds / 1000)} s: the server asks for this wait, and it is longer than what is left of test.timeoutSeconds. ${remedy}`,
    transient: true,
  });
}
