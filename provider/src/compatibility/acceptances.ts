import type { AcceptedRisk } from "../model/acceptedRisk";
import type { RuleId } from "../model/ruleIds";
import type { Finding } from "./finding";
import { supportPage } from "./rule";

/** An accepted risk, and where it is declared. */
export interface Acceptance extends AcceptedRisk {
  path: string;
}

export const organizationPath = "organization.acceptRisks";
const none: readonly Acceptance[] = [];

/** What a resource accepts, before what its organization accepts. */
export function acceptancesOf(
  own: readonly AcceptedRisk[] | null | undefined,
  ofOrganization: readonly AcceptedRisk[] | undefined,
): readonly Acceptance[] {
  if (!own?.length && !ofOrganization?.length) return none;
  const at = (path: string) => (risk: AcceptedRisk, index: number) => ({ ...risk, path: `${path}.${index}` });
  return [...(own ?? []).map(at("acceptRisks")), ...(ofOrganization ?? []).map(at(organizationPath))];
}

export function acceptanceOf(rule: RuleId, accepted: readonly Acceptance[]): Acceptance | undefined {
  return accepted.find((acceptance) => acceptance.rule === rule);
}

/** Said beside a finding that no acceptance can accept. */
export function notAcceptable(finding: Finding, { path }: Acceptance): Finding {
  return {
    rule: "risk-not-acceptable",
    severity: "warning",
    path,
    message: `acceptRisks names ${finding.rule}, but the platform itself refuses this and no acceptance changes that.`,
    remedy: "Remove the entry and follow the remedy of the finding.",
    reference: finding.reference,
  };
}

/** A finding for each acceptance that is not in use. */
export function unusedAcceptances(
  accepted: readonly AcceptedRisk[],
  path: string,
  isUsed: (rule: string) => boolean,
): Finding[] {
  return accepted.flatMap((acceptance, index): Finding[] =>
    isUsed(acceptance.rule)
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
