import type { AcceptedRisk } from "../model/acceptedRisk";
import { at } from "../model/plain";
import { isUnknown } from "../model/unknown";
import type { Assessment, Finding } from "./finding";
import { supportPage, type RuleBase, type RuleDescription, type Subject } from "./rule";
import { serverErrors } from "./serverErrors";
import { stackRules } from "./stackRules";

const valueFor = <S, T>(entry: T | ((subject: S) => T), subject: S): T =>
  typeof entry === "function" ? (entry as (subject: S) => T)(subject) : entry;

/** Judges one subject by all rules of its scope, in the order of the table. */
export function judge<S extends Subject>(
  rules: readonly RuleBase<S>[],
  subject: S,
  own: readonly AcceptedRisk[] | null,
): Assessment {
  const assessment: Assessment = { findings: [], passed: [], notJudged: [] };
  const accepted = [...(own ?? []), ...(subject.organization.acceptRisks ?? [])];
  for (const rule of rules) judgeRule(rule, subject, accepted, assessment);
  assessment.findings.push(...unusedAcceptances(own ?? [], rulesSeen([assessment]), "acceptRisks"));
  return assessment;
}

function judgeRule<S extends Subject>(
  rule: RuleBase<S>,
  subject: S,
  accepted: readonly AcceptedRisk[],
  assessment: Assessment,
): void {
  const verdict = rule.applies(subject);
  if (verdict === undefined) assessment.notJudged.push({ rule: rule.id, missing: firstMissing(rule.needs, subject) });
  else if (!verdict) assessment.passed.push(rule.id);
  else assessment.findings.push(...findingsOf(rule, subject, accepted));
}

function findingsOf<S extends Subject>(rule: RuleBase<S>, subject: S, accepted: readonly AcceptedRisk[]): Finding[] {
  const finding: Finding = {
    rule: rule.id,
    severity: valueFor(rule.severity, subject),
    path: valueFor(rule.path, subject),
    message: withServerError(rule, rule.message(subject)),
    remedy: valueFor(rule.remedy, subject),
    reference: rule.reference,
  };
  const acceptance = accepted.find((risk) => risk.rule === rule.id);
  if (acceptance === undefined) return [finding];
  if (!valueFor(rule.acceptable ?? false, subject)) return [finding, notAcceptable(finding)];
  return [{ ...finding, accepted: acceptance.reason }];
}

/** Where one error of the server stands for the rule, administrators search for its name. */
function withServerError({ serverErrors: names = [] }: RuleDescription, message: string): string {
  const [name, ...others] = names;
  if (name === undefined || others.length > 0) return message;
  return message.replace(/\.$/, ` (${serverErrors[name]} ${name}).`);
}

/** The fact that is not known yet, otherwise the first one that was never declared. */
function firstMissing(needs: readonly string[], subject: Subject): string {
  const unknown = needs.find((path) => isUnknown(factAt(path, subject)));
  if (unknown !== undefined) return `${unknown}, known only in the update`;
  return needs.find((path) => (factAt(path, subject) ?? null) === null) ?? needs[0] ?? "a fact";
}

function factAt(path: string, subject: Subject & { mailbox?: unknown }): unknown {
  if (path === "previous" || path === "today" || path.startsWith("organization.")) return at(subject, path);
  const ofMailbox = at(subject.mailbox, path);
  return ofMailbox === undefined ? at(subject.profile, path) : ofMailbox;
}

function notAcceptable(finding: Finding): Finding {
  return {
    rule: "risk-not-acceptable",
    severity: "warning",
    path: "acceptRisks",
    message: `acceptRisks names ${finding.rule}, but the platform itself refuses this and no acceptance changes that.`,
    remedy: "Remove the entry and follow the remedy of the finding.",
    reference: finding.reference,
  };
}

/** Rules that found something or could not be judged: an acceptance of these is in use. */
export function rulesSeen(assessments: readonly Assessment[]): Set<string> {
  const seen = new Set<string>(stackRules.map(({ id }) => id));
  for (const { findings, notJudged } of assessments) for (const { rule } of [...findings, ...notJudged]) seen.add(rule);
  return seen;
}

/** A finding for each acceptance of a rule that is not among those seen. */
export function unusedAcceptances(own: readonly AcceptedRisk[], seen: ReadonlySet<string>, path: string): Finding[] {
  return own.flatMap((acceptance, index): Finding[] =>
    seen.has(acceptance.rule)
      ? []
      : [
          {
            rule: "accepted-risk-unused",
            severity: "warning",
            path: `${path}.${index}`,
            message: `acceptRisks names ${acceptance.rule}, which found nothing here.`,
            remedy: "Remove the entry, so that a later finding is not accepted unseen.",
            reference: supportPage,
          },
        ],
  );
}
