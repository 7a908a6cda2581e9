interface Waiting {
  place: number;
  hosts: readonly Host[];
  limit: number;
  start: () => void;
}
interface Host {
  name: string;
  used: number;
  /** In the order of their arrival. */
  waiting: Set<Waiting>;
}

const known = new Map<string, Host>();
let arrivals = 0;

/**
 * Runs `work` when every host has a free slot: mail servers cap the connections of one client, and the engine starts
 * many creates at once. First come, first served: whoever waits has a claim to a slot of each of its hosts, and nobody
 * who came later is given it. Slots are taken all at once, so that no test holds one while it waits for another.
 */
export async function withHostSlots<T>(names: readonly string[], limit: number, work: () => Promise<T>): Promise<T> {
  if (names.length === 0) return work();
  const hosts = [...new Set(names)].map(hostOf);
  await new Promise<void>((start) => {
    const waiting: Waiting = { place: arrivals++, hosts, limit, start };
    for (const host of hosts) host.waiting.add(waiting);
    startWhoMay(hosts);
  });
  try {
    return await work();
  } finally {
    for (const host of hosts) host.used -= 1;
    startWhoMay(hosts);
    for (const host of hosts) if (host.used === 0 && host.waiting.size === 0) known.delete(host.name);
  }
}

function hostOf(name: string): Host {
  const host = known.get(name) ?? { name, used: 0, waiting: new Set() };
  known.set(name, host);
  return host;
}

function startWhoMay(changed: readonly Host[]): void {
  const hosts = new Set(changed);
  for (;;) {
    const [next] = [...hosts].flatMap(claimants).filter(mayStart).sort(byPlace);
    if (next === undefined) return;
    for (const host of next.hosts) {
      host.waiting.delete(next);
      host.used += 1;
      // Whoever waited behind a lower limit may have been waiting for this.
      hosts.add(host);
    }
    next.start();
  }
}

/** Those for whom a host has a slot. One who waits for a lower limit would wait for ever, if those behind were let in. */
function claimants({ used, waiting }: Host): Waiting[] {
  const served: Waiting[] = [];
  let lowest = Infinity;
  for (const next of waiting) {
    lowest = Math.min(lowest, next.limit);
    if (used + served.length >= lowest) break;
    served.push(next);
  }
  return served;
}

function mayStart(waiting: Waiting): boolean {
  return waiting.hosts.every((host) => claimants(host).includes(waiting));
}

function byPlace(one: Waiting, other: Waiting): number {
  return one.place - other.place;
}
