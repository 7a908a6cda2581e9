import type { CheckedBinding } from "../model/binding";
import type { ProfileFacts } from "../model/facts";
import type { SecretReference } from "../model/fields";
import type { CheckedOrganizationSettings } from "../model/organizationSettings";
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
  /** Id of the record that was taken over; absent, it is the one that was proposed. */
  id?: string;
  outputs: PlainObject;
  failures: string[];
}

/** A resource as it was last applied. */
export interface Previous {
  inputs: PlainObject;
  outputs: PlainObject;
  /** The last test found nothing wrong, and nothing that it depends on has changed. */
  stillTested: boolean;
}

/** Where the declarations become real. */
export interface Backend {
  createProfile(id: string, profile: CheckedProfile, resolve: SecretResolver): Promise<Outcome>;
  updateProfile(id: string, profile: CheckedProfile, previous: Previous, resolve: SecretResolver): Promise<Outcome>;
  /** What is really there, as outputs; undefined where nothing is. */
  readProfile(id: string, outputs: PlainObject): Promise<PlainObject | undefined>;
  deleteProfile(id: string, outputs: PlainObject): Promise<void>;
  bindMailbox(id: string, mailbox: BoundMailbox, resolve: SecretResolver): Promise<Outcome>;
  rebindMailbox(id: string, mailbox: BoundMailbox, previous: Previous, resolve: SecretResolver): Promise<Outcome>;
  readBinding(id: string, outputs: PlainObject): Promise<PlainObject | undefined>;
  /** Gives the mailbox back. It is never deleted. */
  releaseMailbox(id: string, outputs: PlainObject): Promise<void>;
}

/** Settings of a whole organization, which only an organization has. */
export interface SettingsBackend {
  /** @param previous outputs as they were last applied */
  applySettings(settings: CheckedOrganizationSettings, previous: PlainObject | null): Promise<Outcome>;
  readSettings(outputs: PlainObject): Promise<PlainObject | undefined>;
  giveSettingsBack(outputs: PlainObject): Promise<void>;
}
