import type { AcceptedRisk } from "../model/acceptedRisk";
import type { CheckedOrganization } from "../model/organization";
import type { Assessment, Finding } from "./finding";
import { rulesSeen, unusedAcceptances } from "./judge";

interface Organization<R> {
  accepted: AcceptedRisk[];
  assessments: Assessment[];
  first: R;
}

/** Risks that organizations accept, and where in the stack they were needed. */
export class OrganizationRisks<R> {
  private readonly organizations = new Map<string, Organization<R>>();

  add(of: R, organization: CheckedOrganization, assessment: Assessment): void {
    const key = [organization.configNamespace, organization.backend, organization.url ?? ""].join(" ");
    const known = this.organizations.get(key) ?? { accepted: [], assessments: [], first: of };
    for (const risk of organization.acceptRisks ?? [])
      if (!known.accepted.some(({ rule }) => rule === risk.rule)) known.accepted.push(risk);
    known.assessments.push(assessment);
    this.organizations.set(key, known);
  }

  /** What the whole stack never needed, on the organization's first resource. */
  unused(): { of: R; finding: Finding }[] {
    return [...this.organizations.values()].flatMap(({ accepted, assessments, first }) =>
      unusedAcceptances(accepted, rulesSeen(assessments), "organization.acceptRisks").map((finding) => ({
        of: first,
        finding,
      })),
    );
  }
}
