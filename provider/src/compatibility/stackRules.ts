import { emailSystems, mailSystems, type EmailSystem, type PublishedEndpoint } from "../model/mailSystems";
import { hostOfLocation } from "../model/names";
import { organizationKey } from "../model/organization";
import { isKnown, known } from "../model/unknown";
import { supportPage, told, type MailboxSubject, type StackRule } from "./rule";

/** Hosts that mail systems publish, by whose they are: one mailbox is reached through several of them. */
const publishedHosts = new Map<string, string>(
  emailSystems.flatMap((system) =>
    endpointsOf(system).flatMap((endpoint) =>
      [endpoint, ...(endpoint.alternatives ?? [])].map(({ serverLocation }): [string, string] => [
        hostOfLocation(serverLocation),
        ownerOf(system),
      ]),
    ),
  ),
);

function endpointsOf(system: EmailSystem): PublishedEndpoint[] {
  const { endpoints, clouds } = mailSystems[system];
  return [endpoints, ...Object.values(clouds ?? {})].flatMap((ofCloud) => Object.values(ofCloud));
}

/** Microsoft's own services answer on the same hosts under several names. */
function ownerOf(system: EmailSystem): string {
  const { family } = mailSystems[system];
  return family === "exchange-online" || family === "consumer-microsoft" ? "microsoft" : system;
}

/** The organization, or with the direct back end the mail host: where an address is one mailbox. */
function homeOf({ organization, profile }: MailboxSubject): string | undefined {
  if (organization.backend === "dynamics365") return organizationKey(organization);
  const { serverLocation } = profile.incoming;
  if (serverLocation === null) {
    const system = known(profile.emailSystem);
    return system && ownerOf(system);
  }
  const host = isKnown(serverLocation) ? hostOfLocation(serverLocation) : undefined;
  return host && (publishedHosts.get(host) ?? host);
}

const addressOf = ({ mailbox }: MailboxSubject) => known(mailbox.emailAddress);

const addressText = (subject: MailboxSubject) => told(subject, "emailAddress", subject.mailbox.emailAddress);

/** Rules over several mailboxes. */
export const stackRules: readonly StackRule[] = [
  {
    id: "duplicate-mailbox-binding",
    scope: "stack",
    severity: "error",
    acceptable: false,
    when: "Two bindings for one mailbox of one organization (direct back end: of one mail host)",
    path: "emailAddress",
    needs: ["emailAddress", "incoming.serverLocation", "emailSystem"],
    key: (subject) => {
      const [home, address] = [homeOf(subject), addressOf(subject)];
      return home === undefined || address === undefined ? undefined : `${home} ${address.toLowerCase()}`;
    },
    message: (subject, _other, otherName) =>
      `The mailbox ${addressText(subject)} is bound twice${otherName === undefined ? "" : `, also by "${otherName}"`}: each would undo the other's configuration.`,
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
    needs: [],
    key: ({ organization }) => organizationKey(organization),
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
      return `Appointments, contacts, and tasks of ${addressText(subject)} synchronize by ${methodOf(subject)}, those of ${addressText(other)} by ${methodOf(other)}: updates may not reach all attendees.`;
    },
    remedy: "Use one of the two for the whole organization.",
    reference: supportPage,
  },
];
