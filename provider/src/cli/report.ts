import { isBlocking, type Assessment, type Finding } from "../compatibility/finding";
import type { DeclaredResource } from "./declarations";

/** What is said about one resource. */
export interface ResourceReport extends Pick<Assessment, "passed" | "notJudged"> {
  kind: DeclaredResource["kind"];
  name: string;
  line: number | undefined;
  urn: string | undefined;
  /** Malformed arguments, each `invalid-arguments: ...`. */
  problems: readonly string[];
  findings: Finding[];
}
export interface Report {
  resources: ResourceReport[];
  /** What the reader should know about the input. */
  notes: string[];
}

export interface Counts {
  profiles: number;
  mailboxes: number;
  errors: number;
  warnings: number;
  accepted: number;
}

export function hasFailed({ resources }: Report): boolean {
  return resources.some(({ problems, findings }) => problems.length > 0 || findings.some(isBlocking));
}

export function count({ resources }: Report): Counts {
  const findings = resources.flatMap((resource) => resource.findings);
  const open = findings.filter(({ accepted }) => accepted === undefined);
  const problems = resources.flatMap((resource) => resource.problems);
  return {
    profiles: resources.filter(({ kind }) => kind === "EmailServerProfile").length,
    mailboxes: resources.filter(({ kind }) => kind === "MailboxBinding").length,
    errors: open.filter(({ severity }) => severity === "error").length + problems.length,
    warnings: open.filter(({ severity }) => severity === "warning").length,
    accepted: findings.length - open.length,
  };
}

/** Facts that would let more rules be judged, with the rules and the number of resources concerned. */
export function missingFacts({ resources }: Report): { missing: string; rules: string[]; resources: number }[] {
  const byFact = new Map<string, { rules: Set<string>; names: Set<ResourceReport> }>();
  for (const resource of resources) {
    for (const { rule, missing } of resource.notJudged) {
      const entry = byFact.get(missing) ?? { rules: new Set<string>(), names: new Set<ResourceReport>() };
      entry.rules.add(rule);
      entry.names.add(resource);
      byFact.set(missing, entry);
    }
  }
  return [...byFact].map(([missing, { rules, names }]) => ({ missing, rules: [...rules], resources: names.size }));
}

/** `2 errors`, `1 warning`. */
export function plural(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : word.endsWith("x") ? "es" : "s"}`;
}

export function summaryLine(report: Report): string {
  const { profiles, mailboxes, errors, warnings, accepted } = count(report);
  return `${plural(profiles, "profile")}, ${plural(mailboxes, "mailbox")}: ${plural(errors, "error")}, ${plural(warnings, "warning")}, ${accepted} accepted.`;
}

/** What a report says of itself. */
export interface ReportSource {
  /** The file that was judged. */
  file: string;
  /** Version of this package. */
  version: string;
}
