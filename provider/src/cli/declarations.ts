import type { JudgedProfile, RuleContext } from "../compatibility/rule";
import type { CheckedBinding } from "../model/binding";
import type { CheckedProfile } from "../model/profile";

/** A resource as it was found in the input. */
interface Declared {
  name: string;
  /** Where the input has it: a line of the file, starting at 1. */
  line?: number;
  /** URN, where a Pulumi preview says it. */
  urn?: string;
  /** What the engine's own check found malformed. */
  problems: readonly string[];
  /** A part that the preview hides as a whole, so that nothing can be judged. */
  hidden?: string;
  /** What rules may know of the resource as it was last applied. */
  previous?: RuleContext["previous"];
}
export interface DeclaredProfileResource extends Declared {
  kind: "EmailServerProfile";
  profile?: CheckedProfile;
}
export interface DeclaredBindingResource extends Declared {
  kind: "MailboxBinding";
  bound?: { profile: JudgedProfile; mailbox: CheckedBinding };
}
export type DeclaredResource = DeclaredProfileResource | DeclaredBindingResource;

export interface Declarations {
  resources: DeclaredResource[];
  /** Unchanged resources that a preview counts but does not show: the stack is not complete without them. */
  notShown: number;
}
