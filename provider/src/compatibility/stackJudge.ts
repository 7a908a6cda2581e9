import { acceptanceOf, acceptancesOf, notAcceptable } from "./acceptances";
import type { Assessment, Finding } from "./finding";
import { firstMissing } from "./judge";
import type { MailboxSubject, StackRule } from "./rule";
import { stackRules } from "./stackRules";

/** A mailbox of the stack, with whatever the caller wants to find it again by. */
export interface StackMember {
  subject: MailboxSubject;
  /** Name of its binding, for messages. */
  name?: string | undefined;
}
export interface StackFinding<M> {
  member: M;
  finding: Finding;
}

interface Entry<M> {
  member: M;
  kind: string | undefined;
  told: boolean;
}

/**
 * Judges mailboxes together as they come to be known. A later mailbox may bring findings on earlier ones; each is
 * returned once. The cost of all is proportional to their number.
 */
export class StackJudge<M extends StackMember> {
  private readonly groups = new Map<string, { first: Map<string | undefined, Entry<M>>; untold: Entry<M>[] }>();
  private readonly members = new Map<M, Finding[]>();

  /** Findings that this mailbox brings, its own first. */
  add(member: M): StackFinding<M>[] {
    this.members.set(member, []);
    const found = stackRules.flatMap((rule) => this.judge(rule, member));
    for (const { member: of, finding } of found) this.members.get(of)?.push(finding);
    return found;
  }

  /** What was found, passed or could not be judged for each mailbox so far. */
  verdicts(): (Assessment & { member: M })[] {
    return [...this.members].map(([member, findings]) => {
      const quiet = stackRules.filter(({ id }) => !findings.some(({ rule }) => rule === id));
      const waiting = quiet.filter(({ key }) => key(member.subject) === undefined);
      return {
        member,
        findings,
        passed: quiet.filter((rule) => !waiting.includes(rule)).map(({ id }) => id),
        notJudged: waiting.map(({ id, needs }) => ({ rule: id, missing: firstMissing(needs, member.subject) })),
      };
    });
  }

  private judge(rule: StackRule, member: M): StackFinding<M>[] {
    const key = rule.key(member.subject);
    const kind = rule.kind?.(member.subject);
    if (key === undefined || (rule.kind !== undefined && kind === undefined)) return [];
    const groupKey = `${rule.id} ${key}`;
    const group = this.groups.get(groupKey) ?? { first: new Map<string | undefined, Entry<M>>(), untold: [] };
    this.groups.set(groupKey, group);
    const entry: Entry<M> = { member, kind, told: false };
    const other = [...group.first.values()].find((first) => rule.kind === undefined || first.kind !== kind);
    if (!group.first.has(kind)) group.first.set(kind, entry);
    group.untold.push(entry);
    if (other === undefined) return [];
    const concerned = group.untold.filter((candidate) => !candidate.told);
    group.untold = [];
    return [entry, ...concerned.filter((candidate) => candidate !== entry)].flatMap((candidate) => {
      candidate.told = true;
      const against = candidate === entry ? other : candidate.kind === kind && rule.kind !== undefined ? other : entry;
      return findingsOf(rule, candidate.member.subject, against.member).map((finding) => ({
        member: candidate.member,
        finding,
      }));
    });
  }
}

function findingsOf(rule: StackRule, subject: MailboxSubject, other: StackMember): Finding[] {
  const finding: Finding = {
    rule: rule.id,
    severity: rule.severity,
    path: rule.path,
    message: rule.message(subject, other.subject, other.name),
    remedy: rule.remedy,
    reference: rule.reference,
  };
  const acceptance = acceptanceOf(
    rule.id,
    acceptancesOf(subject.mailbox.acceptRisks, subject.organization.acceptRisks),
  );
  if (acceptance === undefined) return [finding];
  return rule.acceptable
    ? [{ ...finding, accepted: acceptance.reason }]
    : [finding, notAcceptable(finding, acceptance)];
}
