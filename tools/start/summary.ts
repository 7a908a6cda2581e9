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

/** The outcome of Test & Enable as a table, a line a mailbox. */
export function summaryTable(report: readonly MailboxReport[]): string {
  const rows = report.map(({ mailbox, profile, incomingEmail, outgoingEmail, appointmentsContactsTasks, results }) => {
    const result = (name: string) => results.find(({ test }) => test === name);
    const took = (name: string) => result(name)?.milliseconds ?? 0;
    // The two directions are tested side by side, the rest after them.
    const milliseconds =
      Math.max(took("incomingEmail"), took("outgoingEmail")) + took("appointmentsContactsTasks") + took("roundTrip");
    const roundTrip = result("roundTrip")?.status ?? "Not Run";
    return [mailbox, profile, incomingEmail, outgoingEmail, roundTrip, appointmentsContactsTasks, String(milliseconds)];
  });
  const all = [
    ["mailbox", "profile", "incoming", "outgoing", "round trip", "appointments, contacts, tasks", "ms"],
    ...rows,
  ];
  const widths = (all[0] ?? []).map((_title, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** True where every tested direction of every mailbox is "Success". */
export function allSucceeded(report: readonly MailboxReport[]): boolean {
  return (
    report.length > 0 &&
    report.every(
      ({ incomingEmail, outgoingEmail, results }) =>
        incomingEmail === "Success" &&
        outgoingEmail === "Success" &&
        results.every(({ status }) => status === "Success"),
    )
  );
}
