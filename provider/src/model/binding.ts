import { z } from "zod";
import { acceptedRisks, type AcceptedRisk } from "./acceptedRisk";
import { mailboxCredentialsSchema, type DeclaredMailboxCredentials } from "./credentials";
import { date, emailAddress, flag, text } from "./fields";
import { normalizeEmailAddress } from "./names";
import { isUnknown, type Maybe } from "./unknown";
import type { BackendName } from "./organization";

export const bindingSchema = z.strictObject({
  emailAddress,
  regarding: z
    .union([
      z.strictObject({ user: text(200) }),
      z.strictObject({ queue: text(200) }),
      z.strictObject({ forwardMailbox: text(200) }),
    ])
    .optional(),
  incomingEmail: z.enum(["server-side-sync", "outlook", "forward-mailbox", "none"]).optional(),
  outgoingEmail: z.enum(["server-side-sync", "outlook", "none"]).optional(),
  appointmentsContactsTasks: z.enum(["server-side-sync", "outlook", "none", "leave"]).optional(),
  credentials: mailboxCredentialsSchema.optional(),
  hostedOn: z.enum(["exchange-online", "exchange-server", "external"]).optional(),
  manualTrackingInOutlook: flag.optional(),
  approval: z.enum(["leave", "require", "approve"]).optional(),
  primaryForExchangeSync: flag.optional(),
  processEmailsReceivedAfter: date.optional(),
  deleteEmailsAfterProcessing: flag.optional(),
  replaceStoredPassword: flag.optional(),
  whenUserDisabled: z.enum(["fail", "skip"]).optional(),
  test: z
    .strictObject({
      roundTrip: flag.optional(),
      writeAccess: flag.optional(),
      preflight: flag.optional(),
      timeoutSeconds: z.int().min(5, "must be at least 5 seconds").max(7200, "must be at most 7200 seconds").optional(),
      onFailure: z.enum(["fail", "warn", "restore"]).optional(),
    })
    .optional(),
  retestTriggers: z.array(z.unknown()).optional(),
  onDelete: z.enum(["restore", "detach", "retain"]).optional(),
  acceptRisks: acceptedRisks.optional(),
});
export type DeclaredBinding = z.output<typeof bindingSchema>;

/** The mailbox's side of a binding as `check` returns it: every default filled in, `null` for what is absent. */
export interface CheckedBinding {
  emailAddress: Maybe<string>;
  regarding: DeclaredBinding["regarding"] | null;
  incomingEmail: "server-side-sync" | "outlook" | "forward-mailbox" | "none";
  outgoingEmail: "server-side-sync" | "outlook" | "none";
  appointmentsContactsTasks: "server-side-sync" | "outlook" | "none" | "leave";
  credentials: DeclaredMailboxCredentials | null;
  hostedOn: "exchange-online" | "exchange-server" | "external" | null;
  manualTrackingInOutlook: boolean | null;
  approval: "leave" | "require" | "approve";
  primaryForExchangeSync: boolean;
  processEmailsReceivedAfter: Maybe<string> | null;
  deleteEmailsAfterProcessing: boolean | null;
  replaceStoredPassword: boolean | null;
  whenUserDisabled: "fail" | "skip";
  test: CheckedTest;
  retestTriggers: unknown[] | null;
  onDelete: "restore" | "detach" | "retain";
  acceptRisks: AcceptedRisk[] | null;
}

export interface CheckedTest {
  roundTrip: boolean;
  writeAccess: boolean;
  preflight: boolean;
  timeoutSeconds: number;
  onFailure: "fail" | "warn" | "restore";
}

const directTimeoutSeconds = 60;
/** Dynamics' own job "may take a few minutes"; no upper bound is documented. */
const dynamicsTimeoutSeconds = 1200;

/** Fills every default in. Pure. */
export function normalizeBinding(declared: DeclaredBinding, backend: Maybe<BackendName> | undefined): CheckedBinding {
  const forward = declared.regarding !== undefined && "forwardMailbox" in declared.regarding;
  return {
    emailAddress: isUnknown(declared.emailAddress)
      ? declared.emailAddress
      : normalizeEmailAddress(declared.emailAddress),
    regarding: declared.regarding ?? null,
    incomingEmail: declared.incomingEmail ?? "server-side-sync",
    outgoingEmail: declared.outgoingEmail ?? (forward ? "none" : "server-side-sync"),
    appointmentsContactsTasks: declared.appointmentsContactsTasks ?? "leave",
    credentials: declared.credentials ?? null,
    hostedOn: declared.hostedOn ?? null,
    manualTrackingInOutlook: declared.manualTrackingInOutlook ?? null,
    approval: declared.approval ?? "require",
    primaryForExchangeSync: declared.primaryForExchangeSync ?? false,
    processEmailsReceivedAfter: declared.processEmailsReceivedAfter ?? null,
    deleteEmailsAfterProcessing: declared.deleteEmailsAfterProcessing ?? null,
    replaceStoredPassword: declared.replaceStoredPassword ?? null,
    whenUserDisabled: declared.whenUserDisabled ?? "skip",
    test: normalizeTest(declared, backend),
    retestTriggers: declared.retestTriggers ?? null,
    onDelete: declared.onDelete ?? "restore",
    acceptRisks: declared.acceptRisks ?? null,
  };
}

/** A queue's test message might become a case, so a queue is not sent one unless the declaration asks for it. */
function normalizeTest(declared: DeclaredBinding, backend: Maybe<BackendName> | undefined): CheckedTest {
  const queue = declared.regarding !== undefined && "queue" in declared.regarding;
  const direct = backend !== "dynamics365";
  return {
    roundTrip: declared.test?.roundTrip ?? (direct && !queue),
    writeAccess: declared.test?.writeAccess ?? false,
    preflight: declared.test?.preflight ?? false,
    timeoutSeconds: declared.test?.timeoutSeconds ?? (direct ? directTimeoutSeconds : dynamicsTimeoutSeconds),
    onFailure: declared.test?.onFailure ?? "fail",
  };
}
