export const operations = ["create", "retest", "profile", "rotation", "address", "remove", "destroy"] as const;
export type Operation = (typeof operations)[number];

/** Who is killed: the process of the provider, the CLI, or the CLI with all that it has started. */
export const victims = ["provider", "cli", "all"] as const;
export type Victim = (typeof victims)[number];

/** What a mail server hears or answers, as the first line of a packet. */
export const mailEvents = {
  "SMTP connected": { server: "smtp", from: "server", line: /^220 / },
  "SMTP DATA asked for": { server: "smtp", from: "client", line: /^DATA\r\n/im },
  "SMTP message accepted": { server: "smtp", from: "server", line: /^250 2\.0\.0 Ok: queued/im },
  "IMAP connected": { server: "imap", from: "server", line: /^\* OK / },
  "IMAP search": { server: "imap", from: "client", line: /^\S+ UID SEARCH /im },
  "IMAP message to be deleted": { server: "imap", from: "client", line: /^\S+ UID STORE .*\\Deleted/im },
  "IMAP message deleted": { server: "imap", from: "server", line: /^\* \d+ EXPUNGE/im },
} as const satisfies Record<string, { server: "smtp" | "imap"; from: "server" | "client"; line: RegExp }>;
export type MailEvent = keyof typeof mailEvents;

/** When the kill comes. What depends on an event is the same in every run, as nearly as concurrency lets it. */
export type Moment =
  | { kind: "mail"; event: MailEvent; nth: number }
  /** The nth change in the folder into which the backend writes the stack. */
  | { kind: "state"; nth: number }
  /** Milliseconds after the CLI was started. */
  | { kind: "clock"; milliseconds: number };

export interface Scenario {
  seed: number;
  operation: Operation;
  victim: Victim;
  moment: Moment;
  maxConcurrentTests: number;
}

/** Every test of the operations below sees these events at least that often: once for each mailbox that is tested. */
const testedMailboxes: Record<Operation, number> = {
  create: 4,
  retest: 4,
  profile: 2,
  rotation: 1,
  address: 1,
  remove: 0,
  destroy: 0,
};
/** Changes of the folder that every run of the operation makes. */
const stateChanges: Record<Operation, number> = {
  create: 30,
  retest: 30,
  profile: 20,
  rotation: 10,
  address: 15,
  remove: 10,
  destroy: 20,
};
/** About as long as an operation takes: the CLI needs seconds to start its children. */
const longestMs = 3500;

/** What a seed decides. */
export function scenarioOf(seed: number): Scenario {
  const random = randomOf(seed);
  const operation = pick(operations, random);
  return {
    seed,
    operation,
    victim: pick(victims, random),
    moment: momentOf(operation, random),
    maxConcurrentTests: pick([1, 2, 4], random),
  };
}

export function describeMoment(moment: Moment): string {
  switch (moment.kind) {
    case "mail":
      return `${moment.event}, ${moment.nth}.`;
    case "state":
      return `state written, ${moment.nth}.`;
    case "clock":
      return `after ${moment.milliseconds} ms`;
  }
}

function momentOf(operation: Operation, random: () => number): Moment {
  const mailboxes = testedMailboxes[operation];
  const kind = pick(mailboxes === 0 ? (["state", "state", "clock"] as const) : momentKinds, random);
  switch (kind) {
    case "mail":
      return {
        kind,
        event: pick(Object.keys(mailEvents) as MailEvent[], random),
        nth: 1 + Math.floor(random() * mailboxes),
      };
    case "state":
      return { kind, nth: 1 + Math.floor(random() * stateChanges[operation]) };
    case "clock":
      return { kind, milliseconds: Math.floor(random() * longestMs) };
  }
}
const momentKinds = ["mail", "mail", "mail", "state", "state", "clock"] as const;

function pick<T>(values: readonly T[], random: () => number): T {
  return values[Math.floor(random() * values.length)] as T;
}

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
