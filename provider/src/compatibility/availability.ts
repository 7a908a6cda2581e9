import type { ProfileRule } from "./rule";

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

/** Rules whose warning is an error once something would be changed. */
export const blocksUpdate: readonly string[] = availabilityRules.map(({ id }) => id);
