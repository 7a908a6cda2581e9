interface Slots {
  used: number;
  waiting: { limit: number; grant: () => void }[];
}

const hosts = new Map<string, Slots>();

/**
 * Runs `work` when every host has a free slot: mail servers cap the connections of one client, and the engine starts
 * many creates at once. First come, first served. Several hosts are taken in sorted order, so that two tests never
 * wait for each other.
 */
export async function withHostSlots<T>(names: readonly string[], limit: number, work: () => Promise<T>): Promise<T> {
  const wanted = [...new Set(names)].sort();
  const taken: string[] = [];
  try {
    for (const name of wanted) {
      await acquire(name, limit);
      taken.push(name);
    }
    return await work();
  } finally {
    taken.forEach(release);
  }
}

function acquire(name: string, limit: number): Promise<void> {
  const slots = hosts.get(name) ?? { used: 0, waiting: [] };
  hosts.set(name, slots);
  if (slots.used < limit && slots.waiting.length === 0) {
    slots.used += 1;
    return Promise.resolve();
  }
  return new Promise((grant) => slots.waiting.push({ limit, grant }));
}

function release(name: string): void {
  const slots = hosts.get(name);
  if (slots === undefined) return;
  slots.used -= 1;
  const next = slots.waiting[0];
  if (next !== undefined && slots.used < next.limit) {
    slots.waiting.shift();
    slots.used += 1;
    next.grant();
  } else if (slots.used === 0) {
    hosts.delete(name);
  }
}
