import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, connect, type AddressInfo } from "node:net";

const pollMs = 20;

/** Waits for a condition, with a deadline; never for a fixed time. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  deadlineMs: number,
): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

/** Ports of the loopback that nobody listens on at the moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", () => {
          resolve(server);
        });
      });
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** True where something accepts connections. */
export function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const settle = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => {
      settle(true);
    });
    socket.once("error", () => {
      settle(false);
    });
  });
}

/** Ends a process that we started, by its pid, and waits until it is gone. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  const gone = () => child.exitCode !== null || child.signalCode !== null;
  if (gone()) return;
  child.kill(signal);
  try {
    await until("the end of a process", gone, 10_000);
  } catch {
    child.kill("SIGKILL");
    await until("the end of a killed process", gone, 5000);
  }
}

/** Ends a process that we started and all that it has started, at once and without a chance to say goodbye. Linux only. */
export async function crashProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  for (const pid of [child.pid, ...descendantsOf(child.pid)]) killIfThere(pid);
  await until("the end of a crashed process", () => child.exitCode !== null || child.signalCode !== null, 5000);
}

/** What a process has started, what that has started, and so on. Linux only. */
export function descendantsOf(ancestor: number): number[] {
  const parents = parentsByPid();
  const family = [ancestor];
  for (const parent of family) for (const [pid, of] of parents) if (of === parent) family.push(pid);
  return family.slice(1);
}

/** What a process was called with; empty where it is gone, a corpse too. Linux only. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}

function parentsByPid(): [number, number][] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): [number, number][] => {
      try {
        // The name of the command stands in parentheses and may hold anything; state and parent follow it.
        const parent = readFileSync(`/proc/${name}/stat`, "latin1").replace(/^.*\)/s, "").trim().split(" ")[1];
        return [[Number(name), Number(parent)]];
      } catch {
        return [];
      }
    });
}

/** Ends a process at once and without a chance to say goodbye. */
export function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself meanwhile.
  }
}
