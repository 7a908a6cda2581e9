import { directions, isTested, sourceOf } from "./connections";
import type { MailboxRule, MailboxSubject, ProfileRule } from "./rule";

const changelog = "https://www.npmjs.com/package/pulumi-server-side-sync";

/** Warnings in the preview that the update turns into errors, before anything is changed. */
export const availabilityRules: readonly ProfileRule[] = [
  {
    id: "backend-not-available-yet",
    scope: "profile",
    severity: "warning",
    when: "The dynamics365 back end, which this release cannot use yet; an error in the update",
    path: "organization.backend",
    needs: [],
    applies: ({ organization }) => organization.backend === "dynamics365",
    message: () => 'This release judges declarations for backend: "dynamics365" in preview, but cannot apply them yet.',
    remedy: 'Use backend: "direct", which tests the mail servers themselves, until the release that can.',
    reference: changelog,
  },
];

const unavailableSources = ["oauth", "gmail-oauth", "exchange-hybrid-modern-auth"];

/** Kinds of sign-in that a direction under test would need and this release lacks. */
function unavailableSignIns(subject: MailboxSubject): string[] {
  const { profile, mailbox } = subject;
  const kinds = directions
    .filter((direction) => isTested(subject, direction))
    .map((direction) => {
      const source = sourceOf(profile[direction]);
      return source === "user-or-queue" ? mailbox.credentials?.type : source;
    });
  const unavailableKinds = [...unavailableSources, ...unavailableMailboxTypes];
  return unavailableKinds.filter((kind) => (kinds as unknown[]).includes(kind));
}
const unavailableMailboxTypes = ["client-secret", "client-certificate", "refresh-token", "google-service-account"];

export const signInRule: MailboxRule = {
  id: "sign-in-not-available-yet",
  scope: "mailbox",
  severity: "warning",
  when: "A sign-in that this release judges but cannot test with yet; an error in the update",
  path: "credentials.type",
  needs: ["incoming.credentials.source", "outgoing.credentials.source"],
  applies: (subject) => subject.organization.backend === "direct" && unavailableSignIns(subject).length > 0,
  message: (subject) =>
    `This release judges a sign-in by ${unavailableSignIns(subject).join(" and ")} in preview, but cannot test with it yet.`,
  remedy: 'Use type "password", or "access-token" with a token that the pipeline has, until the release that can.',
  reference: changelog,
};

/** Rules whose warning is an error once something would be changed. */
export const blocksUpdate: readonly string[] = [...availabilityRules, signInRule].map(({ id }) => id);
