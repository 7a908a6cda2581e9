import { raiseAlert } from "./alerts";
import type { Row } from "./columns";
import type { Organization } from "./organization";
import { columnsOf, testedDirections, unmetByAppointments, unmetPrecondition } from "./preconditions";
import { dateTime, idIn, textIn } from "./store";
import { never } from "./tables/mailbox";
import type { Direction, Tester, TestOutcome } from "./tester";

/** Minutes of the organization, which may be shorter than a clock's. */
export interface TestTiming {
  secondsPerMinute: number;
  /** From scheduling to the start. */
  waitMinutes: number;
  /** What a run takes at least. */
  runMinutes: number;
  retryMinutes: number;
  mostRetries: number;
}
/**
 * In which order a run's results appear. No document says it: all in one write, or the flag down before the date and the
 * statuses are there, or the other way round.
 */
export type Completion = "at-once" | "flag-first" | "date-first";
export interface TestAndEnableOptions extends TestTiming {
  tester: Tester;
  completion: Completion;
  alerts: boolean;
}

type Outcomes = ReadonlyMap<Direction, TestOutcome>;
const directions = ["incoming", "outgoing", "appointments"] as const;

/** The background job of Test & Enable (dynamics.md 4): what is scheduled runs on its own, all mailboxes at once. */
export class TestAndEnable {
  private readonly timers = new Set<NodeJS.Timeout>();
  private stopped = false;
  /** How often a test was run, retries too. */
  runs = 0;

  constructor(
    private readonly organization: Organization,
    readonly options: TestAndEnableOptions,
  ) {}

  /** Starts what requests have scheduled. */
  startScheduled(): void {
    const { scheduled, store } = this.organization;
    for (const id of [...scheduled]) {
      scheduled.delete(id);
      if (store.find("mailbox", id)?.testemailconfigurationscheduled === true) this.schedule(id);
    }
  }

  schedule(id: string): void {
    const { waitMinutes } = this.options;
    this.after(waitMinutes, () => void this.run(id));
  }

  /** One cycle of synchronization after the test: what fails in it is said, and disables what it concerns. */
  async synchronize(id: string): Promise<void> {
    const outcomes = await this.outcomesOf(id);
    if (outcomes === undefined) return;
    const failed = [...outcomes].filter(([, { ok }]) => !ok);
    const now = dateTime(this.organization.store.now());
    this.write(
      id,
      failed.length === 0 ? { mailboxstatus: 1 } : { ...resultsOf(outcomes), lastsyncerroroccurredon: now },
    );
    this.say(id, outcomes, "error");
  }

  stop(): void {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  private after(minutes: number, act: () => void): void {
    if (this.stopped) return;
    const timer = setTimeout(
      () => {
        this.timers.delete(timer);
        act();
      },
      minutes * this.options.secondsPerMinute * 1000,
    );
    this.timers.add(timer);
  }

  private async run(id: string): Promise<void> {
    this.runs += 1;
    const [outcomes] = await Promise.all([
      this.outcomesOf(id),
      new Promise<void>((resolve) => {
        this.after(this.options.runMinutes, resolve);
      }),
    ]);
    const mailbox = this.organization.store.find("mailbox", id);
    if (this.stopped || outcomes === undefined || mailbox === undefined) return;
    const retries = Number(mailbox.testemailconfigurationretrycount);
    const failed = [...outcomes.values()].filter(({ ok }) => !ok);
    const willPass = failed.length > 0 && failed.every(({ permanent }) => permanent !== true);
    if (willPass && retries < this.options.mostRetries) this.postpone(id, outcomes, retries);
    else this.complete(id, mailbox, outcomes);
  }

  /** What each direction that is tested comes to; undefined when the mailbox is gone. */
  private async outcomesOf(id: string): Promise<Outcomes | undefined> {
    const { store } = this.organization;
    const mailbox = store.find("mailbox", id);
    if (mailbox === undefined) return undefined;
    const tested = testedDirections(mailbox);
    const unmet = unmetPrecondition(this.organization, mailbox);
    if (unmet !== undefined) return new Map(tested.map((direction) => [direction, unmet]));
    const profile = store.get("emailserverprofile", idIn(mailbox.emailserverprofile) ?? "");
    const tries = tested.map(async (direction): Promise<[Direction, TestOutcome]> => {
      try {
        const unmetHere = direction === "appointments" ? unmetByAppointments(this.organization, mailbox) : undefined;
        return [direction, unmetHere ?? (await this.options.tester(mailbox, profile, direction))];
      } catch (error) {
        return [direction, { ok: false, text: "The test of {mailbox} failed.", details: String(error) }];
      }
    });
    return new Map(await Promise.all(tries));
  }

  /**
   * A transient failure: the flag stays up and the next time is written down. That the statuses already say so, and that
   * the date of the last test does not move yet, is inferred.
   */
  private postpone(id: string, outcomes: Outcomes, retries: number): void {
    const { retryMinutes } = this.options;
    const next = new Date(this.organization.store.now().getTime() + retryMinutes * 60_000);
    const results = resultsOf(outcomes);
    this.write(id, {
      ...Object.fromEntries(Object.entries(results).filter(([name]) => !name.startsWith("enabledfor"))),
      testemailconfigurationretrycount: retries + 1,
      postponetestemailconfigurationuntil: dateTime(next),
    });
    this.say(id, outcomes, "warning");
    this.after(retryMinutes, () => void this.run(id));
  }

  private complete(id: string, mailbox: Row, outcomes: Outcomes): void {
    const claims = outcomes.get("appointments")?.ok === true;
    if (claims)
      this.organization.exchangeClaims.set(textIn(mailbox, "emailaddress").toLowerCase(), this.organization.id);
    const flag: Row = { testemailconfigurationscheduled: false };
    const rest: Row = {
      ...resultsOf(outcomes),
      ...(claims ? { isactsyncorgflagset: true } : {}),
      testmailboxaccesscompletedon: this.laterThan(mailbox.testmailboxaccesscompletedon),
      testemailconfigurationretrycount: 0,
      postponetestemailconfigurationuntil: never,
      ...(this.organization.deployment === "online"
        ? { testandenablelastattemptedon: dateTime(this.organization.store.now()) }
        : {}),
    };
    // Alerts are there before the flag is down: who sees it down may look for them (inferred).
    this.say(id, outcomes, "error");
    if (this.options.completion === "at-once") {
      this.write(id, { ...flag, ...rest });
      return;
    }
    const [first, second] = this.options.completion === "flag-first" ? [flag, rest] : [rest, flag];
    this.write(id, first);
    this.after(this.options.runMinutes / 4, () => {
      this.write(id, second);
    });
  }

  /** Dates have whole seconds, and the date of a test moves with every test. */
  private laterThan(before: Row[string] | undefined): string {
    const now = dateTime(this.organization.store.now());
    if (typeof before !== "string" || before < now) return now;
    return dateTime(new Date(Date.parse(before) + 1000));
  }

  private write(id: string, changes: Row): void {
    if (!this.stopped && this.organization.store.find("mailbox", id) !== undefined)
      this.organization.store.change("mailbox", id, changes);
  }

  private say(id: string, outcomes: Outcomes, level: "warning" | "error"): void {
    if (!this.options.alerts || this.organization.store.find("mailbox", id) === undefined) return;
    const failed = [...outcomes.values()].filter(({ ok }) => !ok);
    if (failed.length === 0)
      raiseAlert(this.organization, id, "information", "The mailbox {mailbox} was tested and enabled.");
    // One thing that all directions lack is said once.
    for (const outcome of new Set(failed))
      raiseAlert(this.organization, id, level, outcome.text ?? "The test of {mailbox} failed.", outcome);
  }
}

/** Statuses and switches. "Disabled" of a mailbox that failed is read as: not enabled for what failed (inferred). */
function resultsOf(outcomes: Outcomes): Row {
  const row: Row = {};
  for (const direction of directions) {
    const outcome = outcomes.get(direction);
    if (outcome === undefined) continue;
    row[columnsOf[direction].status] = outcome.ok ? 1 : 2;
    row[columnsOf[direction].enabled] = outcome.ok;
  }
  const failed = [...outcomes.values()].some(({ ok }) => !ok);
  return outcomes.size === 0 ? row : { ...row, mailboxstatus: failed ? 2 : 1 };
}
