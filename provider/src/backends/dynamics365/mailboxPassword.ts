import type { CheckedBinding } from "../../model/binding";
import { sameValue } from "../../model/plain";
import type { ColumnValues } from "./columns/column";
import type { FoundPassword } from "./foundValues";
import type { NoteResult } from "./results";

/** Whether a declared password is written, and what is to be said of it. */
export interface PasswordDecision {
  write: boolean;
  note?: NoteResult;
}

const remedyToReplace =
  "Declare replaceStoredPassword: true to store the declared password in its place; the old one cannot be given back.";

/**
 * A stored password cannot be read, so one that is not ours stays unless its replacement is declared.
 *
 * @param ours what an earlier write of ours recorded
 * @param revision the revision of the declared password
 */
export function passwordDecision(
  mailbox: Pick<CheckedBinding, "replaceStoredPassword">,
  observed: ColumnValues,
  ours: FoundPassword | undefined,
  revision: number,
): PasswordDecision {
  if (observed.ispasswordset !== true) return { write: true };
  if (ours !== undefined) {
    const write = ours.revision !== revision;
    return ours.wasSet ? { write, note: replaced } : { write };
  }
  return mailbox.replaceStoredPassword === true ? { write: true, note: replaced } : { write: false, note: kept };
}

const kept: NoteResult = {
  test: "password",
  status: "Not Run",
  code: "stored-password-kept",
  message: "The mailbox already has a password that this package did not store; the declared one was not written.",
  remedy: remedyToReplace,
};

const replaced: NoteResult = {
  test: "password",
  status: "Not Run",
  code: "stored-password-not-restorable",
  message: "The declared password took the place of one that the mailbox had; that one cannot be given back.",
  remedy: "Have the old password at hand, and store it again in Dynamics once this binding is deleted.",
};

/**
 * A number that a changed declaration raises: it says in the state which password was written, and nothing about it.
 *
 * @param before what was declared when the recorded password was written, and its number
 */
export function nextPasswordRevision(
  before: { declared: unknown; revision: number } | null,
  declared: unknown,
): number {
  if (before === null) return 1;
  return sameValue(before.declared, declared) ? before.revision : before.revision + 1;
}
