import { ServerSideSyncError } from "../../errors";
import type { PlainObject } from "../../model/plain";
import type { CheckedProfile } from "../../model/profile";
import { known } from "../../model/unknown";
import type * as MailboxTest from "../../testing/mailboxTest";
import type * as Reach from "../../testing/reach";
import type { MailboxTestRequest, MailSide, TestName, TestResult } from "../../testing/types";
import type * as BudgetModule from "../../transport/budget";
import type { Backend, BoundMailbox, Outcome, SecretResolver } from "../backend";
import { endpointOf, exchangeOptionsOf, isNotTestable, signInOf, type Direction, type NotTestable } from "./endpoints";
import { failureLines, type ReportedTest } from "../../model/failureLines";
import { testOutputs } from "./results";

/** Seconds for reaching both servers of a profile: no mail is sent and nobody signs in. */
const reachSeconds = 30;
const directions: readonly Direction[] = ["incoming", "outgoing"];

/**
 * Tests against the mail servers themselves. The record of profile and binding is the Pulumi state, so deleting one
 * has nothing to give back.
 */
export const directBackend: Backend = {
  async configureProfile(_id, profile): Promise<Outcome> {
    const results = profile.testConnection ? await reachServers(profile) : [];
    return {
      outputs: { connectionResults: results, discoveredServerLocation: null },
      failures: failureLines(results as unknown as ReportedTest[]),
    };
  },

  keepProfile: ({ connectionResults, discoveredServerLocation }) => ({
    outputs: { connectionResults, discoveredServerLocation },
    failures: [],
  }),

  bindMailbox: (_id, mailbox, resolve) => testMailbox(mailbox, resolve),

  async rebindMailbox(_id, mailbox, previous, resolve): Promise<Outcome> {
    const outcome = await testMailbox(mailbox, resolve);
    if (outcome.failures.length === 0 || mailbox.test.onFailure !== "restore") return outcome;
    return { ...outcome, outputs: { ...previous.inputs, ...outcome.outputs } };
  },

  keepBinding: (outputs) => ({ outputs: pickTested(outputs), failures: [] }),
};

function pickTested(outputs: PlainObject): PlainObject {
  return Object.fromEntries(Object.keys(testOutputs([])).map((key) => [key, outputs[key]]));
}

async function reachServers(profile: CheckedProfile): Promise<PlainObject[]> {
  const servers = directions.map((direction) => ({
    endpoint: endpointOf(profile, direction),
    url: exchangeOptionsOf(profile, direction)?.url,
  }));
  // Loaded by the first test, never by check.
  const { reachServer } = require("../../testing/reach") as typeof Reach;
  const { Budget } = require("../../transport/budget") as typeof BudgetModule;
  const budget = Budget.ofSeconds(reachSeconds);
  return Promise.all(
    servers.map(async ({ endpoint, url }, index): Promise<PlainObject> => {
      const test = directions[index];
      try {
        await reachServer(endpoint, budget, url);
        return { test, status: "Success" };
      } catch (error) {
        if (!(error instanceof ServerSideSyncError)) throw error;
        const { code, summary: message, remedy, transient } = error;
        return { test, status: "Failure", code, message, remedy, transient };
      }
    }),
  );
}

async function testMailbox(mailbox: BoundMailbox, resolve: SecretResolver): Promise<Outcome> {
  const { request, notRun } = plan(mailbox, resolve);
  const { runMailboxTest } = require("../../testing/mailboxTest") as typeof MailboxTest;
  const results = withReasons(await runMailboxTest(request), notRun);
  const failures = mailbox.test.onFailure === "warn" ? [] : failureLines(results);
  return { outputs: testOutputs(results), failures };
}

/** Everything that can be wrong before the first connection is wrong here. */
function plan(
  mailbox: BoundMailbox,
  resolve: SecretResolver,
): { request: MailboxTestRequest; notRun: Map<TestName, NotTestable> } {
  const notRun = new Map<TestName, NotTestable>();
  const side = (direction: Direction, test: TestName, method: string): MailSide | undefined => {
    if (method !== "server-side-sync") return undefined;
    const signIn = signInOf(mailbox, direction, resolve);
    const endpoint = endpointOf(mailbox.profile, direction);
    const exchange = exchangeOptionsOf(mailbox.profile, direction);
    if (!isNotTestable(signIn)) return { endpoint, signIn, exchange };
    notRun.set(test, signIn);
    return undefined;
  };
  const items = side("incoming", "appointmentsContactsTasks", mailbox.appointmentsContactsTasks);
  const queue = mailbox.regarding !== null && mailbox.regarding !== undefined && "queue" in mailbox.regarding;
  const request: MailboxTestRequest = {
    emailAddress: known(mailbox.emailAddress) ?? "",
    incoming: side("incoming", "incomingEmail", mailbox.incomingEmail),
    outgoing: side("outgoing", "outgoingEmail", mailbox.outgoingEmail),
    appointmentsContactsTasks: items,
    writeAccess: mailbox.test.writeAccess,
    roundTrip: mailbox.test.roundTrip,
    accessCheckOnly: queue && !mailbox.test.roundTrip,
    timeoutSeconds: mailbox.test.timeoutSeconds,
    maxConcurrentTests: mailbox.profile.organization.maxConcurrentTests,
  };
  return { request, notRun };
}

function withReasons(results: readonly TestResult[], notRun: ReadonlyMap<TestName, NotTestable>): TestResult[] {
  const tested = new Set(results.map(({ test }) => test));
  const others = [...notRun.keys()].filter((test) => !tested.has(test));
  const all = [...results, ...others.map((test): TestResult => ({ test, status: "Not Run" }))];
  return all.map((result) => ({ ...result, ...notRun.get(result.test) }));
}
