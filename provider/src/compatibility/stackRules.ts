import { known } from "../model/unknown";
import type { Finding } from "./finding";
import { supportPage, type MailboxSubject, type StackRule } from "./rule";

const organizationKey = ({ organization }: MailboxSubject) =>
  `${organization.backend} ${(organization.url ?? "").toLowerCase()}`;

/** The organization, or with the direct back end the mail host: where an address is one mailbox. */
function homeOf({ organization, profile }: MailboxSubject): string | undefined {
  if (organization.backend === "dynamics365") return organization.url?.toLowerCase();
  const { serverLocation } = profile.incoming;
  return serverLocation === null ? profile.emailSystem : known(serverLocation);
}

const addressOf = ({ mailbox }: MailboxSubject) => known(mailbox.emailAddress);

/** Rules over several mailboxes. */
export const stackRules: readonly StackRule[] = [
  {
    id: "duplicate-mailbox-binding",
    scope: "stack",
    severity: "error",
    acceptable: false,
    when: "Two bindings for one mailbox of one organization (direct back end: of one mail host)",
    path: "emailAddress",
    key: (subject) => {
      const [home, address] = [homeOf(subject), addressOf(subject)];
      return home === undefined || address === undefined ? undefined : `${home} ${address.toLowerCase()}`;
    },
    message: (subject, _other, otherName) =>
      `The mailbox ${addressOf(subject) ?? ""} is bound twice${otherName === undefined ? "" : `, also by "${otherName}"`}: each would undo the other's configuration.`,
    remedy: "Keep one of the bindings.",
    reference: "https://www.npmjs.com/package/pulumi-server-side-sync",
  },
  {
    id: "mixed-outlook-and-server-side-sync",
    scope: "stack",
    severity: "warning",
    acceptable: true,
    when: "One organization, appointments, contacts, and tasks by Outlook here and by server-side synchronization there",
    rows: ["S17"],
    path: "appointmentsContactsTasks",
    key: organizationKey,
    kind: ({ mailbox }) =>
      ["outlook", "server-side-sync"].includes(mailbox.appointmentsContactsTasks)
        ? mailbox.appointmentsContactsTasks
        : undefined,
    message: (subject, other) => {
      const methods = { outlook: "Outlook", "server-side-sync": "server-side synchronization" } as Record<
        string,
        string
      >;
      const methodOf = ({ mailbox }: MailboxSubject) => methods[mailbox.appointmentsContactsTasks] ?? "";
      return `Appointments, contacts, and tasks of ${addressOf(subject) ?? "this mailbox"} synchronize by ${methodOf(subject)}, those of ${addressOf(other) ?? "another one"} by ${methodOf(other)}: updates may not reach all attendees.`;
    },
    remedy: "Use one of the two for the whole organization.",
    reference: supportPage,
  },
];

/** A mailbox of the stack, with whatever the caller wants to find it again by. */
export interface StackMember {
  subject: MailboxSubject;
  /** Name of its binding, for messages. */
  name?: string | undefined;
}
export interface StackFinding<M> {
  member: M;
  finding: Finding;
}

interface Entry<M> {
  member: M;
  kind: string | undefined;
  told: boolean;
}

/**
 * Judges mailboxes together as they come to be known. A later mailbox may bring findings on earlier ones; each is
 * returned once. The cost of all is proportional to their number.
 */
export class StackJudge<M extends StackMember> {
  private readonly groups = new Map<string, { first: Map<string | undefined, Entry<M>>; untold: Entry<M>[] }>();

  /** Findings that this mailbox brings, its own first. */
  add(member: M): StackFinding<M>[] {
    return stackRules.flatMap((rule) => this.judge(rule, member));
  }

  private judge(rule: StackRule, member: M): StackFinding<M>[] {
    const key = rule.key(member.subject);
    const kind = rule.kind?.(member.subject);
    if (key === undefined || (rule.kind !== undefined && kind === undefined)) return [];
    const groupKey = `${rule.id} ${key}`;
    const group = this.groups.get(groupKey) ?? { first: new Map<string | undefined, Entry<M>>(), untold: [] };
    this.groups.set(groupKey, group);
    const entry: Entry<M> = { member, kind, told: false };
    const other = [...group.first.values()].find((first) => rule.kind === undefined || first.kind !== kind);
    if (!group.first.has(kind)) group.first.set(kind, entry);
    group.untold.push(entry);
    if (other === undefined) return [];
    const concerned = group.untold.filter((candidate) => !candidate.told);
    group.untold = [];
    return [entry, ...concerned.filter((candidate) => candidate !== entry)].map((candidate) => {
      candidate.told = true;
      const against = candidate === entry ? other : candidate.kind === kind && rule.kind !== undefined ? other : entry;
      return { member: candidate.member, finding: findingOf(rule, candidate.member.subject, against.member) };
    });
  }
}

function findingOf(rule: StackRule, subject: MailboxSubject, other: StackMember): Finding {
  const finding: Finding = {
    rule: rule.id,
    severity: rule.severity,
    path: rule.path,
    message: rule.message(subject, other.subject, other.name),
    remedy: rule.remedy,
    reference: rule.reference,
  };
  const accepted = [...(subject.mailbox.acceptRisks ?? []), ...(subject.organization.acceptRisks ?? [])].find(
    ({ rule: id }) => id === rule.id,
  );
  return rule.acceptable && accepted !== undefined ? { ...finding, accepted: accepted.reason } : finding;
}
