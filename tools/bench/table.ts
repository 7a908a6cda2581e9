/** One measured figure beside what it is held against. */
export interface Row {
  what: string;
  measured: number;
  bound: number;
  unit: string;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Prints a table whose last column is measured to bound: at most 1 is within it. */
export function printTable(title: string, rows: readonly Row[]): void {
  const cells = rows.map(({ what, measured, bound, unit }) => [
    what,
    `${measured.toPrecision(3)} ${unit}`,
    `${bound} ${unit}`,
    (measured / bound).toFixed(2),
  ]);
  const all = [["what", "median", "bound", "ratio"], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  process.stdout.write(`${title}\n\n`);
  for (const row of all)
    process.stdout.write(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}\n`);
  process.stdout.write("\n");
}
