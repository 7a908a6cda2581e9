import type { AcceptedRisk } from "../model/acceptedRisk";
import { organizationKey, type CheckedOrganization } from "../model/organization";
import { organizationPath, unusedAcceptances } from "./acceptances";
import type { Assessment, Finding } from "./finding";

interface Organization<R> {
  accepted: AcceptedRisk[];
  /** Rules that found something or could not be judged anywhere in it. */
  used: Set<string>;
  first: R;
}

/** Risks that organizations accept, and where in the stack they were needed. */
export class OrganizationRisks<R> {
  private readonly organizations = new Map<string, Organization<R>>();

  add(of: R, organization: CheckedOrganization, assessment: Pick<Assessment, "findings" | "notJudged">): void {
    const key = `${organization.configNamespace} ${organizationKey(organization)}`;
    const known = this.organizations.get(key) ?? { accepted: [], used: new Set<string>(), first: of };
    this.organizations.set(key, known);
    for (const risk of organization.acceptRisks ?? [])
      if (!known.accepted.some(({ rule }) => rule === risk.rule)) known.accepted.push(risk);
    for (const { rule } of assessment.findings) known.used.add(rule);
    for (const { rule } of assessment.notJudged) known.used.add(rule);
  }

  /** What the whole stack never needed, on the organization's first resource. */
  unused(): { of: R; finding: Finding }[] {
    return [...this.organizations.values()].flatMap(({ accepted, used, first }) =>
      unusedAcceptances(accepted, organizationPath, (rule) => used.has(rule)).map((finding) => ({
        of: first,
        finding,
      })),
    );
  }
}
