import { operations, scenarioOf, victims } from "../../../tools/crashes/scenario";

describe("what a seed of npm run crashes decides", () => {
  const scenarios = Array.from({ length: 300 }, (_, seed) => scenarioOf(seed));

  test("is the same every time", () => {
    expect(scenarios.map(({ seed }) => scenarioOf(seed))).toEqual(scenarios);
  });

  test("meets every operation with every victim", () => {
    const met = new Set(scenarios.map(({ operation, victim }) => `${operation} ${victim}`));
    expect(met.size).toBe(operations.length * victims.length);
  });

  test("waits for mail only where mail is sent", () => {
    const quiet = scenarios.filter(({ operation }) => operation === "remove" || operation === "destroy");
    expect(quiet.map(({ moment }) => moment.kind)).not.toContain("mail");
    expect(new Set(scenarios.map(({ moment }) => moment.kind))).toEqual(new Set(["mail", "state", "clock"]));
  });
});
