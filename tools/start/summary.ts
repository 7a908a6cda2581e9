interface Result {
  test: string;
  status: string;
  milliseconds?: number;
}
export interface MailboxReport {
  mailbox: string;
  profile: string;
  incomingEmail: string;
  outgoingEmail: string;
  appointmentsContactsTasks: string;
  results: Result[];
}

/** The outcome of Test & Enable as a table, a line a mailbox; a round trip and times where somebody took them. */
export function summaryTable(report: readonly MailboxReport[]): string {
  const all = columns
    .filter(({ only }) => only === undefined || report.some(({ results }) => results.some(only)))
    .map(({ title, cell }) => [title, ...report.map(cell)]);
  const widths = all.map((cells) => Math.max(...cells.map(({ length }) => length)));
  return ["", ...report]
    .map((_row, line) =>
      all
        .map((cells, column) => (cells[line] ?? "").padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

interface Column {
  title: string;
  cell: (mailbox: MailboxReport) => string;
  /** Without such a result anywhere there is no such column. */
  only?: (result: Result) => boolean;
}
const isRoundTrip = ({ test }: Result) => test === "roundTrip";
const columns: readonly Column[] = [
  { title: "mailbox", cell: ({ mailbox }) => mailbox },
  { title: "profile", cell: ({ profile }) => profile },
  { title: "incoming", cell: ({ incomingEmail }) => incomingEmail },
  { title: "outgoing", cell: ({ outgoingEmail }) => outgoingEmail },
  {
    title: "round trip",
    cell: ({ results }) => results.find(isRoundTrip)?.status ?? "Not Run",
    only: isRoundTrip,
  },
  { title: "appointments, contacts, tasks", cell: ({ appointmentsContactsTasks }) => appointmentsContactsTasks },
  {
    title: "ms",
    cell: ({ results }) => String(millisecondsOf(results)),
    only: ({ milliseconds }) => milliseconds !== undefined,
  },
];

/** The two directions are tested side by side, the rest after them. */
function millisecondsOf(results: readonly Result[]): number {
  const took = (name: string) => results.find(({ test }) => test === name)?.milliseconds ?? 0;
  return Math.max(took("incomingEmail"), took("outgoingEmail")) + took("appointmentsContactsTasks") + took("roundTrip");
}

/** True where every tested direction of every mailbox is "Success"; a calendar that nobody declared stays "Not Run". */
export function allSucceeded(report: readonly MailboxReport[]): boolean {
  return (
    report.length > 0 &&
    report.every(
      ({ incomingEmail, outgoingEmail, results }) =>
        incomingEmail === "Success" &&
        outgoingEmail === "Success" &&
        results.every(
          ({ test, status }) => status === "Success" || (test === "appointmentsContactsTasks" && status === "Not Run"),
        ),
    )
  );
}
