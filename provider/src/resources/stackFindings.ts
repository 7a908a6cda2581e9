import * as pulumi from "@pulumi/pulumi";
import { describeFinding } from "../compatibility/finding";
import type { MailboxSubject } from "../compatibility/rule";
import { assessTogether } from "../compatibility/stackRules";

interface Seen {
  resource: pulumi.Resource;
  subject: MailboxSubject;
  logged: Set<string>;
}

/** One list a run: the Automation API runs several programs in one process. */
const stacks = new WeakMap<object, Seen[]>();
const withoutEngine = {};

/** Judges a mailbox together with all mailboxes of the stack seen so far, and logs on all resources concerned. */
export function findingsAcrossStack(resource: pulumi.Resource, subject: MailboxSubject): void {
  const run = pulumi.runtime.getMonitor() ?? withoutEngine;
  const seen = stacks.get(run) ?? [];
  stacks.set(run, seen);
  seen.push({ resource, subject, logged: new Set() });
  assessTogether(seen.map((entry) => entry.subject)).forEach((findings, index) => {
    const entry = seen[index];
    for (const finding of findings) {
      if (entry === undefined || entry.logged.has(finding.rule)) continue;
      entry.logged.add(finding.rule);
      void pulumi.log.warn(describeFinding(finding), entry.resource);
    }
  });
}
