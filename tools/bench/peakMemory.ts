import { readFileSync } from "node:fs";
import { commandLine, descendantsOf } from "../../test/servers/processes";

const lookMs = 200;

/**
 * The most memory that a provider's process had at once, of those below a CLI, in MB. The system keeps it for each
 * process, so that nothing is missed between two looks, apart from what comes after the last. Linux only.
 */
export class PeakMemory {
  private readonly timer: NodeJS.Timeout;
  private peak = 0;

  constructor(private readonly cli: number) {
    this.timer = setInterval(() => {
      this.look();
    }, lookMs);
  }

  stop(): number {
    clearInterval(this.timer);
    return this.peak;
  }

  private look(): void {
    for (const pid of descendantsOf(this.cli))
      if (commandLine(pid).includes("dynamic-provider")) this.peak = Math.max(this.peak, peakOf(pid));
  }
}

/** 0 where the process is gone. */
function peakOf(pid: number): number {
  try {
    const [, kilobytes = "0"] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    return Number(kilobytes) / 1024;
  } catch {
    return 0;
  }
}
