import type { CheckedOrganization } from "../model/organization";
import { organizationPath, unusedAcceptances } from "./acceptances";
import type { Assessment, Finding } from "./finding";
import { OrganizationRisks } from "./organizationRisks";
import { StackJudge, type StackMember } from "./stackJudge";
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

/** What the rules over several mailboxes say of one of them, once all are known. */
export interface StackVerdict<R> extends Assessment {
  of: R;
}

type Member<R> = StackMember & { of: R };

/** Judges what only the whole stack shows, as its resources come to be known. */
export class StackAssessment<R> {
  private readonly together = new StackJudge<Member<R>>();
  private readonly risks = new OrganizationRisks<R>();
  private readonly told = new Set<string>();

  /** What is to be reported now: the resource's own findings, and what it brings on earlier ones. */
  add(of: R, { organization, assessment, mailbox }: JudgedResource): FindingOf<R>[] {
    this.risks.add(of, organization, assessment);
    const own = assessment.findings.filter((finding) => this.isNew(finding));
    const across = mailbox === undefined ? [] : this.together.add({ ...mailbox, of });
    return [
      ...own.map((finding) => ({ of, finding })),
      ...across.filter(({ finding }) => this.isNew(finding)).map(({ member, finding }) => ({ of: member.of, finding })),
    ];
  }

  /** What the rules over several mailboxes say of each, to be asked for once every resource has been added. */
  verdicts(): StackVerdict<R>[] {
    return this.together.verdicts().map(({ member, ...verdict }) => ({ of: member.of, ...verdict }));
  }

  /** Acceptances that nothing needed, to be asked for once every resource has been added. */
  unused(): FindingOf<R>[] {
    const own = this.together.verdicts().flatMap(({ member, findings, notJudged, passed }) => {
      this.risks.add(member.of, member.subject.organization, { findings, notJudged });
      const idle = (rule: string) => passed.some((id) => id === rule);
      const accepted = member.subject.mailbox.acceptRisks ?? [];
      return unusedAcceptances(accepted, "acceptRisks", (rule) => !idle(rule)).map((finding) => ({
        of: member.of,
        finding,
      }));
    });
    return [...own, ...this.risks.unused()];
  }

  /** Some things are said once, however many resources they apply to; where one of these accepts it, the others do not. */
  private isNew({ rule, path, accepted }: Finding): boolean {
    const ofOrganization = rule === "risk-not-acceptable" && path.startsWith(organizationPath);
    if (!ofOrganization && !isToldOnce(rule)) return true;
    const key = `${rule} ${ofOrganization ? path : String(accepted !== undefined)}`;
    if (this.told.has(key)) return false;
    this.told.add(key);
    return true;
  }
}
