import type { CheckedBinding } from "../model/binding";
import type { ProfileFacts } from "../model/facts";
import type { SecretReference } from "../model/fields";
import type { PlainObject } from "../model/plain";
import type { CheckedProfile } from "../model/profile";

export type SecretResolver = (secret: string | SecretReference, path: string) => string;

type StoredSecret = string | SecretReference;
/** What proves the profile's own account: a user with a password, or what an app has. */
export type ProfileAccount =
  | { username: string; password: StoredSecret }
  | { clientSecret?: StoredSecret | null; certificate?: StoredSecret | null };

/** Credentials with which the profile's own account signs in, one entry a direction. */
export interface ProfileCredentials {
  incoming?: ProfileAccount | null;
  outgoing?: ProfileAccount | null;
}

/** A checked binding together with what it knows of its profile. */
export interface BoundMailbox extends CheckedBinding {
  profile: ProfileFacts;
  profileCredentials: ProfileCredentials | null;
}

/** Outputs beside the mirrored inputs, and one line for each thing that failed. */
export interface Outcome {
  outputs: PlainObject;
  failures: string[];
}

/** Where the declarations become real. */
export interface Backend {
  configureProfile(id: string, profile: CheckedProfile, resolve: SecretResolver): Promise<Outcome>;
  /** An update that no connection depends on. */
  keepProfile(outputs: PlainObject): Outcome;
  bindMailbox(id: string, mailbox: BoundMailbox, resolve: SecretResolver): Promise<Outcome>;
  rebindMailbox(
    id: string,
    mailbox: BoundMailbox,
    previous: { inputs: PlainObject; outputs: PlainObject },
    resolve: SecretResolver,
  ): Promise<Outcome>;
  /** An update that no test depends on. */
  keepBinding(outputs: PlainObject): Outcome;
}
