import { assessMailbox, assessProfile } from "../compatibility/assess";
import type { Finding } from "../compatibility/finding";
import { mailboxSubject, StackAssessment, type JudgedResource } from "../compatibility/stackAssessment";
import type { Declarations, DeclaredResource } from "./declarations";
import { plural, type Report, type ResourceReport } from "./report";

/** Judges every resource, alone and together. Pure. */
export function assessDeclarations({ resources: declared, notShown }: Declarations, today: string): Report {
  const stack = new StackAssessment<ResourceReport>();
  const told: { of: ResourceReport; finding: Finding }[] = [];
  const resources = declared.map((resource) => {
    const judged = judge(resource, today);
    const report: ResourceReport = {
      kind: resource.kind,
      name: resource.name,
      line: resource.line,
      urn: resource.urn,
      problems: resource.problems,
      findings: [],
      passed: judged?.assessment.passed ?? [],
      notJudged: judged?.assessment.notJudged ?? [],
    };
    if (judged !== undefined) told.push(...stack.add(report, judged));
    return report;
  });
  // What an organization accepts may be needed by a resource that the input does not show.
  const unused = notShown > 0 ? [] : stack.unused();
  for (const { of, finding } of [...told, ...unused]) of.findings.push(finding);
  return { resources, notes: notShown > 0 ? [incomplete(notShown)] : [] };
}

function incomplete(notShown: number): string {
  return `${plural(notShown, "unchanged resource")} of the stack ${notShown === 1 ? "is" : "are"} not in this preview and not judged: use pulumi preview --json --show-sames.`;
}

function judge(resource: DeclaredResource, today: string): JudgedResource | undefined {
  if (resource.kind === "EmailServerProfile") {
    const { profile } = resource;
    return profile && { organization: profile.organization, assessment: assessProfile(profile, { today }) };
  }
  if (resource.bound === undefined) return undefined;
  const { profile, mailbox } = resource.bound;
  return {
    organization: profile.organization,
    assessment: assessMailbox(profile, mailbox, { today }),
    mailbox: { subject: mailboxSubject(profile, mailbox), name: resource.name },
  };
}
