import { ServerSideSyncError } from "../../../errors";
import type { CheckedOrganization, Deployment } from "../../../model/organization";
import { Budget } from "../../../transport/budget";
import { readCertificates } from "../../readCertificates";
import { organizationCredentials, type ConfigReader } from "../webApi/organizationCredentials";
import { sharedWebApi } from "../webApi/shared";
import type { WebApi } from "../webApi/client";
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
  const { url, deployment, configNamespace } = organization;
  if (url === undefined)
    throw new ServerSideSyncError({
      code: "organization-url-missing",
      summary: "The Organization has no url, so there is nobody to ask.",
      remedy: `Set url, or the config key ${configNamespace}:url.`,
    });
  const api = sharedWebApi({
    organizationUrl: url,
    deployment,
    credentials: organizationCredentials(config, process.env, configNamespace),
    caCertificates: readCertificates(organization.caCertificates),
  });
  return { api, organization, deployment, call: { budget: Budget.ofSeconds(timeoutSeconds), signal } };
}
