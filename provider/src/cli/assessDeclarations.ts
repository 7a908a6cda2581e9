import { assessMailbox, assessProfile } from "../compatibility/assess";
import type { Finding } from "../compatibility/finding";
import { StackAssessment, type JudgedResource } from "../compatibility/stackAssessment";
import { mailboxSubject } from "../compatibility/subjects";
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
  for (const { of, passed, notJudged } of stack.verdicts()) {
    // Nothing passes beside mailboxes that are not shown.
    const unseen = notShown > 0 ? passed.map((rule) => ({ rule, missing: "the unchanged resources" })) : [];
    of.passed = notShown > 0 ? of.passed : [...of.passed, ...passed];
    of.notJudged = [...of.notJudged, ...notJudged, ...unseen];
  }
  return { resources, notes: [...declared.flatMap(hiddenNote), ...(notShown > 0 ? [incomplete(notShown)] : [])] };
}

function hiddenNote({ kind, name, hidden }: DeclaredResource): string[] {
  return hidden === undefined
    ? []
    : [`${kind} ${name} is not judged: the preview hides all of ${hidden}, which is a secret.`];
}

function incomplete(notShown: number): string {
  return `${plural(notShown, "unchanged resource")} of the stack ${notShown === 1 ? "is" : "are"} not in this preview and not judged: use pulumi preview --json --show-sames.`;
}

function judge(resource: DeclaredResource, today: string): JudgedResource | undefined {
  if (resource.kind === "EmailServerProfile") {
    const { profile, previous } = resource;
    return profile && { organization: profile.organization, assessment: assessProfile(profile, { today, previous }) };
  }
  if (resource.bound === undefined) return undefined;
  const { profile, mailbox } = resource.bound;
  const context = { today, previous: resource.previous };
  return {
    organization: profile.organization,
    assessment: assessMailbox(profile, mailbox, context),
    mailbox: { subject: mailboxSubject(profile, mailbox, context), name: resource.name },
  };
}
