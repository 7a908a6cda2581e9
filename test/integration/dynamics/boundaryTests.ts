import type { FaultKind } from "../../servers/dynamics/faults";
import { callersOfTests } from "./caller";
import { Life, secrets, type State } from "./life";

/** More requests than any operation sends. */
const most = 40;
const phases = ["create", "update", "delete"] as const;
type Phase = (typeof phases)[number];

/** What an operation meets at one of its requests, and at all that follow. */
export type BoundaryFault = readonly [name: string, first: FaultKind, then?: FaultKind];

/** Breaks every operation at each of its requests: it says so clearly, and the next one ends well. */
export function boundaryTests(faults: readonly BoundaryFault[]): void {
  const callers = callersOfTests();

  describe.each(phases)("at %s", (phase) => {
    test.each(faults.map(([name, first, then = first]) => [name, first, then] as const))(
      "%s is told clearly, and the next operation converges",
      async (_name, first, then) => {
        let met = 0;
        for (let request = 1; request <= most; request += 1) {
          const life = await Life.begin(callers);
          const before = await reached(life, phase);
          life.breakAt(request, first, then);
          const broken = await run(life, phase, before);
          if (!life.mend()) break;
          met += 1;
          for (const line of broken.failures) {
            expect(line).toMatch(/^[a-z0-9-]+: .{20,}/s);
            for (const secret of secrets) expect(line).not.toContain(secret);
          }
          await converges(life, phase, broken.state, request);
          await callers.stopServers();
        }
        expect(met).toBeGreaterThan(5);
        expect(met).toBeLessThan(most);
      },
      120_000,
    );
  });
}

/** The state before a phase. */
async function reached(life: Life, phase: Phase): Promise<State> {
  if (phase === "create") return {};
  const { state, failures } = await life.up({}, "first");
  expect(failures).toEqual([]);
  return state;
}

function run(life: Life, phase: Phase, state: State): ReturnType<Life["up"]> {
  return phase === "delete" ? life.destroy(state) : life.up(state, phase === "create" ? "first" : "second");
}

/** The next operation ends well; there is one profile; and in the end everything is as it was found. */
async function converges(life: Life, phase: Phase, state: State, request: number): Promise<void> {
  const mended = await run(life, phase, state);
  expect({ request, failures: mended.failures }).toEqual({ request, failures: [] });
  if (phase !== "delete") {
    expect(mended.state.binding?.outputs).toMatchObject({ incomingEmailStatus: "Success", emailAddressApproved: true });
    expect(life.profileNames).toEqual(["Earlier", "Exchange"]);
    const ended = await life.destroy(mended.state);
    expect({ request, failures: ended.failures }).toEqual({ request, failures: [] });
  }
  expect(life.profileNames).toEqual(["Earlier"]);
  const { now, found } = life.columns();
  expect({ request, columns: now }).toEqual({ request, columns: found });
}
