import type { CheckedOrganization, Deployment } from "../../../model/organization";
import { Budget } from "../../../transport/budget";
import { webApiOf } from "../session";
import type { WebApi } from "../webApi/client";
import type { ConfigReader } from "../webApi/organizationCredentials";
import type { Call } from "../webApi/types";

/** What a question to an organization is asked with. */
export interface QuestionContext {
  api: WebApi;
  organization: CheckedOrganization;
  deployment: Deployment;
  call: Call;
}

export interface QuestionOptions {
  timeoutSeconds: number;
  signal?: AbortSignal | undefined;
}

/**
 * @throws ServerSideSyncError `organization-url-missing`, or what is wrong with URL, certificates or credentials
 */
export function openQuestion(
  organization: CheckedOrganization,
  config: ConfigReader,
  { timeoutSeconds, signal }: QuestionOptions,
): QuestionContext {
  const api = webApiOf(organization, config);
  const call = { budget: Budget.ofSeconds(timeoutSeconds), signal };
  return { api, organization, deployment: organization.deployment, call };
}
