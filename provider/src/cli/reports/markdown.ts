import { missingFacts, plural, summaryLine, type Report } from "../report";

/** For a comment on a pull request. */
export function renderMarkdown(report: Report): string {
  const rows = report.resources.flatMap(({ kind, name, problems, findings }) => [
    ...problems.map((problem) => [`${kind} **${cell(name)}**`, "error", "`invalid-arguments`", cell(problem), ""]),
    ...findings.map(({ rule, severity, message, remedy, reference, accepted }) => [
      `${kind} **${cell(name)}**`,
      accepted === undefined ? severity : `${severity}, accepted`,
      `[\`${rule}\`](${reference})`,
      cell(message),
      cell(accepted === undefined ? remedy : `Accepted: ${accepted}`),
    ]),
  ]);
  const table = [["Resource", "Severity", "Rule", "What", "What to do"], ["---", "---", "---", "---", "---"], ...rows];
  const findings = rows.length === 0 ? [] : [...table.map((row) => `| ${row.join(" | ")} |`), ""];
  const facts = missingFacts(report).map(
    ({ missing, rules, resources }) =>
      `- \`${missing}\` (${plural(resources, "resource")}): ${rules.map((rule) => `\`${rule}\``).join(", ")}`,
  );
  const notJudged =
    facts.length === 0
      ? []
      : ["<details><summary>Not judged, for want of facts</summary>", "", ...facts, "", "</details>", ""];
  return [
    "### Server-side synchronization",
    "",
    [summaryLine(report), ...report.notes].join(" "),
    "",
    ...findings,
    ...notJudged,
  ].join("\n");
}

/** Values come from declarations: nothing in them may end the cell or start markup. */
function cell(text: string): string {
  return text.replace(/[\\|`*_<>[\]]/g, (character) => `\\${character}`).replace(/\s+/g, " ");
}
