import type { Reference, Row } from "./columns";
import type { Organization } from "./organization";
import { idIn, textIn } from "./store";
import type { TestOutcome } from "./tester";

export type AlertLevel = "information" | "warning" | "error";
const levels: Readonly<Record<AlertLevel, number>> = { information: 1, warning: 2, error: 3 };

/** How an alert's text names a record: `@[9606,<id>,"name"]`. */
export function token(organization: Organization, { table, id }: Reference): string {
  const { typeCode, nameColumn } = organization.store.tables[table];
  const row = organization.store.find(table, id);
  return `@[${typeCode},${id},"${row === undefined ? "" : textIn(row, nameColumn)}"]`;
}

/** An alert of a mailbox, and for what went wrong one of its profile (dynamics.md 4.1). */
export function raiseAlert(
  organization: Organization,
  mailboxId: string,
  level: AlertLevel,
  words: string,
  { code, details }: Pick<TestOutcome, "code" | "details"> = {},
): void {
  const { store } = organization;
  const mailbox = store.get("mailbox", mailboxId);
  const text = words.replaceAll("{mailbox}", token(organization, { table: "mailbox", id: mailboxId }));
  const common: Row = {
    text: text.slice(0, 2000),
    level: levels[level],
    tracestatus: level === "information" ? 1 : 0,
    errortypedisplay: code ?? null,
    errordetails: details ?? null,
    machinename: "SSS01",
    collectedon: null,
  };
  const alert = store.insert("tracelog", { ...common, regardingobjectid: { table: "mailbox", id: mailboxId } });
  const profile = idIn(mailbox.emailserverprofile);
  if (level === "information" || profile === undefined) return;
  store.insert("tracelog", {
    ...common,
    regardingobjectid: { table: "emailserverprofile", id: profile },
    parenttracelogid: { table: "tracelog", id: alert },
  });
}
