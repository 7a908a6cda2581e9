import { withState, type Row, type Table, type TableName } from "./columns";
import { methodNotAllowed, WebApiError } from "./errors";
import { mailboxOf, mailboxRules, testedColumns, type MailboxSubject } from "./mailboxRules";
import type { Organization } from "./organization";
import { checkedChanges, type Writing } from "./payload";
import { filledIn, profileRules, refuseBroken } from "./profileRules";
import { idIn } from "./store";
import { mailboxForNew } from "./regarding";

/** What the Web API may do to a table; everything else is made by the seeding interface, or by the service. */
const allowed: Readonly<Record<TableName, readonly (Writing | "delete")[]>> = {
  emailserverprofile: ["create", "update", "delete"],
  mailbox: ["create", "update", "delete"],
  systemuser: ["update"],
  queue: ["create", "update", "delete"],
  team: [],
  businessunit: [],
  organization: ["update"],
  tracelog: ["delete"],
};

function demand(table: Table, doing: Writing | "delete"): void {
  if (!allowed[table.name].includes(doing)) throw methodNotAllowed(doing);
}

/** The id of the new record. */
export function createRecord(
  organization: Organization,
  table: Table,
  body: unknown,
  user: string,
  id?: string,
): string {
  demand(table, "create");
  const { store } = organization;
  if (table.name === "mailbox") refuseRegarding(body);
  const changes: Row = {
    ...checkedChanges(table, body, "create", organization),
    ...(id === undefined ? {} : { [table.key]: id }),
  };
  const owned: Row = table.columns.has("ownerid")
    ? { ownerid: { table: "systemuser", id: organization.userIdOf(user) }, ...changes }
    : changes;
  if (table.name === "emailserverprofile") {
    const after = { ...defaultsOf(table), ...owned };
    refuseBroken(profileRules, { after, changes, organization });
    return store.insert(table.name, { ...owned, ...filledIn(after) });
  }
  if (table.name === "mailbox") return createForwardMailbox(organization, table, owned, changes);
  const created = store.insert(table.name, owned);
  if (table.name === "queue") mailboxForNew(organization, { table: "queue", id: created });
  return created;
}

/** Before anything else of the body is read, because the lookup cannot be written either way. */
function refuseRegarding(body: unknown): void {
  if (!Object.keys(body ?? {}).some((name) => name.startsWith("regardingobjectid"))) return;
  throw new WebApiError(
    400,
    "0x8005E207",
    "ForwardMailboxCannotAssociateWithUser: a mailbox that is created here belongs to no user or queue.",
  );
}

/** dynamics.md 3.1: a created mailbox is a forward mailbox, with the default profile, and approved (seen). */
function createForwardMailbox(organization: Organization, table: Table, owned: Row, changes: Row): string {
  const { store } = organization;
  const values: Row = {
    isforwardmailbox: true,
    incomingemaildeliverymethod: 2,
    outgoingemaildeliverymethod: 0,
    actdeliverymethod: 2,
    emailrouteraccessapproval: 1,
    emailserverprofile: store.get("organization", organization.id).defaultemailserverprofileid ?? null,
    ...owned,
  };
  const after = { ...defaultsOf(table), ...values };
  refuseBroken(mailboxRules, { before: undefined, after, changes, organization });
  const id = store.insert("mailbox", values);
  if (after.testemailconfigurationscheduled === true) organization.scheduled.add(id);
  return id;
}

export function updateRecord(organization: Organization, table: Table, id: string, body: unknown): void {
  demand(table, "update");
  const { store } = organization;
  const before = store.get(table.name, id);
  const changes = checkedChanges(table, body, "update", organization);
  const after: Row = { ...before, ...changes, ...withState(changes) };
  if (("statecode" in changes || "statuscode" in changes) && after.statuscode !== Number(after.statecode) + 1)
    throw new WebApiError(
      400,
      "0x80048408",
      `${Number(after.statuscode)} is not a valid status code for state code ${Number(after.statecode)} on ${table.name}.`,
    );
  if (table.name === "emailserverprofile") {
    refuseBroken(profileRules, { after, changes, organization });
    store.change(table.name, id, { ...changes, ...withState(changes), ...filledIn(after) });
  } else if (table.name === "mailbox") updateMailbox(organization, id, { before, after, changes, organization });
  else if (table.name === "systemuser" || table.name === "queue") updateRegarding(organization, table, id, changes);
  else store.change(table.name, id, changes);
}

function updateMailbox(organization: Organization, id: string, subject: MailboxSubject): void {
  const { before, changes } = subject;
  refuseBroken(mailboxRules, subject);
  const approved = approvalOf(organization, changes, before?.emailrouteraccessapproval);
  const isChanged = testedColumns.some((column) => column in changes && !same(changes[column], before?.[column]));
  const reset: Row = isChanged && organization.statusAfterChange === "reset" ? notRun : {};
  organization.store.change("mailbox", id, { ...reset, ...changes, ...approved, ...withState(changes) });
  if (changes.testemailconfigurationscheduled === true) organization.scheduled.add(id.toLowerCase());
}

const notRun: Row = { incomingemailstatus: 0, outgoingemailstatus: 0, actstatus: 0, mailboxstatus: 0 };

function same(left: Row[string] | undefined, right: Row[string] | undefined): boolean {
  return left === right || (idIn(left) !== undefined && idIn(left) === idIn(right));
}

/** What an approval really writes: see `ApprovalBehaviour`. */
function approvalOf(organization: Organization, changes: Row, before: Row[string] | undefined): Row {
  if (changes.emailrouteraccessapproval !== 1 || before === 1) return {};
  if (organization.approval === "refused")
    throw new WebApiError(
      403,
      "0x8009000B",
      "O365RoleUnsupportedForEmailApproval: only a global or Exchange administrator may approve this address.",
    );
  if (organization.approval === "silent") return { emailrouteraccessapproval: before ?? 0 };
  return organization.deployment === "online" ? { isemailaddressapprovedbyo365admin: true } : {};
}

/** A user's or queue's address and approval are those of the mailbox; a new address has to be approved again. */
function updateRegarding(organization: Organization, table: Table, id: string, changes: Row): void {
  const { store } = organization;
  const before = store.get(table.name, id);
  const address = table.name === "queue" ? "emailaddress" : "internalemailaddress";
  const moves = address in changes && changes[address] !== before[address];
  const approved: Row = {
    ...(moves ? { emailrouteraccessapproval: 2, isemailaddressapprovedbyo365admin: false } : {}),
    ...("emailrouteraccessapproval" in changes
      ? { emailrouteraccessapproval: changes.emailrouteraccessapproval ?? 0 }
      : {}),
    ...approvalOf(organization, changes, before.emailrouteraccessapproval),
  };
  store.change(table.name, id, { ...changes, ...approved });
  const mailbox = idIn(before.defaultmailbox);
  if (mailbox !== undefined && store.find("mailbox", mailbox) !== undefined)
    store.change("mailbox", mailbox, { ...(moves ? { emailaddress: changes[address] ?? null } : {}), ...approved });
}

export function deleteRecord(organization: Organization, table: Table, id: string): void {
  demand(table, "delete");
  const { store } = organization;
  const row = store.get(table.name, id);
  if (table.name === "mailbox" && mailboxOf(row) !== "forward")
    throw new WebApiError(400, "0x8005E200", "CannotDeleteUserMailbox: the mailbox of a user or queue stays.");
  if (table.name === "mailbox" && row.testemailconfigurationscheduled === true)
    refuseBroken(mailboxRules, { before: row, after: row, changes: {}, organization });
  if (table.name === "queue") {
    const mailbox = idIn(row.defaultmailbox);
    if (mailbox !== undefined) store.remove("mailbox", mailbox);
  }
  removeLinks(organization, id);
  store.remove(table.name, id);
}

/**
 * Cascade RemoveLink (dynamics.md 2): mailboxes lose their profile. The link from the organization to its default
 * profile is one of the same relationships (2.3), and no document makes it another kind: it goes the same way (inferred).
 */
function removeLinks({ store }: Organization, id: string): void {
  for (const other of Object.values(store.tables))
    for (const column of other.columns.values()) {
      if (column.kind !== "Lookup") continue;
      for (const row of store.all(other.name)) {
        const reference = row[column.name];
        if (idIn(reference) !== id.toLowerCase()) continue;
        if (other.name === "tracelog") store.remove("tracelog", store.idOf("tracelog", row));
        else store.change(other.name, store.idOf(other.name, row), { [column.name]: null });
      }
    }
}

export function defaultsOf(table: Table): Row {
  return Object.fromEntries([...table.columns.values()].map((column) => [column.name, column.default ?? null]));
}
