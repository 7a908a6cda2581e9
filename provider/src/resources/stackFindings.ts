import * as pulumi from "@pulumi/pulumi";
import { organizationPath } from "../compatibility/acceptances";
import { describeFinding, isBlocking } from "../compatibility/finding";
import { StackAssessment, type JudgedResource } from "../compatibility/stackAssessment";
import { withPartlyKnown } from "./outputs";

/** Judges and logs what only the whole stack shows. One for each run: the Automation API runs several in one process. */
export class StackFindings {
  private readonly assessment = new StackAssessment<pulumi.Resource>();
  private waitingFor = 0;
  private programEnded = false;
  private warned = false;

  private static readonly ofRun = new WeakMap<object, StackFindings>();
  private static readonly withoutEngine = new StackFindings();

  static current(): StackFindings {
    const run = pulumi.runtime.getMonitor();
    if (run === undefined) return StackFindings.withoutEngine;
    const known = StackFindings.ofRun.get(run);
    if (known !== undefined) return known;
    const findings = new StackFindings();
    StackFindings.ofRun.set(run, findings);
    findings.awaitProgram();
    return findings;
  }

  /** A resource will be judged; until then the stack is not complete. */
  expect(): void {
    this.waitingFor += 1;
  }

  /** Logs the findings of a resource and what they bring on others, and says whether one of them stands in the way. */
  report(resource: pulumi.Resource, judged: JudgedResource | undefined): boolean {
    this.waitingFor -= 1;
    const found = judged === undefined ? [] : this.assessment.add(resource, judged);
    for (const { of, finding } of found) {
      const write = isBlocking(finding) ? pulumi.log.error : pulumi.log.warn;
      void write(describeFinding(finding), of);
    }
    this.warnOfUnused();
    return found.some(({ finding }) => isBlocking(finding));
  }

  /** The whole stack is known once the program has come to its end and every resource has been judged. */
  private awaitProgram(): void {
    const stack = pulumi.runtime.getStackResource();
    if (stack === undefined) return;
    withPartlyKnown({ outputs: stack.outputs }, () => {
      this.programEnded = true;
      this.warnOfUnused();
    });
  }

  private warnOfUnused(): void {
    if (!this.programEnded || this.waitingFor > 0 || this.warned) return;
    this.warned = true;
    for (const { of, finding } of this.assessment.unused()) {
      const ofOrganization = finding.path.startsWith(organizationPath);
      void pulumi.log.warn(describeFinding(finding), ofOrganization ? undefined : of);
    }
  }
}
