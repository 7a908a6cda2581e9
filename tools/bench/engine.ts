import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PulumiProject } from "../../test/support/pulumiProject";
import { ensurePulumi } from "../pulumi/ensure";
import { noOps, recordResources, skipCheckpoints, succeeded, timed, withProject } from "./benchProject";
import { addressesOf, password, testAll, usersOf } from "./mailboxes";
import { startMailServers, type MailServers } from "./mailServersProcess";
import { median, type Row } from "./table";

/**
 * How often each is measured, by the number of bindings. A thousand with checkpoints are left to those who ask for
 * them: the file backend rewrites the whole state twice for each, and takes minutes also where nothing is done.
 */
const plans = [
  { bindings: 10, previews: 5, ups: 3, withCheckpoints: 3 },
  { bindings: 100, previews: 3, ups: 3, withCheckpoints: 1 },
  { bindings: 1000, previews: 3, ups: 1, withCheckpoints: process.env.BENCH_ALL === undefined ? 0 : 1 },
];
const bounds = { preview: 1.15, up: 1.2, stateOctets: 4096 };

/** Preview and up by the real engine, against as many resources that do nothing and the same tests without an engine. */
export async function engineRows(): Promise<Row[]> {
  process.env.TEST_PULUMI_CLI = JSON.stringify(await ensurePulumi());
  const folder = mkdtempSync(join(tmpdir(), "bench-engine-"));
  const addresses = addressesOf(Math.max(...plans.map(({ bindings }) => bindings)));
  const servers = await startMailServers(usersOf(addresses));
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, servers.caCertificate);
  try {
    const rows: Row[] = [];
    for (const plan of plans) {
      const bench = new EngineBench(servers, caFile, folder, addresses.slice(0, plan.bindings));
      rows.push(...(await bench.rows(plan)));
    }
    return rows;
  } finally {
    await servers.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

class EngineBench {
  private readonly recorded: string;
  private stateOctets = 0;

  constructor(
    private readonly servers: MailServers,
    private readonly caFile: string,
    folder: string,
    private readonly addresses: readonly string[],
  ) {
    this.recorded = join(folder, `recorded-${addresses.length}.json`);
  }

  async rows({ bindings, previews, ups, withCheckpoints }: (typeof plans)[number]): Promise<Row[]> {
    const what = (operation: string) => `${operation} of ${bindings}`;
    // The first up tells what the resources look like, and is measured like every other.
    const firstUp = await this.up("ours", true, (project) => {
      this.record(project);
    });
    const preview = await this.pairs(previews, (kind) => this.preview(kind));
    const up = await this.pairs(ups, (kind) => this.up(kind, true), [firstUp]);
    const kept = await this.pairs(withCheckpoints, (kind) => this.up(kind, false));
    const tests = await timed(() => testAll(this.servers, this.addresses));
    const unit = "s";
    return [
      { what: what("preview"), measured: preview.ours, floor: preview.noOp, bound: bounds.preview, unit },
      { what: `${what("up")}, no checkpoints`, measured: up.ours, floor: up.noOp + tests, bound: bounds.up, unit },
      ...(withCheckpoints === 0
        ? []
        : [
            {
              what: `${what("up")}, checkpoints`,
              measured: kept.ours,
              floor: kept.noOp + tests,
              bound: bounds.up,
              unit,
            },
          ]),
      {
        what: `state of a binding of ${bindings}`,
        measured: this.stateOctets,
        bound: bounds.stateOctets,
        unit: "octets",
      },
    ];
  }

  /** Medians of runs that take turns. */
  private async pairs(
    runs: number,
    measure: (kind: "ours" | "noOp") => Promise<number>,
    earlier: readonly number[] = [],
  ): Promise<{ ours: number; noOp: number }> {
    const [ours, noOp] = [[...earlier], [] as number[]];
    for (let run = 0; run < runs; run += 1) {
      noOp.push(await measure("noOp"));
      if (ours.length < runs) ours.push(await measure("ours"));
    }
    return { ours: median(ours), noOp: median(noOp) };
  }

  private preview(kind: "ours" | "noOp"): Promise<number> {
    return this.withProject(kind, {}, (project) => timed(() => succeeded(project, "preview", "--suppress-outputs")));
  }

  private up(
    kind: "ours" | "noOp",
    withoutCheckpoints: boolean,
    look: (project: PulumiProject) => void = () => undefined,
  ): Promise<number> {
    return this.withProject(kind, withoutCheckpoints ? skipCheckpoints : {}, async (project) => {
      const took = await timed(() => succeeded(project, "up", "--yes", "--skip-preview", "--suppress-outputs"));
      look(project);
      return took;
    });
  }

  private withProject<T>(
    kind: "ours" | "noOp",
    environment: Readonly<Record<string, string>>,
    use: (project: PulumiProject) => Promise<T>,
  ): Promise<T> {
    const { addresses, caFile, recorded } = this;
    if (kind === "noOp") return withProject(noOps(recorded, environment), use);
    const { imapPort, smtpPort } = this.servers;
    const config = { imapPort, smtpPort, caFile, addresses };
    return withProject({ file: "declared.ts", environment: { BENCH_PASSWORD: password, ...environment }, config }, use);
  }

  private record(project: PulumiProject): void {
    recordResources(project, this.recorded);
    const bindings = project.resources().filter(({ urn }) => urn.includes("server-side-sync:MailboxBinding::"));
    // What the engine itself notes of a resource, such as where the program declares it, is not of our making.
    this.stateOctets = median(
      bindings.map(({ inputs, outputs }) => Buffer.byteLength(JSON.stringify([inputs, outputs]))),
    );
  }
}
