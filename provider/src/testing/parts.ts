import type { Budget } from "../transport/budget";
import type { ServerWatch } from "./breaker";
import { testAppointmentsContactsTasks } from "./ews/appointmentsContactsTasks";
import { openEwsInbox } from "./ews/inbox";
import { removeSentCopies } from "./ews/sentItems";
import type { EwsSession } from "./ews/session";
import type { EwsSessions } from "./ews/sessions";
import { openImapInbox } from "./imapInbox";
import type { Inbox } from "./inbox";
import type { TestMessage } from "./message";
import { awaitDelivery } from "./roundTrip";
import { openPop3Inbox } from "./pop3Inbox";
import { withRetries } from "./retries";
import type { SignIns } from "./signIns";
import { checkRecipient, submitMessage } from "./smtp";
import type { Endpoint, MailboxTestRequest, MailSide, SignIn } from "./types";

/** What is delivered later stays for the next test. */
const takeBackMs = 3000;

/** A test under way: what was asked, and what all its parts share. */
export interface MailboxTestRun extends MailboxTestRequest {
  now: Date;
  message: TestMessage;
  /** Begins the token of every test of this mailbox. */
  prefix: string;
  budget: Budget;
  sessions: EwsSessions;
  signIns: SignIns;
  watch: ServerWatch;
}

/** A direction with the credentials that its server is shown. */
type SignedSide = MailSide & { signIn: SignIn };

/** Work with a direction and its access token, where one is to be fetched; again where the server refuses one from memory. */
function signed<T>(side: MailSide, run: MailboxTestRun, work: (side: SignedSide) => Promise<T>): Promise<T> {
  return run.signIns.with(side.signIn, (signIn) => work({ ...side, signIn }));
}

function inSession<T>(side: MailSide, run: MailboxTestRun, work: (session: EwsSession) => Promise<T>): Promise<T> {
  return withRetries(run.budget, () => signed(side, run, async (ready) => work(run.sessions.of(ready))));
}

const inboxes: Record<Endpoint["protocol"], (side: SignedSide, run: MailboxTestRun) => Inbox | Promise<Inbox>> = {
  ews: (side, { sessions }) => openEwsInbox(sessions.of(side)),
  imap: ({ endpoint, signIn }, { budget, now }) => openImapInbox(endpoint, signIn, budget, now),
  pop3: ({ endpoint, signIn }, { budget, roundTrip }) => openPop3Inbox(endpoint, signIn, budget, roundTrip),
  smtp: () => Promise.reject(new TypeError("SMTP has no inbox")),
};

/** Opens the inbox and searches it: a sign-in alone proves nothing. */
export async function openInbox(side: MailSide, run: MailboxTestRun): Promise<Inbox> {
  return withRetries(run.budget, () => signed(side, run, (ready) => searchedInbox(ready, run)));
}

async function searchedInbox(side: SignedSide, run: MailboxTestRun): Promise<Inbox> {
  const inbox = await inboxes[side.endpoint.protocol](side, run);
  try {
    // Searching is part of the test, also where nothing may be removed.
    const leftOvers = await inbox.findLeftOvers(run.prefix, run.message.token);
    if (run.roundTrip && leftOvers.length > 0) await inbox.remove(leftOvers);
    return inbox;
  } catch (error) {
    await inbox.close();
    throw error;
  }
}

/**
 * Waits for the message and removes it. A passing fault in between is no verdict: the inbox is opened anew.
 *
 * @throws ServerSideSyncError why the message did not arrive, or a fault of the mailbox
 */
export async function receive(side: MailSide, run: MailboxTestRun, opened: Inbox): Promise<void> {
  const { budget, message, emailAddress } = run;
  let inbox: Inbox | undefined = opened;
  const verdict = await withRetries(budget, async () => {
    inbox ??= await signed(side, run, async (ready) => inboxes[side.endpoint.protocol](ready, run));
    try {
      return await awaitDelivery(inbox, message.token, emailAddress, budget);
    } catch (error) {
      await inbox.close();
      inbox = undefined;
      throw error;
    }
  });
  if (inbox !== opened) await inbox.close();
  if (verdict !== undefined) throw verdict;
}

/** Over EWS whoever sends can also take away what was sent, where no round trip did. */
export async function takeBack(side: MailSide, run: MailboxTestRun): Promise<void> {
  const budget = run.budget.slice(takeBackMs);
  await signed(side, run, (ready) =>
    awaitDelivery(openEwsInbox(run.sessions.of(ready)), run.message.token, run.emailAddress, budget),
  );
}

/** Sends the message, or asks whether it could be sent. */
export async function send(side: MailSide, run: MailboxTestRun): Promise<void> {
  const { budget, emailAddress, message, accessCheckOnly } = run;
  if (side.endpoint.protocol === "ews") return sendOverEws(side, run);
  await withRetries(budget, () =>
    signed(side, run, ({ endpoint, signIn }) =>
      accessCheckOnly === true
        ? checkRecipient(endpoint, signIn, emailAddress, budget)
        : submitMessage(endpoint, signIn, emailAddress, message.raw, budget),
    ),
  );
}

async function sendOverEws(side: MailSide, run: MailboxTestRun): Promise<void> {
  const { budget, message, prefix, accessCheckOnly, writeAccess = false } = run;
  if (accessCheckOnly === true) return inSession(side, run, (session) => session.openFolder("Inbox"));
  await inSession(side, run, (session) => session.send(message.raw, writeAccess));
  if (writeAccess) await inSession(side, run, (session) => removeSentCopies(session, prefix, message.token, budget));
}

export function openAppointmentsContactsTasks(side: MailSide, run: MailboxTestRun): Promise<void> {
  const { message, prefix, writeAccess = false } = run;
  const names = writeAccess ? { token: message.token, prefix } : undefined;
  return inSession(side, run, (session) => testAppointmentsContactsTasks(session, names));
}
