import type { Availability } from "../servers/availability";

/** Available where all parts are. */
export function allOf(...parts: readonly Availability[]): Availability {
  return parts.find(({ available }) => !available) ?? { available: true };
}

/** Runs a layer, or says in one loud line that it does not; with REQUIRE_ALL=1 a missing layer is a failure. */
export function describeIfAvailable(name: string, { available, reason }: Availability, suite: () => void): void {
  if (available) {
    describe(name, suite);
    return;
  }
  const line = `SKIPPED LAYER: ${name}: ${reason ?? "not available"}`;
  if (process.env.REQUIRE_ALL === "1") {
    test(name, () => {
      throw new Error(line);
    });
    return;
  }
  process.stderr.write(`\n${line}\n`);
  describe.skip(name, suite);
}
