import type { AcceptedRisk } from "../model/acceptedRisk";
import { at } from "../model/plain";
import { isUnknown } from "../model/unknown";
import { acceptanceOf, acceptancesOf, notAcceptable, unusedAcceptances, type Acceptance } from "./acceptances";
import type { Assessment, Finding } from "./finding";
import type { RuleBase, RuleDescription, Subject } from "./rule";
import { serverErrors } from "./serverErrors";

const valueFor = <S, T>(entry: T | ((subject: S) => T), subject: S): T =>
  typeof entry === "function" ? (entry as (subject: S) => T)(subject) : entry;

/**
 * Judges one subject by all rules of its scope, in the order of the table.
 *
 * @param own what the resource itself accepts
 * @param later ids of rules that are judged once more resources are known
 */
export function judge<S extends Subject>(
  rules: readonly RuleBase<S>[],
  subject: S,
  own: readonly AcceptedRisk[] | null,
  later: ReadonlySet<string> = new Set(),
): Assessment {
  const assessment: Assessment = { findings: [], passed: [], notJudged: [] };
  const accepted = acceptancesOf(own, subject.organization.acceptRisks);
  for (const rule of rules) judgeRule(rule, subject, accepted, assessment);
  if (own !== null && own.length > 0) {
    const seen = rulesSeen(assessment);
    assessment.findings.push(...unusedAcceptances(own, "acceptRisks", (rule) => seen.has(rule) || later.has(rule)));
  }
  return assessment;
}

function judgeRule<S extends Subject>(
  rule: RuleBase<S>,
  subject: S,
  accepted: readonly Acceptance[],
  assessment: Assessment,
): void {
  const verdict = rule.applies(subject);
  if (verdict === undefined) assessment.notJudged.push({ rule: rule.id, missing: firstMissing(rule.needs, subject) });
  else if (!verdict) assessment.passed.push(rule.id);
  else assessment.findings.push(...findingsOf(rule, subject, accepted));
}

function findingsOf<S extends Subject>(rule: RuleBase<S>, subject: S, accepted: readonly Acceptance[]): Finding[] {
  const finding: Finding = {
    rule: rule.id,
    severity: valueFor(rule.severity, subject),
    path: valueFor(rule.path, subject),
    message: withServerError(rule, rule.message(subject)),
    remedy: valueFor(rule.remedy, subject),
    reference: rule.source?.(subject) ?? rule.reference,
  };
  const acceptance = acceptanceOf(rule.id, accepted);
  if (acceptance === undefined) return [finding];
  if (!valueFor(rule.acceptable ?? false, subject)) return [finding, notAcceptable(finding, acceptance)];
  return [{ ...finding, accepted: acceptance.reason }];
}

/** Where one error of the server stands for the rule, administrators search for its name. */
function withServerError({ serverErrors: names = [] }: RuleDescription, message: string): string {
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) return message;
  return message.replace(/\.$/, ` (${serverErrors[name]} ${name}).`);
}

/** The fact that is not known yet, otherwise the first one that was never declared. */
export function firstMissing(needs: readonly string[], subject: Subject): string {
  let undeclared: string | undefined;
  for (const path of needs) {
    const fact = factAt(path, subject);
    if (isUnknown(fact)) return `${path}, ${fact.reason}`;
    if ((fact ?? null) === null) undeclared ??= path;
  }
  return undeclared ?? needs[0] ?? "a fact";
}

function factAt(path: string, subject: Subject & { mailbox?: unknown }): unknown {
  if (path === "previous" || path === "today" || path.startsWith("organization.")) return at(subject, path);
  const ofMailbox = subject.mailbox === undefined ? undefined : at(subject.mailbox, path);
  return ofMailbox === undefined ? at(subject.profile, path) : ofMailbox;
}

/** Rules that found something or could not be judged: an acceptance of these is in use. */
function rulesSeen({ findings, notJudged }: Assessment): Set<string> {
  return new Set([...findings, ...notJudged].map(({ rule }) => rule));
}
