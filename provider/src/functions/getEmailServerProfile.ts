import * as pulumi from "@pulumi/pulumi";
import type { EmailServerProfileResult, ProfileReference } from "../backends/dynamics365/questions/profile";
import type { Organization } from "../resources/organization";
import { ask, invalid, type FunctionOptions } from "./question";

/** Arguments of {@link getEmailServerProfile}: either the name or the id. */
export interface GetEmailServerProfileArgs {
  /** @default Organization.fromConfig() */
  organization?: Organization;
  name?: string;
  id?: string;
}
/** The same with Inputs. */
export interface GetEmailServerProfileOutputArgs {
  /** @default Organization.fromConfig() */
  organization?: Organization;
  name?: pulumi.Input<string | undefined>;
  id?: pulumi.Input<string | undefined>;
}

/**
 * Reads an email server profile of the organization, whoever manages it.
 *
 * @example
 * ```ts
 * const { id } = await getEmailServerProfile({ name: "Microsoft Exchange Online" });
 * ```
 * @throws ServerSideSyncError `record-not-found`, `record-ambiguous` with all ids, ...
 */
export async function getEmailServerProfile(
  args: GetEmailServerProfileArgs,
  options: FunctionOptions = {},
): Promise<EmailServerProfileResult> {
  const reference = profileReference(args);
  return ask(args.organization, options, (context, { askProfile }) => askProfile(context, reference));
}

/**
 * {@link getEmailServerProfile} as an Output.
 *
 * @example
 * ```ts
 * export const profileId = getEmailServerProfileOutput({ name: config.require("profile") }).id;
 * ```
 */
export function getEmailServerProfileOutput(
  args: GetEmailServerProfileOutputArgs,
  options: FunctionOptions = {},
): pulumi.Output<EmailServerProfileResult> {
  const { organization, name, id } = args;
  return pulumi
    .output({ name, id })
    .apply((known) => getEmailServerProfile({ ...known, ...(organization && { organization }) }, options));
}

/** @throws ServerSideSyncError `invalid-arguments` */
export function profileReference({
  name,
  id,
}: {
  name?: string | undefined;
  id?: string | undefined;
}): ProfileReference {
  if (name !== undefined && name !== "" && id === undefined) return { name };
  if (id !== undefined && id !== "" && name === undefined) return { id };
  throw invalid("An email server profile is found by its name or by its id", "Give one of them, and only one.");
}
