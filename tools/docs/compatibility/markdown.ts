/** A table in Markdown; nothing in a cell may end it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

export function ruleLink(id: string): string {
  return `[\`${id}\`](#${id})`;
}

/** A declaration as a program would write it: no absent properties, names without quotes. */
export function literal(value: unknown): string {
  return JSON.stringify(value).replace(/"([A-Za-z_]\w*)":/g, "$1:");
}
