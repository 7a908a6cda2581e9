/** One measured figure beside what it is held against. */
export interface Row {
  what: string;
  measured: number;
  unit: string;
  /** The same work done by the plainest means. Without it the bound is a figure of the same unit. */
  floor?: number;
  /** What the measured figure may be at most: so many times the floor, where there is one. Some have none. */
  bound?: number;
  /** The same work with what the library brings itself. */
  library?: number;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? NaN;
}

const headings = ["what", "measured", "floor or limit", "ratio", "bound", "library's own layer"];

/** Prints a table. The ratio is measured to floor, or to limit; the library's too. */
export function printTable(title: string, rows: readonly Row[]): void {
  const all = [headings, ...rows.map(cellsOf)];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  process.stdout.write(`${title}\n\n`);
  for (const row of all) {
    const line = row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ");
    process.stdout.write(`  ${line.trimEnd()}\n`);
  }
  process.stdout.write("\n");
}

function cellsOf({ what, measured, unit, floor, bound, library }: Row): string[] {
  const against = floor ?? bound;
  const most = floor === undefined ? 1 : bound;
  const times = (value: number) => (value === against ? 1 : value / (against ?? NaN));
  return [
    what,
    `${figure(measured)} ${unit}`,
    against === undefined ? "-" : `${figure(against)} ${unit}`,
    against === undefined ? "-" : times(measured).toFixed(2),
    most === undefined || against === undefined ? "-" : `${most}${times(measured) > most ? " (missed)" : ""}`,
    library === undefined ? "-" : times(library).toFixed(2),
  ];
}

/** Three digits, and no fewer than the number has before its point. */
function figure(value: number): string {
  return Number.isInteger(value) || value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}
