import { Breakers } from "../../../provider/src/testing/breaker";
import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { MailboxTestRequest, MailSide, TestResult } from "../../../provider/src/testing/types";
import { createAuthority } from "../../servers/pki";
import { password, secretForms, type Failure, type Pki, type Situation } from "./situation";

const usualBudgetSeconds = 10;
/** A deadline is behaviour: the budget plus 1 s. */
export const latestMs = (seconds: number): number => seconds * 1000 + 1000;

export async function createPki(): Promise<Pki> {
  const authority = await createAuthority();
  return {
    authority,
    certificate: await authority.issue(),
    stranger: await createAuthority("Another Authority"),
    issue: (options) => authority.issue(options),
  };
}

let mailboxes = 0;

/** What came out of a situation. */
export interface Outcome {
  results: readonly TestResult[];
  result: TestResult;
  took: number;
  /** As the messages name the server. */
  place: string;
  received: string;
  connections: number;
}

/** Runs a mailbox test against the server of the situation. */
export async function play(situation: Situation, pki: Pki): Promise<Outcome> {
  const { protocol, security = "tls", signIn = password, budgetSeconds = usualBudgetSeconds } = situation;
  const opponent = await situation.start(pki, security);
  const { host, port } = opponent;
  const side: MailSide = {
    endpoint: { protocol, host, port, security, caCertificates: pki.authority.certificate },
    signIn,
    exchange: {
      url: `${security === "tls" ? "https" : "http"}://${host}:${port}/EWS/Exchange.asmx`,
      impersonate: false,
      method: "basic",
      version: "Exchange2013_SP1",
    },
  };
  try {
    const asked = {
      // Tests of one mailbox wait for each other.
      emailAddress: `sales${(mailboxes += 1)}@contoso.com`,
      [protocol === "smtp" ? "outgoing" : "incoming"]: side,
      roundTrip: false,
      accessCheckOnly: situation.accessCheckOnly ?? false,
      timeoutSeconds: budgetSeconds,
      maxConcurrentTests: 100,
    };
    const outcome = await timed(asked);
    const { received, connections } = opponent;
    return { ...outcome, place: `${host}:${port}`, received: received(), connections: connections() };
  } finally {
    await opponent.stop();
  }
}

const tickMs = 50;

/** Counts the time in which this process did not run: on a machine that is busy elsewhere, no deadline holds in it. */
export function watchStandstill(): () => number {
  let lost = 0;
  let last = performance.now();
  const look = () => {
    const gap = performance.now() - last;
    if (gap > 2 * tickMs) lost += gap - tickMs;
    last += gap;
  };
  const timer = setInterval(look, tickMs);
  return () => {
    clearInterval(timer);
    look();
    return lost;
  };
}

/** The first part that was tested, with all others. */
export async function timed(
  asked: MailboxTestRequest,
  part?: TestResult["test"],
): Promise<Pick<Outcome, "results" | "result" | "took">> {
  const lost = watchStandstill();
  const start = performance.now();
  const results = await runMailboxTest(asked, undefined, new Breakers());
  const took = performance.now() - start - lost();
  const result = results.find(({ test, status }) => (part === undefined ? status !== "Not Run" : test === part));
  if (result === undefined) throw new Error("nothing was tested");
  return { results, result, took };
}

/** Holds one part to what must come out. */
export function expectFailure(result: TestResult, place: string, { code, transient, remedy, says }: Failure): void {
  expect(result).toMatchObject({
    status: "Failure",
    code: typeof code === "string" ? code : (expect.stringMatching(code) as unknown),
    transient,
    message: expect.stringContaining(place) as unknown,
    remedy: expect.stringContaining(remedy) as unknown,
  });
  if (says !== undefined) expect(result.message).toContain(says);
  expect(result.message).not.toContain("\n");
}

/** Holds an outcome to its row. That nothing was thrown unseen is the test runner's own rule. */
export function expectOutcome(situation: Situation, outcome: Outcome): void {
  const { signIn = password, comesOut, budgetSeconds = usualBudgetSeconds } = situation;
  if (comesOut === "Success") expect(outcome.result).toMatchObject({ status: "Success" });
  else expectFailure(outcome.result, outcome.place, comesOut);
  expect(outcome.took).toBeLessThan(latestMs(budgetSeconds));
  const secrets = secretForms(signIn);
  for (const secret of secrets) expect(JSON.stringify(outcome.results)).not.toContain(secret);
  if (situation.connections !== undefined) expect(outcome.connections).toBe(situation.connections);
  if (situation.beforeSignIn !== true) return;
  expect(outcome.received).not.toMatch(/\b(LOGIN|AUTH|AUTHENTICATE|USER|PASS)\b/i);
  for (const secret of secrets) expect(outcome.received).not.toContain(secret);
}
