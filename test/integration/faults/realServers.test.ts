import { openImap } from "../../../provider/src/testing/imap";
import { greet } from "../../../provider/src/testing/greeting";
import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { Endpoint, MailSide, TestName } from "../../../provider/src/testing/types";
import { Budget } from "../../../provider/src/transport/budget";
import { mailLabAvailability, startMailLab, type LabLimits, type MailLab } from "../../servers/mailLab";
import { until } from "../../servers/processes";
import { describeIfAvailable } from "../../support/layers";
import { expectFailure, latestMs, watchStandstill } from "./play";
import { crowdedSituations, limitedSituations, limits, usualSituations, type RealSituation } from "./realSituations";
import { secretForms, type Failure } from "./situation";

const budgetSeconds = 10;
const alice = "alice@lab.test";

function endpointOf(lab: MailLab, protocol: "imap" | "smtp", security: Endpoint["security"] = "tls"): Endpoint {
  const port = lab[protocol][security === "tls" ? "tls" : "starttls"];
  return { protocol, host: lab.host, port, security, caCertificates: lab.caCertificate };
}
const passwordOf = (lab: MailLab, username: string) =>
  ({ type: "password", username, password: lab.users[username] ?? "" }) as const;

async function expectSituation(lab: MailLab, situation: RealSituation): Promise<void> {
  const { protocol, security, emailAddress, trusted, comesOut } = situation;
  const endpoint = endpointOf(lab, protocol, security);
  if (trusted === false) delete endpoint.caCertificates;
  const side: MailSide = { endpoint, signIn: situation.signIn(lab) };
  const lost = watchStandstill();
  const start = performance.now();
  const results = await runMailboxTest({
    emailAddress,
    [protocol === "smtp" ? "outgoing" : "incoming"]: side,
    roundTrip: false,
    timeoutSeconds: budgetSeconds,
    maxConcurrentTests: 4,
  });
  expect(performance.now() - start - lost()).toBeLessThan(latestMs(budgetSeconds));
  const tested = results.filter(({ status }) => status !== "Not Run");
  expect(tested).toHaveLength(1);
  for (const result of tested) expectFailure(result, `${endpoint.host}:${endpoint.port}`, comesOut);
  for (const secret of secretForms(situation.signIn(lab))) expect(JSON.stringify(results)).not.toContain(secret);
}
const rows = (situations: readonly RealSituation[]) =>
  situations.map((situation) => [`${situation.protocol}: ${situation.name}`, situation] as const);

function withLab(name: string, labLimits: LabLimits, suite: (lab: () => MailLab) => void): void {
  describeIfAvailable(name, mailLabAvailability(), () => {
    let lab: MailLab;
    beforeAll(async () => {
      lab = await startMailLab([], labLimits);
    }, 60_000);
    afterAll(() => lab.stop(), 30_000);
    suite(() => lab);
  });
}

withLab("fault matrix of Dovecot and Postfix", {}, (lab) => {
  test.each(rows(usualSituations))("%s", (_name, situation) => expectSituation(lab(), situation), 20_000);
});

withLab("fault matrix of Dovecot and Postfix that let little pass", limits, (lab) => {
  test.each(rows(limitedSituations))("%s", (_name, situation) => expectSituation(lab(), situation), 20_000);

  describe("while their connections are taken", () => {
    let release: () => Promise<void>;
    beforeAll(async () => {
      const budget = Budget.ofSeconds(60);
      const session = await openImap(endpointOf(lab(), "imap"), passwordOf(lab(), alice), budget);
      const connection = await greet(endpointOf(lab(), "smtp"), budget);
      release = async () => {
        connection.close();
        await session.close();
      };
    }, 20_000);
    afterAll(() => release());
    test.each(rows(crowdedSituations))("%s", (_name, situation) => expectSituation(lab(), situation), 20_000);
  });
});

/** A server that crashes as soon as the conversation has come to a point. */
interface Crash {
  protocol: "imap" | "smtp";
  user: string;
  part: TestName;
  point: string;
  times: number;
  comesOut: Failure;
}
const crashes: readonly Crash[] = [
  // Over its quota: the message is accepted and does not arrive. The inbox is opened again, and nobody listens.
  {
    protocol: "imap",
    user: "quota@lab.test",
    part: "roundTrip",
    point: "UID SEARCH",
    times: 4,
    comesOut: { code: "connection-refused", transient: true, remedy: "may be restarting" },
  },
  {
    protocol: "smtp",
    user: "slow@lab.test",
    part: "outgoingEmail",
    point: "RCPT TO",
    times: 1,
    comesOut: { code: "connection-reset", transient: true, remedy: "log" },
  },
];

describe.each(crashes)("$protocol that crashes", ({ protocol, user, part, point, times, comesOut }) => {
  withLab(`at ${point}`, {}, (lab) => {
    let trace = "";
    let spy: jest.SpyInstance;
    const level = process.env.SERVER_SIDE_SYNC_LOG;
    beforeAll(() => {
      process.env.SERVER_SIDE_SYNC_LOG = "debug";
      spy = jest.spyOn(process.stderr, "write").mockImplementation((text) => {
        trace += String(text);
        return true;
      });
    });
    afterAll(() => {
      spy.mockRestore();
      if (level === undefined) delete process.env.SERVER_SIDE_SYNC_LOG;
      else process.env.SERVER_SIDE_SYNC_LOG = level;
    });

    test("the test ends at once", async () => {
      const signIn = passwordOf(lab(), user);
      const start = performance.now();
      const running = runMailboxTest({
        emailAddress: user,
        incoming: { endpoint: endpointOf(lab(), "imap"), signIn },
        outgoing: { endpoint: endpointOf(lab(), "smtp"), signIn },
        roundTrip: true,
        timeoutSeconds: budgetSeconds,
        maxConcurrentTests: 4,
      });
      await until(`${point} on its way`, () => trace.split(point).length > times, 8000);
      await (protocol === "imap" ? lab().crashImap() : lab().crashSmtp());
      const result = (await running).find(({ test }) => test === part);
      expect(performance.now() - start).toBeLessThan(budgetSeconds * 1000);
      if (result === undefined) throw new Error(`${part} was not tested`);
      const place = `${lab().host}:${lab()[protocol].tls}`;
      expectFailure(result, place, comesOut);
    }, 20_000);
  });
});
