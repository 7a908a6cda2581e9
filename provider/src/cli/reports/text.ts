import type { Finding } from "../../compatibility/finding";
import { missingFacts, plural, summaryLine, type Report, type ResourceReport } from "../report";

/** For people at a terminal or in a pipeline's log. */
export function renderText(report: Report): string {
  const resources = report.resources.flatMap(resourceLines);
  return [...resources, ...missingLines(report), ...report.notes, summaryLine(report), ""].join("\n");
}

function resourceLines({ kind, name, problems, findings }: ResourceReport): string[] {
  if (problems.length === 0 && findings.length === 0) return [];
  return [
    `${kind} ${name}`,
    ...problems.map((problem) => `  error    ${problem}`),
    ...findings.flatMap(findingLines),
    "",
  ];
}

function findingLines({ rule, severity, path, message, remedy, reference, accepted }: Finding): string[] {
  const state = accepted === undefined ? severity : "accepted";
  return [
    `  ${state.padEnd(8)} ${rule} (${path})`,
    `           ${message}`,
    `           ${accepted === undefined ? remedy : `Accepted ${severity}: ${accepted}`}`,
    `           ${reference}`,
  ];
}

function missingLines(report: Report): string[] {
  const facts = missingFacts(report);
  if (facts.length === 0) return [];
  return [
    "Not judged:",
    ...facts.map(
      ({ missing, rules, resources }) => `  ${missing} (${plural(resources, "resource")}): ${rules.join(", ")}`,
    ),
    "",
  ];
}
