const labels: Record<string, string> = {
  incomingEmail: "incoming email",
  outgoingEmail: "outgoing email",
  appointmentsContactsTasks: "appointments, contacts, and tasks",
  roundTrip: "round trip",
  incoming: "incoming server",
  outgoing: "outgoing server",
};

/** Code of what was not tested because its server is down for everybody. It is to be tested by the next update. */
export const serverUnavailable = "server-unavailable";

/** One result of Test & Enable, as far as it is told. */
export interface ReportedTest {
  test: string;
  status: string;
  code?: string;
  message?: string;
  remedy?: string;
  transient?: boolean;
}

/** A test that failed, could not begin, or did not end. The next update does it again. */
export function isFailed({ status, code }: Pick<ReportedTest, "status" | "code">): boolean {
  return status === "Failure" || status === "Pending" || code === serverUnavailable;
}

/** One line for each test that failed or could not begin, in the order of the tests. */
export function failureLines(results: readonly ReportedTest[]): string[] {
  return results.filter(isFailed).map(({ test, code, message, remedy, transient }) => {
    const kind = transient === true ? "transient" : "permanent";
    return `${code ?? "failed"}: ${labels[test] ?? test}: ${message ?? ""} ${remedy ?? ""} (${kind})`;
  });
}
