import {
  assessCompatibility,
  assessStack,
  rules,
  type Configuration,
  type Finding,
  type Rule,
} from "pulumi-server-side-sync";
import { cases } from "../../../test/unit/compatibility/cases";
import type { Case } from "../../../test/unit/compatibility/declarations";
import { stackRuleCases } from "../../../test/unit/compatibility/stackRuleCases";
import { serverErrors } from "../../../provider/src/compatibility/serverErrors";
import { literal, ruleLink, table } from "./markdown";

interface Example {
  call: string;
  finding: Finding;
  acceptable: boolean;
}

function exampleOf({ rule, fires: [profile, mailbox], acceptable, context }: Case): Example {
  const configuration: Configuration = mailbox === undefined ? { profile } : { profile, mailbox };
  const finding = assessCompatibility(configuration, context).findings.find((candidate) => candidate.rule === rule);
  if (finding === undefined) throw new Error(`the example of ${rule} does not fire`);
  const more = context === undefined ? "" : `, ${literal(context)}`;
  return { call: `assessCompatibility(${literal(configuration)}${more})`, finding, acceptable: acceptable === true };
}

function examplesOf(id: string): Example[] {
  const together = stackRuleCases.filter(({ rule, fires }) => rule === id && fires.includes(true));
  const stacks = together.slice(0, 1).map(({ stack, acceptable }): Example => {
    const finding = assessStack(stack)
      .flatMap(({ findings }) => findings)
      .find(({ rule }) => rule === id);
    if (finding === undefined) throw new Error(`the example of ${id} does not fire`);
    return { call: `assessStack(${literal(stack)})`, finding, acceptable };
  });
  return [...cases.filter(({ rule }) => rule === id).map(exampleOf), ...stacks];
}

const ids = [...new Set(rules.map(({ id }) => id))];
const entriesOf = (id: string) => rules.filter((rule) => rule.id === id);

/** `error`, `warning`, or both with their own acceptability, as the tests have them. */
function severitiesOf(examples: readonly Example[]): string {
  const kinds = examples.map(
    ({ finding: { severity }, acceptable }) => `${severity}${acceptable ? ", can be accepted" : ""}`,
  );
  return [...new Set(kinds)].join("; or ");
}

const scopes: Record<Rule["scope"], string> = { profile: "profile", mailbox: "binding", stack: "bindings of a stack" };

function section(id: string): string {
  const entries = entriesOf(id);
  const examples = examplesOf(id);
  const [example] = examples;
  if (example === undefined) throw new Error(`${id} has no example`);
  const rows = [...new Set(entries.flatMap((rule) => rule.rows ?? []))];
  const errors = [...new Set(entries.flatMap((rule) => rule.serverErrors ?? []))];
  const needs = [...new Set(entries.flatMap((rule) => rule.needs))];
  const facts = [
    `- **Severity:** ${severitiesOf(examples)}`,
    `- **Judged on:** ${[...new Set(entries.map(({ scope }) => scopes[scope]))].join(" and ")}`,
    ...(needs.length > 0 ? [`- **Facts:** ${needs.map((fact) => `\`${fact}\``).join(", ")}`] : []),
    ...(rows.length > 0 ? [`- **Rows:** ${rows.join(", ")}`] : []),
    ...(errors.length > 0
      ? [`- **Server errors:** ${errors.map((name) => `${serverErrors[name]} ${name}`).join(", ")}`]
      : []),
    `- **Source:** <${entries[0]?.reference ?? ""}>`,
  ];
  return `### ${id}

${[...new Set(entries.map(({ when }) => when))].join(". ")}.

${facts.join("\n")}

\`\`\`ts
${example.call};
\`\`\`

> **${example.finding.severity}** at \`${example.finding.path}\`: ${example.finding.message}
>
> What to do: ${example.finding.remedy}`;
}

export function ruleSections(): string[] {
  const rows = ids.map((id) => [ruleLink(id), severitiesOf(examplesOf(id)), entriesOf(id)[0]?.when ?? ""]);
  return [
    `## Rules

${table(["Rule", "Severity", "When"], rows)}

The examples below are those of the tests: each of them fires.`,
    ...ids.map(section),
  ];
}
