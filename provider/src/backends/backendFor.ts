import type { CheckedOrganization } from "../model/organization";
import type { Backend, SettingsBackend } from "./backend";
import { directBackend } from "./direct/directBackend";
import type * as DynamicsBackend from "./dynamics365/dynamicsBackend";
import type { ConfigReader } from "./dynamics365/webApi/organizationCredentials";

export function backendFor(organization: CheckedOrganization | undefined, readConfig: ConfigReader): Backend {
  // A state may lack what is stored today.
  if (organization === undefined || organization.backend === "direct") return directBackend;
  return dynamics(organization, readConfig).backend;
}

export function settingsBackendFor(organization: CheckedOrganization, readConfig: ConfigReader): SettingsBackend {
  return dynamics(organization, readConfig).settings;
}

/** Loaded by the first operation, never by check. */
function dynamics(organization: CheckedOrganization, readConfig: ConfigReader): DynamicsBackend.DynamicsBackend {
  const { dynamicsBackend } = require("./dynamics365/dynamicsBackend") as typeof DynamicsBackend;
  return dynamicsBackend(organization, readConfig);
}
