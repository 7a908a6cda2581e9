import * as pulumi from "@pulumi/pulumi";
import type { OrganizationResult } from "../backends/dynamics365/questions/organization";
import type { Organization } from "../resources/organization";
import { ask, type FunctionOptions } from "./question";

/** Arguments of {@link getOrganization}. */
export interface GetOrganizationArgs {
  /** @default Organization.fromConfig() */
  organization?: Organization;
}

/**
 * Reads who the account is, the version of the organization, which options its email server profiles have, and its
 * settings for email. Nothing is changed.
 *
 * @example Is IMAP among the server types?
 * ```ts
 * const { version, optionSets } = await getOrganization();
 * const hasImap = optionSets.serverType.some(({ name }) => name === "imap-smtp");
 * ```
 * @throws ServerSideSyncError `organization-credentials-missing`, `dynamics-authentication-failed`, ...
 */
export function getOrganization(
  args: GetOrganizationArgs = {},
  options: FunctionOptions = {},
): Promise<OrganizationResult> {
  return ask(args.organization, options, (context, { askOrganization }) => askOrganization(context));
}

/**
 * {@link getOrganization} as an Output.
 *
 * @example
 * ```ts
 * export const version = getOrganizationOutput().version;
 * ```
 */
export function getOrganizationOutput(
  args: GetOrganizationArgs = {},
  options: FunctionOptions = {},
): pulumi.Output<OrganizationResult> {
  return pulumi.output(getOrganization(args, options));
}
