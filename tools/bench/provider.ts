import { spawnSync } from "node:child_process";
import { ProviderProcess, type Bag } from "../../test/contract/providerProcess";
import { repositoryRoot } from "../repository";
import { median, percentile, type Row } from "./table";

const calls = 500;
const starts = 5;
const coreLimitMs = 60;
const literal = (entry: string) => `exports.handler = () => require("pulumi-server-side-sync/runtime").${entry};`;
/** As long as ours. */
const noOpLiteral = `exports.handler = () => require("./build/tools/bench/noOp.js").noOp;`.padEnd(
  literal("mailboxBinding").length,
);

const organization = { deployment: "on-premises", fips: false };
const declaredProfile = {
  __provider: literal("emailServerProfile"),
  name: "mail",
  identity: "urn:pulumi:bench::bench::pulumi-nodejs:dynamic/server-side-sync:EmailServerProfile::mail",
  organization,
  emailSystem: "gmail",
};

/** What a check costs in the provider's process, and how soon the first one is answered. */
export async function providerRows(): Promise<Row[]> {
  const { ours, noOp } = await checkTimes();
  const coldOurs: number[] = [];
  const coldNoOp: number[] = [];
  for (let start = 0; start < starts; start += 1) {
    coldNoOp.push(await coldStart({ ...declaredProfile, __provider: noOpLiteral }));
    coldOurs.push(await coldStart(declaredProfile));
  }
  return [
    // Ours: what counts for a user is the preview, which has a bound of its own. These show where its time goes.
    { what: "check of a binding, p50", measured: median(ours), floor: median(noOp), bound: 2, unit: "ms" },
    {
      what: "check of a binding, p95",
      measured: percentile(ours, 95),
      floor: percentile(noOp, 95),
      bound: 2,
      unit: "ms",
    },
    {
      what: "cold start to the first check",
      measured: median(coldOurs),
      floor: median(coldNoOp),
      bound: 1.3,
      unit: "ms",
    },
    { what: "requiring the core, warm", measured: coreMilliseconds(), bound: coreLimitMs, unit: "ms" },
    { what: "__provider", measured: Buffer.byteLength(literal("mailboxBinding")), bound: 128, unit: "octets" },
  ];
}

async function checkTimes(): Promise<{ ours: number[]; noOp: number[] }> {
  const provider = await ProviderProcess.start();
  try {
    const { inputs: profile } = await provider.check({}, declaredProfile);
    const binding = {
      __provider: literal("mailboxBinding"),
      identity: "urn:pulumi:bench::bench::pulumi-nodejs:dynamic/server-side-sync:MailboxBinding::sales",
      emailAddress: "sales@contoso.com",
      credentials: { type: "password", password: { env: "BENCH_PASSWORD", version: "1" } },
      profile: { ...profile, id: "8c1b0f3e-5d0a-4f0e-9a53-7f2b6a1f4c9d", __provider: null },
    };
    const { inputs: checked } = await provider.check({}, binding);
    const bags = { ours: binding, noOp: { ...checked, __provider: noOpLiteral } };
    const times = { ours: [] as number[], noOp: [] as number[] };
    // Both calls take turns; those of the first fifth compile.
    for (let call = -calls / 5; call < calls; call += 1)
      for (const kind of ["ours", "noOp"] as const) {
        const took = await timed(() => provider.check({}, bags[kind]));
        if (call >= 0) times[kind].push(took);
      }
    return times;
  } finally {
    await provider.stop();
  }
}

async function coldStart(bag: Bag): Promise<number> {
  const start = performance.now();
  const provider = await ProviderProcess.start();
  try {
    await provider.check({}, bag);
    return performance.now() - start;
  } finally {
    await provider.stop();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Beyond what every program of Pulumi loads anyway. */
function coreMilliseconds(): number {
  const script = `
    require("@pulumi/pulumi"); require("zod");
    const start = performance.now();
    require("pulumi-server-side-sync/runtime");
    process.stdout.write(String(performance.now() - start));`;
  const once = () => {
    const { stdout, stderr } = spawnSync(process.execPath, ["-e", script], { cwd: repositoryRoot, encoding: "utf8" });
    if (stderr !== "") throw new Error(stderr);
    return Number(stdout);
  };
  return median(Array.from({ length: starts }, once));
}
