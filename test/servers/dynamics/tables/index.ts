import type { Deployment, Table, TableName } from "../columns";
import { emailServerProfileTable } from "./emailServerProfile";
import { mailboxTable } from "./mailbox";
import { businessUnitTable, organizationTable, queueTable, systemUserTable, teamTable, traceLogTable } from "./others";

export type Tables = Readonly<Record<TableName, Table>>;

/** What an organization of this deployment has: written from the documents, not from what a client sends. */
export function tablesOf(deployment: Deployment): Tables {
  return {
    emailserverprofile: emailServerProfileTable(deployment),
    mailbox: mailboxTable(deployment),
    systemuser: systemUserTable(),
    queue: queueTable(),
    team: teamTable(),
    businessunit: businessUnitTable(),
    organization: organizationTable(),
    tracelog: traceLogTable(),
  };
}
