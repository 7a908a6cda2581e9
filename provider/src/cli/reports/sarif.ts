import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import type { Log, ReportingDescriptor, Result } from "sarif";
import type { Finding } from "../../compatibility/finding";
import { rules } from "../../compatibility/table";
import type { Report, ResourceReport, ReportSource } from "../report";

const homepage = "https://www.npmjs.com/package/pulumi-server-side-sync";

/** SARIF 2.1.0 (OASIS), for code scanning. */
export function renderSarif({ resources }: Report, { file, version }: ReportSource): string {
  const results = resources.flatMap((resource) => resultsOf(resource, file));
  const used = [...new Set(results.map(({ ruleId }) => ruleId ?? ""))];
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "pulumi-server-side-sync",
            version,
            informationUri: homepage,
            rules: used.map(descriptorOf),
          },
        },
        results: results.map((result) => ({ ...result, ruleIndex: used.indexOf(result.ruleId ?? "") })),
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

function descriptorOf(id: string): ReportingDescriptor {
  const rule = rules.find((candidate) => candidate.id === id);
  const when = rule?.when ?? otherRules[id] ?? id;
  return { id, shortDescription: { text: when }, helpUri: rule?.reference ?? homepage };
}

/** What the engine of the rules says by itself. */
const otherRules: Readonly<Record<string, string>> = {
  "invalid-arguments": "A declaration is malformed",
  "accepted-risk-unused": "An accepted risk that nothing uses",
  "risk-not-acceptable": "An accepted risk that the platform itself refuses",
};

function resultsOf({ kind, name, urn, line, problems, findings }: ResourceReport, file: string): Result[] {
  const locations = [
    {
      physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: line ?? 1 } },
      logicalLocations: [{ name, kind: "resource", fullyQualifiedName: urn ?? `${kind} ${name}` }],
    },
  ];
  return [
    ...problems.map((problem): Result => ({
      ruleId: "invalid-arguments",
      level: "error",
      message: { text: `${name}: ${problem}` },
      locations,
    })),
    ...findings.map((finding): Result => ({
      ruleId: finding.rule,
      level: finding.severity,
      message: { text: `${name}: ${finding.message} ${finding.remedy}` },
      locations,
      ...suppression(finding),
    })),
  ];
}

function suppression({ accepted }: Finding): Pick<Result, "suppressions"> {
  return accepted === undefined ? {} : { suppressions: [{ kind: "external", justification: accepted }] };
}

/** A URI reference: relative where the file was named so, as code scanning wants it. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href;
  return file.replaceAll("\\", "/").split("/").map(encodeURIComponent).join("/");
}
