import type { PlainObject } from "../../model/plain";
import type { CheckedProfile } from "../../model/profile";
import { known } from "../../model/unknown";
import type * as MailboxTest from "../../testing/mailboxTest";
import type * as DiscoverServers from "../../testing/discoverServers";
import type { SideToDiscover, TestToLocate } from "../../testing/discoverServers";
import type { TestNetwork } from "../../testing/ews/autodiscover/discover";
import type { MailSide, TestName, TestResult } from "../../testing/types";
import type { Backend, BoundMailbox, Outcome, SecretResolver } from "../backend";
import { discoveryOf, endpointOf, exchangeOptionsOf, isToDiscover, type Direction } from "./endpoints";
import { reachServers } from "./reachServers";
import { failureLines, type ReportedTest } from "../../model/failureLines";
import { testOutputs, unavailable, untestedIn, withNotes } from "./results";
import { isNotTestable, mustImpersonate, signInOf, type NotTestable } from "./signIns";

/**
 * Tests against the mail servers themselves. The record of profile and binding is the Pulumi state, so deleting one
 * has nothing to give back.
 */
export const directBackend: Backend = {
  createProfile: (_id, profile, resolve) => reach(profile, resolve),

  async updateProfile(_id, profile, { outputs, stillTested }, resolve): Promise<Outcome> {
    if (!stillTested) return reach(profile, resolve);
    const { connectionResults, discoveredServerLocation } = outputs;
    return { outputs: { connectionResults, discoveredServerLocation }, failures: [] };
  },

  readProfile: (_id, outputs) => Promise.resolve(outputs),
  deleteProfile: () => Promise.resolve(),
  bindMailbox: (_id, mailbox, resolve) => testMailbox(mailbox, resolve),

  async rebindMailbox(_id, mailbox, previous, resolve): Promise<Outcome> {
    if (previous.stillTested) return { outputs: pickTested(previous.outputs), failures: [] };
    const outcome = await testMailbox(mailbox, resolve);
    const untested = untestedIn(outcome.outputs.results);
    if (untested.length > 0) return leftUntouched(mailbox, previous.outputs, untested);
    if (outcome.failures.length === 0 || mailbox.test.onFailure !== "restore") return outcome;
    return { ...outcome, outputs: { ...previous.inputs, ...outcome.outputs } };
  },

  readBinding: (_id, outputs) => Promise.resolve(outputs),
  releaseMailbox: () => Promise.resolve(),
};

/** Reaches both servers of a profile, where that is declared. */
export async function reach(profile: CheckedProfile, resolve: SecretResolver): Promise<Outcome> {
  const nothing = { connectionResults: [], discoveredServerLocation: null };
  const outputs = profile.testConnection ? await reachServers(profile, resolve) : nothing;
  return { outputs: { ...outputs }, failures: failureLines(outputs.connectionResults as unknown as ReportedTest[]) };
}

/** Thrown, an error keeps the whole state as it was; what only warns keeps the statuses. */
function leftUntouched(mailbox: BoundMailbox, outputs: PlainObject, untested: readonly TestResult[]): Outcome {
  const [first] = untested;
  if (first !== undefined && mailbox.test.onFailure !== "warn") throw unavailable(first);
  return { outputs: { ...pickTested(outputs), results: withNotes(outputs.results, untested) }, failures: [] };
}

function pickTested(outputs: PlainObject): PlainObject {
  return Object.fromEntries(Object.keys(testOutputs([], null)).map((key) => [key, outputs[key] ?? null]));
}

/** Test & Enable of one mailbox; a test of ours may bring a network of its own. */
export async function testMailbox(
  mailbox: BoundMailbox,
  resolve: SecretResolver,
  network?: TestNetwork,
): Promise<Outcome> {
  const { request, notRun } = plan(mailbox, resolve);
  // Loaded by the first test, never by check.
  const { runMailboxTest } = require("../../testing/mailboxTest") as typeof MailboxTest;
  const { discoverServers } = require("../../testing/discoverServers") as typeof DiscoverServers;
  const located = await discoverServers(request, network);
  const results = withReasons(await runMailboxTest(located.request), notRun);
  const failures = mailbox.test.onFailure === "warn" ? [] : failureLines(results);
  return { outputs: testOutputs(results, located.discoveredUrl), failures };
}

/** The host for which autodiscover is first shown credentials: a token is fetched for it. */
function autodiscoverHost(emailAddress: string): string {
  return `autodiscover.${emailAddress.slice(emailAddress.lastIndexOf("@") + 1)}`;
}

/** Everything that can be wrong before the first connection is wrong here. */
function plan(
  mailbox: BoundMailbox,
  resolve: SecretResolver,
): { request: TestToLocate; notRun: Map<TestName, NotTestable> } {
  const notRun = new Map<TestName, NotTestable>();
  const side = (direction: Direction, test: TestName, method: string): MailSide | SideToDiscover | undefined => {
    if (method !== "server-side-sync") return undefined;
    const { profile } = mailbox;
    const at = (host: string) => signInOf(mailbox, direction, host, resolve);
    const endpoint = isToDiscover(profile, direction) ? undefined : endpointOf(profile, direction);
    const signIn = at(endpoint?.host ?? autodiscoverHost(known(mailbox.emailAddress) ?? ""));
    if (isNotTestable(signIn)) {
      notRun.set(test, signIn);
      return undefined;
    }
    if (endpoint !== undefined) {
      const exchange = exchangeOptionsOf(profile, direction);
      return { endpoint, signIn, exchange: exchange && mustImpersonate(signIn, exchange) };
    }
    const { exchange, ...found } = discoveryOf(profile, direction);
    const signInAt = (host: string) => {
      const there = at(host);
      return isNotTestable(there) ? signIn : there;
    };
    return { discover: true, signIn, signInAt, exchange: mustImpersonate(signIn, exchange), ...found };
  };
  const items = side("incoming", "appointmentsContactsTasks", mailbox.appointmentsContactsTasks);
  const queue = mailbox.regarding !== null && mailbox.regarding !== undefined && "queue" in mailbox.regarding;
  const request: TestToLocate = {
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
