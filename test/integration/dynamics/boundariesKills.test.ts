import { callersOfTests } from "./caller";
import { Life, type State } from "./life";

const most = 40;

/** A provider that is killed stores nothing: the state is what it was before. */
describe("a kill", () => {
  const callers = callersOfTests();

  /** @param broken what the kill leaves of a request: it was not seen, or it was done */
  async function killedAt(
    life: Life,
    request: number,
    broken: "drop-before" | "drop-after",
    work: () => Promise<unknown>,
  ) {
    life.breakAt(request, broken, "drop-before");
    await work();
    return life.mend();
  }

  const kinds = [["before"], ["after"]] as const;

  test.each(kinds)("%s any request of a create: the next up knows its own work, and reports it", async (kind) => {
    let reported = 0;
    for (let request = 1; request <= most; request += 1) {
      const life = await Life.begin(callers);
      if (!(await killedAt(life, request, `drop-${kind}`, () => life.up({}, "first")))) break;
      const wasBound = life.mailbox._emailserverprofile_value;
      const mended = await life.up({}, "first");
      expect({ request, failures: mended.failures }).toEqual({ request, failures: [] });
      expect(life.profileNames).toEqual(["Earlier", "Exchange"]);
      const isReported = JSON.stringify(mended.state.binding?.outputs.results).includes("found-values-unknown");
      expect({ request, isReported }).toEqual({ request, isReported: wasBound === mended.state.profile?.id });
      if (isReported) reported += 1;
      const ended = await life.destroy(mended.state);
      expect({ request, failures: ended.failures }).toEqual({ request, failures: [] });
      // Where nothing else is known, the organization's defaults of that moment, which had become ours for incoming email.
      expect(life.mailbox.outgoingemaildeliverymethod).toBe(0);
      expect(life.profileNames).toEqual(["Earlier"]);
      await callers.stopServers();
    }
    expect(reported).toBeGreaterThan(0);
  });

  test.each(kinds)("%s any request of an update: the next up converges, and everything is given back", async (kind) => {
    let met = 0;
    for (let request = 1; request <= most; request += 1) {
      const life = await Life.begin(callers);
      const { state } = await life.up({}, "first");
      if (!(await killedAt(life, request, `drop-${kind}`, () => life.up(state, "second")))) break;
      met += 1;
      const mended = await life.up(state, "second");
      expect({ request, failures: mended.failures }).toEqual({ request, failures: [] });
      // What the update governs for the first time may have been written or found so: nobody knows, so it stays.
      await givenBack(life, mended.state, request, "processemailreceivedafter");
      await callers.stopServers();
    }
    expect(met).toBeGreaterThan(5);
  });

  test.each(kinds)("%s any request of a destroy: the next one gives everything back", async (kind) => {
    let met = 0;
    for (let request = 1; request <= most; request += 1) {
      const life = await Life.begin(callers);
      const { state } = await life.up({}, "first");
      if (!(await killedAt(life, request, `drop-${kind}`, () => life.destroy(state)))) break;
      met += 1;
      await givenBack(life, state, request);
      await callers.stopServers();
    }
    expect(met).toBeGreaterThan(5);
  });
});

async function givenBack(life: Life, state: State, request: number, except?: string): Promise<void> {
  const ended = await life.destroy(state);
  expect({ request, failures: ended.failures }).toEqual({ request, failures: [] });
  expect(life.profileNames).toEqual(["Earlier"]);
  const { now, found } = life.columns(except);
  expect({ request, columns: now }).toEqual({ request, columns: found });
}
