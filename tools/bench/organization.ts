import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pollPlan } from "../../provider/src/backends/dynamics365/poller";
import { pausesBetween, type PollRound } from "../../test/servers/dynamics/pollRounds";
import type { PulumiProject } from "../../test/support/pulumiProject";
import { ensurePulumi } from "../pulumi/ensure";
import { failed, noOps, recordResources, skipCheckpoints, timed, withProject, type BenchProgram } from "./benchProject";
import { addressesOf } from "./mailboxes";
import { configureOneByOne } from "./oneByOne";
import { OrganizationProcess } from "./organizationProcess";
import { PeakMemory } from "./peakMemory";
import type { Row } from "./table";

const bindings = 1000;
/** The loop of which nobody would wait for a thousand. */
const loopOf = 10;
/** Of the organization, which makes each of its minutes so long. The back end's own waits are the real ones. */
const testMinutes = 1;
const secondsPerMinute = 12;
const testSeconds = testMinutes * secondsPerMinute;
const pollSeconds = pollPlan.firstMs / 1000;
const account = { username: "CONTOSO\\pipeline", password: "P1peline-Of-The-Bench" };
const up = ["up", "--yes", "--skip-preview", "--suppress-outputs", "--parallel", String(bindings)];

export const organizationTitle = `${bindings} mailboxes in a simulated organization: a test of ${60 * testMinutes} s of it takes ${testSeconds} s, polls keep their real plan`;

/** A thousand mailboxes in a simulated organization by the real engine, and a few of them one after the other. */
export async function organizationRows(): Promise<Row[]> {
  process.env.TEST_PULUMI_CLI = JSON.stringify(await ensurePulumi());
  const folder = mkdtempSync(join(tmpdir(), "bench-organization-"));
  const addresses = addressesOf(bindings + loopOf);
  const organization = await OrganizationProcess.start({ addresses, account, secondsPerMinute });
  try {
    const caFile = join(folder, "ca.pem");
    writeFileSync(caFile, organization.facts.caCertificate);
    const recorded = join(folder, "recorded.json");
    const ours = program(organization.facts.url, caFile, addresses.slice(0, bindings));
    const all = await withProject(ours, (project) => inTurn(project, organization, recorded));
    const loop = await oneByOne(organization, addresses.slice(bindings));
    return [...rowsOfUp(all, loop), ...rowsOfLaterUps(all), rowOfLoop(loop)];
  } finally {
    await organization.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function program(url: string, caFile: string, addresses: readonly string[]): BenchProgram {
  const environment = {
    SERVER_SIDE_SYNC_AUTH: "windows",
    SERVER_SIDE_SYNC_USERNAME: account.username,
    SERVER_SIDE_SYNC_PASSWORD: account.password,
    BENCH_PASSWORD: "Prof1le-Of-The-Bench",
    ...skipCheckpoints,
  };
  return { file: "organization.ts", environment, config: { url, caFile, addresses } };
}

interface Run {
  seconds: number;
  /** Of the provider's process, in MB. */
  memory: number;
}
interface MeasuredRun extends Run {
  requests: number;
  writes: number;
  polls: PollRound[];
}
interface AllAtOnce {
  first: MeasuredRun;
  again: MeasuredRun;
  refreshed: MeasuredRun;
  /** The same with resources that do nothing. */
  nothing: { first: Run; again: Run };
}

/** Runs that are held against each other follow each other: the machine may be another one a minute later. */
async function inTurn(project: PulumiProject, organization: OrganizationProcess, recorded: string): Promise<AllAtOnce> {
  const run = async (...more: string[]) => {
    const ran = await measured(project, [...up, ...more]);
    return { ...ran, ...(await organization.traffic()) };
  };
  const first = await run();
  if (first.tests !== bindings) throw new Error(`the organization has tested ${first.tests} mailboxes`);
  allEnabled(project);
  recordResources(project, recorded);
  return withProject(noOps(recorded, skipCheckpoints), async (doingNothing) => {
    const firstOfNothing = await measured(doingNothing, up);
    const again = await run();
    const nothing = { first: firstOfNothing, again: await measured(doingNothing, up) };
    return { first, again, nothing, refreshed: await run("--refresh") };
  });
}

/** A mailbox that was not tested is fast; its figure means nothing. */
function allEnabled(project: PulumiProject): void {
  const enabled = project
    .resources()
    .filter(({ outputs }) => outputs?.incomingEmailStatus === "Success" && outputs.enabledForOutgoingEmail === true);
  if (enabled.length !== bindings) throw new Error(`${enabled.length} mailboxes of ${bindings} are enabled`);
}

async function measured(project: PulumiProject, args: readonly string[]): Promise<Run> {
  let memory = 0;
  const seconds = await timed(async () => {
    const { pid, ended } = project.begin(...args);
    const peak = new PeakMemory(pid);
    const { code, output } = await ended;
    memory = peak.stop();
    if (code !== 0) throw failed(args, code, output);
  });
  return { seconds, memory };
}

interface Loop {
  seconds: number;
  requests: number;
}

async function oneByOne(organization: OrganizationProcess, addresses: readonly string[]): Promise<Loop> {
  const seconds = await timed(() => configureOneByOne(organization.facts, account, addresses));
  const { requests } = await organization.traffic();
  return { seconds, requests };
}

function rowsOfUp({ first, nothing }: AllAtOnce, loop: Loop): Row[] {
  const polls = first.polls.reduce((sum, { requests }) => sum + requests, 0);
  return [
    {
      what: `up of ${bindings}, no checkpoints`,
      measured: first.seconds,
      floor: nothing.first.seconds + testSeconds,
      unit: "s",
    },
    { what: "requests", measured: first.requests, unit: "requests" },
    {
      what: "requests of a mailbox, polls among them",
      measured: first.requests / bindings,
      floor: loop.requests / loopOf,
      unit: "requests",
    },
    { what: "polls", measured: polls, unit: "requests" },
    {
      what: `polls per ${pollSeconds} s and 100 waiting mailboxes, at most`,
      measured: mostPolls(first.polls),
      bound: 1,
      unit: "requests",
    },
    { what: "peak memory of the provider's process", measured: first.memory, floor: nothing.first.memory, unit: "MB" },
  ];
}

function rowsOfLaterUps({ again, refreshed, nothing }: AllAtOnce): Row[] {
  return [
    { what: "the same up again", measured: again.seconds, floor: nothing.again.seconds, unit: "s" },
    { what: "its requests", measured: again.requests, bound: 0, unit: "requests" },
    { what: "the same up again, --refresh", measured: refreshed.seconds, unit: "s" },
    { what: "its requests of a mailbox", measured: refreshed.requests / bindings, unit: "requests" },
    { what: "its writes", measured: refreshed.writes, bound: 0, unit: "requests" },
  ];
}

function rowOfLoop({ seconds }: Loop): Row {
  const each = seconds / loopOf;
  const calculated = `${each.toFixed(1)} s x ${bindings} = ${((each * bindings) / 3600).toFixed(1)} h`;
  return { what: `one by one, ${loopOf} (calculated for ${bindings}: ${calculated})`, measured: seconds, unit: "s" };
}

/** The most that any look has sent, a look that came too soon counted as so many more. */
function mostPolls(rounds: readonly PollRound[]): number {
  const pauses = [Infinity, ...pausesBetween(rounds)];
  const rates = rounds.map(({ requests, mailboxes }, index) => {
    const sooner = Math.max(1, pollPlan.firstMs / Math.max(1, (pauses[index] ?? Infinity) + clockMs));
    return (requests / Math.ceil(mailboxes / pollPlan.batch)) * sooner;
  });
  return Math.max(0, ...rates);
}
/** Two clocks of whole milliseconds. */
const clockMs = 2;
