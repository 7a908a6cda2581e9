import dns from "node:dns";
import { imapSituations } from "./imapSituations";
import { createPki, expectOutcome, play, type Outcome } from "./play";
import { pop3Situations } from "./pop3Situations";
import { password, secretForms, token, type Situation } from "./situation";
import { smtpSituations } from "./smtpSituations";
import { startTlsSituations } from "./startTlsSituations";
import { hostOfSilentNameServer, transportSituations } from "./transportSituations";

/** Most of the time goes into waiting for a budget to end. */
const atOnce = 8;

const situations: readonly Situation[] = [
  ...transportSituations,
  ...startTlsSituations,
  ...imapSituations,
  ...smtpSituations,
  ...pop3Situations,
];
const nameOf = ({ protocol, security = "tls", name }: Situation) => `${protocol} (${security}): ${name}`;

/** getaddrinfo reads the machine's own name servers: that one of them is down cannot be staged from outside. */
function silenceNameServer(): jest.SpyInstance {
  const lookup = dns.lookup as (host: string, ...rest: unknown[]) => unknown;
  return jest.spyOn(dns, "lookup").mockImplementation((host: string, ...rest: unknown[]) => {
    if (host !== hostOfSilentNameServer) return lookup(host, ...rest);
    const callback = rest.at(-1) as (error: Error) => void;
    const error = Object.assign(new Error(`getaddrinfo EAI_AGAIN ${host}`), { code: "EAI_AGAIN" });
    process.nextTick(callback, error);
    return undefined;
  });
}

describe("fault matrix", () => {
  const outcomes = new Map<Situation, Promise<Outcome>>();
  let trace = "";
  const spies: jest.SpyInstance[] = [];
  const level = process.env.SERVER_SIDE_SYNC_LOG;

  beforeAll(async () => {
    process.env.SERVER_SIDE_SYNC_LOG = "trace";
    spies.push(
      silenceNameServer(),
      jest.spyOn(process.stderr, "write").mockImplementation((text) => {
        trace += String(text);
        return true;
      }),
    );
    // What is loaded late would count against the first budgets.
    for (const library of ["ews-javascript-api", "imapflow", "nodemailer/lib/smtp-connection"]) require(library);
    const pki = await createPki();
    const waiting = [...situations];
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const outcome = play(next, pki);
        outcomes.set(next, outcome);
        await outcome.catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }, 300_000);
  afterAll(() => {
    for (const spy of spies) spy.mockRestore();
    if (level === undefined) delete process.env.SERVER_SIDE_SYNC_LOG;
    else process.env.SERVER_SIDE_SYNC_LOG = level;
  });

  test.each(situations.map((situation) => [nameOf(situation), situation] as const))("%s", async (_name, situation) => {
    const outcome = await outcomes.get(situation);
    if (outcome === undefined) throw new Error("not played");
    expectOutcome(situation, outcome);
  });

  test("each situation is in the table once", () => {
    const names = situations.map(nameOf);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test("the log of everything that was exchanged holds no secret", () => {
    expect(trace).toContain("LOGIN");
    for (const secret of [...secretForms(password), ...secretForms(token)]) expect(trace).not.toContain(secret);
  });
});
