import type { RuleId } from "../model/ruleIds";
import type { Severity } from "./rule";

/** What a rule has to say about a declaration. */
export interface Finding {
  rule: RuleId;
  severity: Severity;
  /** Dotted path of the property, in the resource that the finding is reported on. */
  path: string;
  message: string;
  remedy: string;
  /** The page that says so. */
  reference: string;
  /** The reason for which the declaration accepts it; the severity stays what it is. */
  accepted?: string;
}

export interface Assessment {
  findings: Finding[];
  /** Rules that were judged and found nothing. */
  passed: RuleId[];
  /** Rules that could not be judged, and the fact that is missing. Silence is no pass. */
  notJudged: { rule: RuleId; missing: string }[];
}

/** True where a finding stands in the way: an error that is not accepted. */
export function isBlocking(finding: Finding): boolean {
  return finding.severity === "error" && finding.accepted === undefined;
}

/** True where an error stands in the way; accepted ones do not. */
export function hasErrors(assessment: Pick<Assessment, "findings">): boolean {
  return assessment.findings.some(isBlocking);
}

/** `rule: message remedy`, as previews and failures print it. */
export function describeFinding(finding: Finding): string {
  const accepted = finding.accepted === undefined ? "" : ` (accepted: ${finding.accepted})`;
  return `${finding.rule}: ${finding.message} ${finding.remedy}${accepted}`;
}
