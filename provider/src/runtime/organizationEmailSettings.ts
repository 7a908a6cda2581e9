import { settingsBackendFor } from "../backends/backendFor";
import type { SettingsBackend } from "../backends/backend";
import { validate } from "../model/parse";
import { at, sameValue, type PlainObject } from "../model/plain";
import {
  normalizeOrganizationSettings,
  organizationSettingsSchema,
  type CheckedOrganizationSettings,
} from "../model/organizationSettings";
import { isUnknown, type Maybe } from "../model/unknown";
import { adapt } from "./adapter";
import { readConfig } from "./config";
import type { CheckOutcome, ResourceHandler } from "./handler";
import { recordId } from "./identity";

const needsOrganization = {
  path: "organization.backend",
  message:
    'has to be "dynamics365", and `url` the organization\'s: the direct back end has no organization whose settings could be made',
};

/** The email settings of an organization, as plain functions. */
export const organizationEmailSettingsHandler: ResourceHandler = {
  inputKeys: [...Object.keys(organizationSettingsSchema.shape), "identity"],
  schemaVersion: 1,

  check(olds, news): CheckOutcome {
    const { identity: urn, ...declared } = news;
    const validated = validate(organizationSettingsSchema, declared);
    if ("problems" in validated) return { inputs: news, problems: validated.problems, findings: [] };
    const settings = normalizeOrganizationSettings(validated.value);
    if (settings.organization.backend !== "dynamics365")
      return { inputs: news, problems: [needsOrganization], findings: [] };
    return { inputs: { ...settings, identity: olds.identity ?? urn ?? null }, problems: [], findings: [] };
  },

  replaces(olds, news) {
    const moved = ["organization.backend", "organization.url"].some(
      (path) => !sameValue(at(olds, path), at(news, path)),
    );
    if (moved) return ["organization"];
    // A profile that is being replaced itself cannot go as long as it is the default.
    return isUnknown(news.defaultProfile) && (olds.defaultProfile ?? null) !== null ? ["defaultProfile"] : [];
  },

  // What was cut off is finished by the next update.
  isUnhealthy: (outputs) => (outputs.unfinished ?? null) !== null,
  id: (inputs) => recordId(checked(inputs).organization, inputs.identity as Maybe<string>),

  async create(_id, inputs) {
    return backendOf(inputs).applySettings(checked(inputs), null);
  },
  async update(_id, olds, news) {
    return backendOf(news).applySettings(checked(news), olds);
  },
  async read(_id, outputs) {
    return backendOf(outputs).readSettings(outputs);
  },
  async delete(_id, outputs) {
    await backendOf(outputs).giveSettingsBack(outputs);
  },
};

export const organizationEmailSettings = adapt(organizationEmailSettingsHandler);

function backendOf(inputs: PlainObject): SettingsBackend {
  return settingsBackendFor(checked(inputs).organization, readConfig);
}

function checked(inputs: PlainObject): CheckedOrganizationSettings {
  return inputs as unknown as CheckedOrganizationSettings;
}
