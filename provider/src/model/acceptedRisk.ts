import { z } from "zod";
import { suggestion } from "./suggest";
import { ruleIds, type RuleId } from "./ruleIds";

/** A finding that the declaration accepts, and why. */
export interface AcceptedRisk {
  rule: RuleId;
  reason: string;
}

const acceptedRisk = z.strictObject({
  rule: z.custom<RuleId>().superRefine((value, context) => {
    if (typeof value === "string" && (ruleIds as readonly string[]).includes(value)) return;
    const near = typeof value === "string" ? suggestion(value, ruleIds) : "";
    context.addIssue({ code: "custom", message: `expected the id of a compatibility rule.${near}` });
  }),
  reason: z.string({ error: "say why the risk is accepted" }).trim().min(1, "say why the risk is accepted"),
});

export const acceptedRisks = z.array(acceptedRisk);
