import * as fc from "fast-check";
import type { ColumnValue, ColumnValues } from "../../../../provider/src/backends/dynamics365/columns/column";
import { mailboxTable as table } from "../../../../provider/src/backends/dynamics365/columns/mailbox";
import { changedColumns } from "../../../../provider/src/backends/dynamics365/columns/record";
import { sameColumnValue } from "../../../../provider/src/backends/dynamics365/columns/sameValue";
import {
  foundUnknown,
  giveBack,
  isOwnWork,
  nothingFound,
  recordFound,
  type FoundValues,
} from "../../../../provider/src/backends/dynamics365/foundValues";
import {
  changedMailboxColumns,
  testColumns,
  wantedMailboxColumns,
} from "../../../../provider/src/backends/dynamics365/mailboxRecord";
import { passwordDecision } from "../../../../provider/src/backends/dynamics365/mailboxPassword";
import { bindings, id, observations, otherId, valueOf } from "./arbitraries";

function someBinding() {
  const [binding] = fc.sample(bindings, 1);
  if (binding === undefined) throw new Error("no binding was made");
  return binding;
}

const columnsOfOurs = Object.keys(
  wantedMailboxColumns(
    {
      ...someBinding(),
      appointmentsContactsTasks: "none",
      credentials: null,
      processEmailsReceivedAfter: "2026-01-01",
      deleteEmailsAfterProcessing: true,
    },
    id,
  ),
).concat("username", "allowemailconnectortousecredentials", "orgmarkedasprimaryforexchangesync");

const same = (column: string, left: ColumnValue | undefined, right: ColumnValue | undefined) =>
  sameColumnValue(table.columns[column as never], left ?? null, right ?? null);

type Step = { update: Parameters<typeof wantedMailboxColumns>[0] } | { hand: ColumnValues };

const hand = fc.record(
  Object.fromEntries(columnsOfOurs.map((column) => [column, valueOf(table.columns[column as never])])),
  { requiredKeys: [] },
) as fc.Arbitrary<ColumnValues>;
const history: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    bindings.map((update): Step => ({ update })),
    hand.map((values): Step => ({ hand: values })),
  ),
  { minLength: 1, maxLength: 6 },
);

interface Played {
  record: ColumnValues;
  found: FoundValues;
  /** Columns that a hand changed after our last write of them. */
  byHand: Set<string>;
  /** What the columns that we govern held right before they were first governed. */
  before: Map<string, ColumnValue>;
}

function play(start: ColumnValues, steps: readonly Step[], profileId = id): Played {
  const played: Played = { record: start, found: nothingFound, byHand: new Set(), before: new Map() };
  for (const step of steps) {
    if ("hand" in step) {
      for (const [column, value] of Object.entries(step.hand)) {
        if (!same(column, played.record[column], value)) played.byHand.add(column);
      }
      played.record = { ...played.record, ...step.hand };
      continue;
    }
    const { testemailconfigurationscheduled: _scheduled, ...marked } = testColumns(step.update);
    const wanted = { ...wantedMailboxColumns(step.update, profileId), ...marked };
    played.found = recordFound(played.found, played.record, wanted);
    for (const column of Object.keys(wanted)) {
      played.byHand.delete(column);
      if (!played.before.has(column)) played.before.set(column, played.record[column] ?? null);
    }
    played.record = { ...played.record, ...changedMailboxColumns(played.record, wanted) };
  }
  return played;
}

describe("giving a mailbox back", () => {
  test("every history: what we wrote is as it was before, what a hand changed is as the hand left it", () => {
    fc.assert(
      fc.property(observations(table), history, (start, steps) => {
        const { record, found, byHand, before } = play(start, steps);
        const { columns } = giveBack(found, record, "restore");
        const after: ColumnValues = { ...record, ...columns };
        for (const column of Object.keys(table.columns)) {
          const { ours = null } = found.columns[column] ?? {};
          // A hand that wrote our very value cannot be told from us.
          const kept = !before.has(column) || (byHand.has(column) && !same(column, record[column], ours));
          const expected = kept ? record[column] : before.get(column);
          expect([column, same(column, after[column], expected)]).toEqual([column, true]);
        }
        expect(Object.keys(columns).filter((column) => same(column, record[column], columns[column]))).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test("a second give-back writes nothing that the first did", () => {
    fc.assert(
      fc.property(observations(table), history, (start, steps) => {
        const { record, found } = play(start, steps);
        const after = { ...record, ...giveBack(found, record, "restore").columns };
        const again = giveBack(found, after, "restore").columns;
        expect(changedColumns(table, after, again)).toEqual({});
      }),
    );
  });

  test("detach leaves neither profile nor method of ours, and nothing of a hand is touched", () => {
    const off: ColumnValues = {
      emailserverprofile: null,
      incomingemaildeliverymethod: 0,
      outgoingemaildeliverymethod: 0,
      actdeliverymethod: 2,
    };
    fc.assert(
      fc.property(observations(table), history, (start, steps) => {
        const { record, found } = play(start, steps);
        const after = { ...record, ...giveBack(found, record, "detach").columns };
        for (const [column, value] of Object.entries(off)) {
          const entry = found.columns[column];
          if (entry === undefined || !same(column, record[column], entry.ours)) {
            expect(after[column]).toBe(record[column]);
          } else expect([column, same(column, after[column], value)]).toEqual([column, true]);
        }
      }),
      { numRuns: 200 },
    );
  });

  test("retain writes nothing", () => {
    fc.assert(
      fc.property(observations(table), history, (start, steps) => {
        const { record, found } = play(start, steps);
        expect(giveBack(found, record, "retain")).toEqual({ columns: {}, notes: [] });
      }),
    );
  });

  test("the record is plain JSON, small, and without secrets", () => {
    fc.assert(
      fc.property(observations(table), history, (start, steps) => {
        const { found } = play(start, steps);
        const text = JSON.stringify(found);
        expect(JSON.parse(text)).toEqual(found);
        expect(text.length).toBeLessThan(1200);
        expect(text).not.toContain("s3cret");
      }),
    );
  });

  test("moved to another profile and back in between, it still has the first one found", () => {
    const mailbox = someBinding();
    const start = { emailserverprofile: otherId };
    const first = play(start, [{ update: mailbox }]);
    const moved = wantedMailboxColumns(mailbox, "00000000-0000-0000-0000-000000000001");
    const found = recordFound(first.found, first.record, moved);
    expect(found.columns.emailserverprofile).toEqual({ before: otherId, ours: moved.emailserverprofile });
    expect(giveBack(found, { ...first.record, ...moved }, "restore").columns.emailserverprofile).toBe(otherId);
  });
});

describe("a password", () => {
  const set = { ispasswordset: true };

  test("that we stored where there was none goes", () => {
    const found = recordFound(nothingFound, { ispasswordset: false }, {}, 1);
    expect(giveBack(found, set, "restore")).toEqual({ columns: { password: null }, notes: [] });
    expect(giveBack(found, set, "detach")).toEqual({ columns: { password: null }, notes: [] });
    expect(giveBack(found, { ispasswordset: false }, "restore").columns).toEqual({});
  });

  test("that we replaced stays, and that is said; detached, it goes", () => {
    const found = recordFound(nothingFound, set, {}, 1);
    const { columns, notes } = giveBack(found, set, "restore");
    expect(columns).toEqual({});
    expect(notes.map(({ code }) => code)).toEqual(["stored-password-not-restorable"]);
    expect(giveBack(found, set, "detach").columns).toEqual({ password: null });
  });

  test("that we rotated was still not there at first", () => {
    const found = recordFound(recordFound(nothingFound, {}, {}, 1), set, {}, 2);
    expect(found.password).toEqual({ wasSet: false, revision: 2 });
  });

  test("that is not ours is never touched", () => {
    for (const mode of ["restore", "detach", "retain"] as const) {
      expect(giveBack(nothingFound, set, mode)).toEqual({ columns: {}, notes: [] });
    }
  });
});

describe("after a kill", () => {
  const mailbox = someBinding();
  const wanted = wantedMailboxColumns(mailbox, id);
  const defaults = { profileId: otherId, incomingEmail: 1, outgoingEmail: null, appointmentsContactsTasks: 0 };

  test("the mailbox is known by its profile", () => {
    expect(isOwnWork({ emailserverprofile: id.toUpperCase() }, wanted)).toBe(true);
    expect(isOwnWork({ emailserverprofile: otherId }, wanted)).toBe(false);
    expect(isOwnWork({}, wanted)).toBe(false);
  });

  test("the organization's defaults stand for what was found", () => {
    const found = foundUnknown(
      { ...wanted, actdeliverymethod: 1, username: "x", allowemailconnectortousecredentials: true },
      defaults,
    );
    expect(found.unknown).toBe(true);
    expect(
      Object.fromEntries(Object.entries(found.columns).map(([column, { before }]) => [column, before])),
    ).toMatchObject({
      emailserverprofile: otherId,
      incomingemaildeliverymethod: 1,
      outgoingemaildeliverymethod: 0,
      actdeliverymethod: 0,
      username: null,
      allowemailconnectortousecredentials: false,
    });
    expect(recordFound(found, {}, wanted).unknown).toBe(true);
  });

  test("a password that is there is neither replaced nor taken away", () => {
    const found = foundUnknown(wanted, defaults);
    const observed = { ...wanted, ispasswordset: true };
    expect(passwordDecision({ replaceStoredPassword: null }, observed, found.password, 1).write).toBe(false);
    expect(giveBack(found, observed, "restore").columns).not.toHaveProperty("password");
  });
});
