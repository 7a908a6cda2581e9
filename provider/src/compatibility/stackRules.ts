import type { MailboxSubject } from "./rule";
import { supportPage } from "./rule";
import type { Finding } from "./finding";

/** Rules over several mailboxes of one stack: findings by the position of the mailbox in `subjects`. */
export function assessTogether(subjects: readonly MailboxSubject[]): Finding[][] {
  const findings: Finding[][] = subjects.map(() => []);
  for (const group of byOrganization(subjects).values()) addMixedSynchronization(group, subjects, findings);
  return findings;
}

function byOrganization(subjects: readonly MailboxSubject[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  subjects.forEach(({ organization }, index) => {
    const key = `${organization.backend} ${organization.url ?? ""}`;
    groups.set(key, [...(groups.get(key) ?? []), index]);
  });
  return groups;
}

/** S17: updates of an appointment may not reach all attendees where some synchronize by Outlook and some by the server. */
function addMixedSynchronization(group: number[], subjects: readonly MailboxSubject[], findings: Finding[][]): void {
  const using = (method: string) => group.filter((i) => subjects[i]?.mailbox.appointmentsContactsTasks === method);
  const [byOutlook, byServer] = [using("outlook"), using("server-side-sync")];
  if (byOutlook.length === 0 || byServer.length === 0) return;
  for (const index of [...byOutlook, ...byServer]) {
    findings[index]?.push({
      rule: "mixed-outlook-and-server-side-sync",
      severity: "warning",
      path: "appointmentsContactsTasks",
      message: `${byOutlook.length} mailbox(es) of this organization synchronize appointments, contacts, and tasks by Outlook and ${byServer.length} by server-side synchronization; updates may not reach all attendees.`,
      remedy: "Use one of the two for the whole organization.",
      reference: supportPage,
    });
  }
}
