import type { RuleId } from "../model/ruleIds";
import type { MailboxRule, ProfileRule, Rule } from "./rule";
import { connectionSettingRules } from "./rules/connectionSettings";
import { mailboxDateRules, profileDateRules } from "./rules/dates";
import { exchangeOnlineRules } from "./rules/exchangeOnline";
import { mailboxCredentialRules } from "./rules/mailboxCredentials";
import { mailboxRules } from "./rules/mailboxes";
import { mailboxMultiFactorRule, profileMultiFactorRule } from "./rules/multiFactorAuthentication";
import { organizationRules } from "./rules/organization";
import { mailboxPasswordRules, profilePasswordRules } from "./rules/passwords";
import { profileCredentialRules } from "./rules/profileCredentials";
import { publishedServerRule } from "./rules/publishedServers";
import { supportedSystemRules } from "./rules/supportedSystems";
import { stackRules } from "./stackRules";

export const profileRules: readonly ProfileRule[] = [
  ...supportedSystemRules,
  profileMultiFactorRule,
  ...organizationRules,
  ...exchangeOnlineRules,
  ...connectionSettingRules,
  publishedServerRule,
  ...profileCredentialRules,
  ...profilePasswordRules,
  ...profileDateRules,
];

export const mailboxScopeRules: readonly MailboxRule[] = [
  ...mailboxRules,
  ...mailboxCredentialRules,
  mailboxMultiFactorRule,
  ...mailboxPasswordRules,
  ...mailboxDateRules,
];

/**
 * Every compatibility rule, in the order in which findings are reported. A rule that is judged on profiles and on
 * mailboxes has an entry for each.
 */
export const rules: readonly Rule[] = [...profileRules, ...mailboxScopeRules, ...stackRules];

/** Rules that are judged once the whole stack is known. */
export const stackRuleIds: ReadonlySet<string> = new Set(stackRules.map(({ id }) => id));

/** Rules that profiles and mailboxes are both judged by. */
export const sharedRuleIds: ReadonlySet<string> = new Set(
  mailboxScopeRules.map(({ id }) => id).filter((id) => profileRules.some((rule) => rule.id === id)),
);

const oncePerStack = new Set<RuleId>(rules.filter((rule) => rule.oncePerStack).map(({ id }) => id));
const onlyWarnings = new Set<RuleId>(rules.filter(({ severity }) => severity === "warning").map(({ id }) => id));

/** True where a stack is told once, however many resources the finding applies to. */
export function isToldOnce(rule: RuleId): boolean {
  return oncePerStack.has(rule);
}

/** True where the rule may be an error somewhere. */
export function mayBeError(rule: RuleId): boolean {
  return !onlyWarnings.has(rule);
}
