import { median, printTable, type Row } from "../../../tools/bench/table";

describe("the table of npm run bench", () => {
  function printed(rows: readonly Row[]): string[] {
    let text = "";
    const write = jest.spyOn(process.stdout, "write").mockImplementation((chunk) => {
      text += String(chunk);
      return true;
    });
    try {
      printTable("Title", rows);
    } finally {
      write.mockRestore();
    }
    return text.split("\n").map((line) => line.trim().replace(/ {2,}/g, " | "));
  }

  test("holds a figure against its floor, or against a limit of the same unit, and says what is missed", () => {
    const lines = printed([
      { what: "within", measured: 9.5, unit: "round trips", floor: 9, bound: 1.1, library: 27 },
      { what: "beyond", measured: 10.5, unit: "round trips", floor: 9, bound: 1.1 },
      { what: "limited", measured: 40, unit: "µs", bound: 50 },
    ]);
    expect(lines).toContain("within | 9.50 round trips | 9 round trips | 1.06 | 1.1 | 3.00");
    expect(lines).toContain("beyond | 10.5 round trips | 9 round trips | 1.17 | 1.1 (missed) | -");
    expect(lines).toContain("limited | 40 µs | 50 µs | 0.80 | 1 | -");
  });

  test("takes the middle of the values, in whatever order they come", () => {
    expect(median([100, 1, 3])).toBe(3);
  });
});
