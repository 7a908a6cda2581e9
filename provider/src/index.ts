export { Organization } from "./resources/organization";
export type { OrganizationArgs } from "./resources/organizationArgs";
export { EmailServerProfile } from "./resources/emailServerProfile";
export type {
  ConnectionResult,
  EmailServerProfileFacts,
  EmailServerProfileFactsArgs,
} from "./resources/emailServerProfile";
export type { Connection, Credentials, EmailServerProfileArgs, Secret } from "./resources/profileArgs";
export { MailboxBinding, type MailboxBindingArgs } from "./resources/mailboxBinding";
export type { MailboxArgs, MailboxCredentials } from "./resources/bindingArgs";
export { OrganizationEmailSettings, type OrganizationEmailSettingsArgs } from "./resources/organizationEmailSettings";
export { assessCompatibility, assessStack, type AssessmentContext } from "./compatibility/assess";
export type { Configuration } from "./compatibility/configuration";
export { rules } from "./compatibility/table";
export { hasErrors, type Assessment, type Finding } from "./compatibility/finding";
export type { MailboxRule, ProfileRule, Rule, Severity, StackRule } from "./compatibility/rule";
export {
  emailSystems,
  isEmailSystem,
  mailSystems,
  parseEmailSystem,
  type EmailSystem,
  type MailSystem,
  type NationalCloud,
  type PublishedEndpoint,
  type Protocol,
  type Security,
} from "./model/mailSystems";
export type { AcceptedRisk } from "./model/acceptedRisk";
export { ruleIds, type RuleId } from "./model/ruleIds";
export { ServerSideSyncError } from "./errors";
export type { MailboxTestResult, TestName, TestResult, TestStatus } from "./testing/types";
export { getOrganization, getOrganizationOutput, type GetOrganizationArgs } from "./functions/getOrganization";
export type { OfferedOption, OrganizationResult } from "./backends/dynamics365/questions/organization";
export {
  getEmailServerProfile,
  getEmailServerProfileOutput,
  type GetEmailServerProfileArgs,
  type GetEmailServerProfileOutputArgs,
} from "./functions/getEmailServerProfile";
export type { EmailServerProfileResult, ProfileConnectionResult } from "./backends/dynamics365/questions/profile";
export {
  getMailboxes,
  getMailboxesOutput,
  type GetMailboxesArgs,
  type GetMailboxesOutputArgs,
} from "./functions/getMailboxes";
export type { MailboxResult } from "./backends/dynamics365/questions/mailboxes";
export type { FunctionOptions } from "./functions/question";
