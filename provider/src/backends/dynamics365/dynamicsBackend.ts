import type { CheckedOrganization } from "../../model/organization";
import type { CheckedProfile } from "../../model/profile";
import type { PlainObject } from "../../model/plain";
import type { Backend, SettingsBackend } from "../backend";
import { bindMailbox } from "./bind";
import { applySettings, giveSettingsBack, readSettings } from "./organizationSettings";
import { deleteProfile } from "./deleteProfile";
import { configureProfile } from "./profiles";
import { readBinding } from "./readBinding";
import { readProfile } from "./readProfile";
import { releaseMailbox } from "./release";
import { sessionOf } from "./session";
import type { ConfigReader } from "./webApi/organizationCredentials";

export interface DynamicsBackend {
  backend: Backend;
  settings: SettingsBackend;
}

/** Configures a Dynamics 365 organization through its Web API. */
export function dynamicsBackend(organization: CheckedOrganization, readConfig: ConfigReader): DynamicsBackend {
  const session = () => sessionOf(organization, readConfig);
  return {
    backend: {
      createProfile: async (id, profile, resolve) =>
        configureProfile(session(), { id, profile, previous: undefined, resolve }),
      updateProfile: async (id, profile: CheckedProfile, previous, resolve) =>
        configureProfile(session(), { id, profile, previous, resolve }),
      readProfile: async (id, outputs) => readProfile(session(), id, outputs),
      deleteProfile: async (id, outputs) => deleteProfile(session(), id, outputs),
      bindMailbox: async (_id, mailbox, resolve) => bindMailbox(session(), mailbox, undefined, resolve),
      rebindMailbox: async (_id, mailbox, previous, resolve) => bindMailbox(session(), mailbox, previous, resolve),
      readBinding: async (_id, outputs) => readBinding(session(), outputs),
      releaseMailbox: async (_id, outputs: PlainObject) => releaseMailbox(session(), outputs),
    },
    settings: {
      applySettings: async (settings, previous) => applySettings(session(), settings, previous),
      readSettings: async (outputs) => readSettings(session(), outputs),
      giveSettingsBack: async (outputs) => giveSettingsBack(session(), outputs),
    },
  };
}
