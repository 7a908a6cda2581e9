import { ServerSideSyncError } from "../errors";

export function notUnderstood(why: string): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "input-not-understood",
    summary: `The input cannot be used: ${why}.`,
    remedy: 'Give it what "pulumi preview --json" prints, or profiles and mailboxes as "assess --help" shows.',
  });
}
