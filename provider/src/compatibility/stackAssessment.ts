import type { CheckedOrganization } from "../model/organization";
import type { Assessment, Finding } from "./finding";
import { OrganizationRisks } from "./organizationRisks";
import type { MailboxSubject } from "./rule";
import { StackJudge, type StackMember } from "./stackRules";
import { isToldOnce } from "./table";

/** A resource of the stack that has been judged by itself. */
export interface JudgedResource {
  organization: CheckedOrganization;
  assessment: Assessment;
  /** A mailbox is also judged together with the others of the stack. */
  mailbox?: StackMember | undefined;
}

/** A finding, and whoever it is reported on. */
export interface FindingOf<R> {
  of: R;
  finding: Finding;
}

/** Judges what only the whole stack shows, as its resources come to be known. */
export class StackAssessment<R> {
  private readonly together = new StackJudge<StackMember & { of: R }>();
  private readonly risks = new OrganizationRisks<R>();
  private readonly told = new Set<string>();

  /** What is to be reported now: the resource's own findings, and what it brings on earlier ones. */
  add(of: R, { organization, assessment, mailbox }: JudgedResource): FindingOf<R>[] {
    this.risks.add(of, organization, assessment);
    const own = assessment.findings.filter(({ rule }) => !isToldOnce(rule) || !this.told.has(rule));
    for (const { rule } of own) this.told.add(rule);
    const across = mailbox === undefined ? [] : this.together.add({ ...mailbox, of });
    return [
      ...own.map((finding) => ({ of, finding })),
      ...across.map(({ member, finding }) => ({ of: member.of, finding })),
    ];
  }

  /** Acceptances of the organizations that nothing needed, to be asked for once every resource has been added. */
  unused(): FindingOf<R>[] {
    return this.risks.unused();
  }
}

export function mailboxSubject(profile: MailboxSubject["profile"], mailbox: MailboxSubject["mailbox"]): MailboxSubject {
  return { organization: profile.organization, profile, mailbox };
}
