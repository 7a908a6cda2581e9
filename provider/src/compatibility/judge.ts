import { at } from "../model/plain";
import { isUnknown } from "../model/unknown";
import type { AcceptedRisk } from "../model/acceptedRisk";
import type { Assessment, Finding } from "./finding";
import { supportPage, type MailboxRule, type MailboxSubject, type ProfileRule, type Subject } from "./rule";

const valueFor = <S, T>(entry: T | ((subject: S) => T), subject: S): T =>
  typeof entry === "function" ? (entry as (subject: S) => T)(subject) : entry;

/** Judges one subject by all rules of its scope, in the order of the table. */
export function judge<S extends Subject>(
  rules: readonly (S extends MailboxSubject ? MailboxRule : ProfileRule)[],
  subject: S,
  own: readonly AcceptedRisk[] | null,
): Assessment {
  const assessment: Assessment = { findings: [], passed: [], notJudged: [] };
  const used = new Set<AcceptedRisk>();
  const accepted = [...(own ?? []), ...(subject.organization.acceptRisks ?? [])];
  for (const rule of rules as readonly (ProfileRule & MailboxRule)[]) {
    judgeRule(rule, subject as unknown as MailboxSubject, accepted, assessment, used);
  }
  addUnusedAcceptances(own ?? [], used, assessment);
  return assessment;
}

function judgeRule(
  rule: MailboxRule | ProfileRule,
  subject: MailboxSubject,
  accepted: readonly AcceptedRisk[],
  assessment: Assessment,
  used: Set<AcceptedRisk>,
): void {
  const verdict = rule.applies(subject);
  if (verdict === undefined) {
    assessment.notJudged.push({ rule: rule.id, missing: firstMissing(rule.needs, subject) });
    for (const acceptance of accepted) if (acceptance.rule === rule.id) used.add(acceptance);
    return;
  }
  if (!verdict) {
    assessment.passed.push(rule.id);
    return;
  }
  const finding: Finding = {
    rule: rule.id,
    severity: valueFor(rule.severity, subject),
    path: valueFor(rule.path, subject),
    message: rule.message(subject),
    remedy: valueFor(rule.remedy, subject),
    reference: rule.reference,
  };
  assessment.findings.push(finding);
  const acceptance = accepted.find((risk) => risk.rule === rule.id);
  if (acceptance === undefined) return;
  used.add(acceptance);
  if (valueFor(rule.acceptable ?? false, subject)) finding.accepted = acceptance.reason;
  else assessment.findings.push(notAcceptable(finding));
}

/** The first needed fact that has no value: below the mailbox, the profile, or the organization. */
function firstMissing(needs: readonly string[], subject: MailboxSubject): string {
  for (const path of needs) {
    const value = factAt(path, subject);
    if (isUnknown(value)) return `${path}, known only in the update`;
    if (value === null || value === undefined) return path;
  }
  return needs[0] ?? "a fact";
}

function factAt(path: string, subject: MailboxSubject): unknown {
  if (path.startsWith("organization.")) return at(subject, path);
  const mailbox = at(subject.mailbox, path);
  return mailbox === undefined ? at(subject.profile, path) : mailbox;
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

function addUnusedAcceptances(
  own: readonly AcceptedRisk[],
  used: ReadonlySet<AcceptedRisk>,
  assessment: Assessment,
): void {
  own.forEach((acceptance, index) => {
    if (used.has(acceptance)) return;
    assessment.findings.push({
      rule: "accepted-risk-unused",
      severity: "warning",
      path: `acceptRisks.${index}`,
      message: `acceptRisks names ${acceptance.rule}, which found nothing here.`,
      remedy: "Remove the entry, so that a later finding is not accepted unseen.",
      reference: supportPage,
    });
  });
}
