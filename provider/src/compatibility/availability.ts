import type { Protocol } from "../model/mailSystems";
import type { ProfileRule, Subject } from "./rule";

/** What this release can carry out. A later release takes its entries away and nothing else. */
const unavailableProtocols: readonly Protocol[] = ["ews", "pop3"];

function unavailable({ profile }: Subject): Protocol[] {
  const used = new Set<Protocol>([profile.incoming.protocol, profile.outgoing.protocol]);
  return [...used].filter((protocol) => unavailableProtocols.includes(protocol));
}

const changelog = "https://www.npmjs.com/package/pulumi-server-side-sync";

/** Warnings in the preview that the update turns into errors, before anything is changed. */
export const availabilityRules: readonly ProfileRule[] = [
  {
    id: "protocol-not-available-yet",
    scope: "profile",
    severity: "warning",
    path: "serverType",
    needs: ["incoming.protocol", "outgoing.protocol"],
    applies: (subject) => unavailable(subject).length > 0,
    message: (subject) =>
      `This release judges profiles with ${unavailable(subject).join(" and ").toUpperCase()} in preview, but cannot apply them yet.`,
    remedy:
      'Use serverType: "imap-smtp" where the mail system offers it, or keep the profile in preview until the release that can.',
    reference: changelog,
  },
  {
    id: "backend-not-available-yet",
    scope: "profile",
    severity: "warning",
    path: "organization.backend",
    needs: [],
    applies: ({ organization }) => organization.backend === "dynamics365",
    message: () => 'This release judges declarations for backend: "dynamics365" in preview, but cannot apply them yet.',
    remedy: 'Use backend: "direct", which tests the mail servers themselves, until the release that can.',
    reference: changelog,
  },
];

/** Rules whose warning is an error once something would be changed. */
export const blocksUpdate: readonly string[] = availabilityRules.map(({ id }) => id);
