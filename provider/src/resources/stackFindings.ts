import * as pulumi from "@pulumi/pulumi";
import { describeFinding, isBlocking, type Assessment } from "../compatibility/finding";
import { rulesSeen, unusedAcceptances } from "../compatibility/judge";
import type { MailboxSubject } from "../compatibility/rule";
import { StackJudge } from "../compatibility/stackRules";
import { isToldOnce } from "../compatibility/table";
import type { CheckedOrganization } from "../model/organization";
import { withPartlyKnown } from "./outputs";

/** What the rules had to say about one resource. */
export interface Judged {
  organization: CheckedOrganization;
  assessment: Assessment;
  /** A mailbox is also judged together with the others of the stack. */
  mailbox?: { subject: MailboxSubject; name: string };
}

interface Member {
  subject: MailboxSubject;
  name: string;
  resource: pulumi.Resource;
}

/** Judges and logs what only the whole stack shows. One for each run: the Automation API runs several in one process. */
export class StackFindings {
  private readonly judge = new StackJudge<Member>();
  private readonly told = new Set<string>();
  private readonly organizations = new Map<string, { organization: CheckedOrganization; seen: Assessment[] }>();
  private waitingFor = 0;
  private programEnded = false;

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
  report(resource: pulumi.Resource, judged: Judged | undefined): boolean {
    this.waitingFor -= 1;
    if (judged === undefined) return false;
    const { organization, assessment, mailbox } = judged;
    const key = JSON.stringify(organization);
    const ofOrganization = this.organizations.get(key) ?? { organization, seen: [] };
    ofOrganization.seen.push(assessment);
    this.organizations.set(key, ofOrganization);
    const own = assessment.findings.filter(({ rule }) => !isToldOnce(rule) || !this.told.has(rule));
    for (const { rule } of own) this.told.add(rule);
    const found = own.map((finding) => ({ resource, finding }));
    if (mailbox !== undefined) {
      for (const { member, finding } of this.judge.add({ ...mailbox, resource }))
        found.push({ resource: member.resource, finding });
    }
    for (const { resource: concerned, finding } of found) {
      const write = isBlocking(finding) ? pulumi.log.error : pulumi.log.warn;
      void write(describeFinding(finding), concerned);
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
    if (!this.programEnded || this.waitingFor > 0) return;
    for (const { organization, seen } of this.organizations.values()) {
      const unused = unusedAcceptances(organization.acceptRisks ?? [], rulesSeen(seen), "organization.acceptRisks");
      for (const finding of unused) void pulumi.log.warn(describeFinding(finding));
    }
    this.organizations.clear();
  }
}
