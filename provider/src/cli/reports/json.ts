import { count, hasFailed, type Report, type ReportSource } from "../report";

/** For tools: everything that is known, rules that passed included. */
export function renderJson(report: Report, { file, version }: ReportSource): string {
  const { resources, notes } = report;
  const document = {
    tool: "pulumi-server-side-sync",
    version,
    file,
    ok: !hasFailed(report),
    summary: count(report),
    notes,
    resources,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}
