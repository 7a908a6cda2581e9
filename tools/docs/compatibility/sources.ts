import { rules } from "pulumi-server-side-sync";
import {
  serverErrors,
  unforeseeableErrors,
  type ServerErrorName,
} from "../../../provider/src/compatibility/serverErrors";
import { supportRows, unjudgedRows, type SupportRow } from "../../../provider/src/compatibility/supportRows";
import { ruleLink, table } from "./markdown";

function judgedBy(matches: (rule: (typeof rules)[number]) => boolean, otherwise: string | undefined): string {
  const ids = [...new Set(rules.filter(matches).map(({ id }) => id))].map(ruleLink).join(", ");
  return [ids, otherwise ?? ""].filter((text) => text !== "").join(". ");
}

/** What the pages and the server say, and which rule judges it, or why none can. */
export function sourceSections(): string[] {
  const rows = Object.entries(supportRows).map(([row, text]) => [
    row,
    text,
    judgedBy((rule) => rule.rows?.includes(row as SupportRow) ?? false, unjudgedRows[row as SupportRow]),
  ]);
  const errors = Object.entries(serverErrors).map(([name, code]) => [
    code,
    name,
    judgedBy(
      (rule) => rule.serverErrors?.includes(name as ServerErrorName) ?? false,
      unforeseeableErrors[name as ServerErrorName],
    ),
  ]);
  return [
    `## The support pages, row by row

S are the statements of the page for on-premises, O those of the page for online.

${table(["Row", "Statement", "Judged by, or why not"], rows)}`,
    `## Errors of the server, code by code

What Dynamics answers when it refuses a profile, a mailbox or a test. What declarations show is a rule; for the rest it says why not.

${table(["Code", "Name", "Judged by, or why not"], errors)}`,
  ];
}
