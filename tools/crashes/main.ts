import { mailLabAvailability } from "../../test/servers/mailLab";
import { ensurePulumi } from "../pulumi/ensure";
import { CrashLab } from "./crashLab";
import { describeMoment, scenarioOf } from "./scenario";

const help = `Kills the provider, the CLI or both with SIGKILL in the middle of what they do, and repairs the stack.

  npm run crashes -- --seed N --count M    the crashes of M seeds, from N on; stops at the first failure
`;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    process.stdout.write(help);
    return 0;
  }
  const { seed, count } = numbersOf(args);
  const { available, reason } = mailLabAvailability();
  if (!available) throw new Error(`mail-lab-missing: ${reason ?? "the mail servers are not there"}`);
  process.env.TEST_PULUMI_CLI = JSON.stringify(await ensurePulumi());
  const lab = await CrashLab.start();
  try {
    for (let current = seed; current < seed + count; current++) await crash(lab, current);
  } finally {
    await lab.stop();
  }
  return 0;
}

async function crash(lab: CrashLab, seed: number): Promise<void> {
  const scenario = scenarioOf(seed);
  const { operation, victim, moment } = scenario;
  const line = `seed ${seed}: ${operation}, kill ${victim}, ${describeMoment(moment)}`;
  try {
    const { killed, leftOver, repair, milliseconds } = await lab.run(scenario);
    const after = killed ? `${leftOver} messages left over, repaired ${repair}` : "over before";
    process.stdout.write(`${line}: ${after}, ${(milliseconds / 1000).toFixed(1)} s\n`);
  } catch (error) {
    throw new Error(`${line}: FAILED: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

function numbersOf(args: readonly string[]): { seed: number; count: number } {
  const values = { seed: 1, count: 10 };
  for (let index = 0; index < args.length; index += 2) {
    const [flag, text] = [args[index], args[index + 1] ?? ""];
    if ((flag !== "--seed" && flag !== "--count") || !/^\d+$/.test(text))
      throw new Error(`unknown-argument: ${args.join(" ")} is not understood.\n\n${help}`);
    values[flag === "--seed" ? "seed" : "count"] = Number(text);
  }
  return values;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  },
);
