import { advisoryRuleCases } from "./advisoryRuleCases";
import type { Case } from "./declarations";
import { onlineRuleCases } from "./onlineRuleCases";
import { pageRuleCases } from "./pageRuleCases";
import { serverRuleCases } from "./serverRuleCases";

/** At least one case for every rule. The documentation takes its examples from here, so that each of them is tested. */
export const cases: Case[] = [...pageRuleCases, ...serverRuleCases, ...onlineRuleCases, ...advisoryRuleCases];
