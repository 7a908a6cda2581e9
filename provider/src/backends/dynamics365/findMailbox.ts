import { ServerSideSyncError } from "../../errors";
import type { CheckedBinding } from "../../model/binding";
import { normalizeEmailAddress } from "../../model/names";
import { known } from "../../model/unknown";
import type { ColumnValues } from "./columns/column";
import { recordStates } from "./columns/optionSet";

/** A search of the Web API; the filter is not URL-encoded yet. */
export interface RecordSearch {
  entitySet: "systemusers" | "queues" | "teams" | "mailboxes";
  key: string;
  /** Columns beside the key that tell candidates apart. */
  select: readonly string[];
  filter: string;
  /** What is looked for, in words. */
  wanted: string;
}

/** One record that a search found. */
export interface Candidate {
  id: string;
  name: string;
  emailAddress?: string | null;
  /** False for a record that is inactive. */
  active?: boolean;
  /** True where a name of its own matches, not only its address. */
  exact?: boolean;
}

const guid = /^\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?$/i;

/** The id in a text that is one, as filters want it. */
export function guidIn(text: string): string | undefined {
  return guid.exec(text.trim())?.[1]?.toLowerCase();
}

/** A text in a filter. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

type Regarding = NonNullable<CheckedBinding["regarding"]>;

function valueIn(regarding: Regarding): string {
  return known(Object.values(regarding)[0] as string | undefined) ?? "";
}

/** The search for the user or queue of a binding; undefined where an id, or nothing, is declared. */
export function regardingSearch(regarding: CheckedBinding["regarding"]): RecordSearch | undefined {
  if (regarding === null || regarding === undefined || "forwardMailbox" in regarding) return undefined;
  const value = valueIn(regarding);
  if (guidIn(value) !== undefined) return undefined;
  return "user" in regarding ? userSearch(value) : queueSearch(value);
}

/** `domainname` is the user principal name online, and DOMAIN\user on-premises. */
export function userSearch(user: string): RecordSearch {
  const byName = `domainname eq ${quoted(user)}`;
  return {
    entitySet: "systemusers",
    key: "systemuserid",
    select: ["fullname", "domainname", "internalemailaddress", "isdisabled"],
    filter: user.includes("@") ? `(${byName} or internalemailaddress eq ${quoted(user)})` : byName,
    wanted: `user "${user}"`,
  };
}

export function queueSearch(queue: string): RecordSearch {
  return {
    entitySet: "queues",
    key: "queueid",
    select: ["name", "emailaddress", "statecode"],
    filter: `name eq ${quoted(queue)}`,
    wanted: `queue "${queue}"`,
  };
}

/** A user as a candidate for the text that was looked for. */
export function userCandidate(record: Readonly<Record<string, unknown>>, user: string): Candidate {
  return {
    id: String(record.systemuserid),
    name: textOf(record.fullname),
    emailAddress: textOf(record.internalemailaddress),
    exact: textOf(record.domainname).toLowerCase() === user.toLowerCase(),
  };
}

export function queueCandidate(record: Readonly<Record<string, unknown>>): Candidate {
  return { id: String(record.queueid), name: textOf(record.name), emailAddress: textOf(record.emailaddress) };
}

export function mailboxCandidate(observed: ColumnValues): Candidate {
  return {
    id: String(observed.mailboxid),
    name: textOf(observed.name),
    emailAddress: textOf(observed.emailaddress),
    active: recordStates.nameOf(observed.statecode) !== "inactive",
  };
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const mailboxes = {
  entitySet: "mailboxes",
  key: "mailboxid",
  select: ["name", "emailaddress", "statecode"],
} as const;

/** The search for the mailbox itself, once the id of its user or queue is known where one is declared. */
export function mailboxSearch(
  { regarding, emailAddress }: Pick<CheckedBinding, "regarding" | "emailAddress">,
  regardingId?: string,
): RecordSearch {
  const address = known(emailAddress) ?? "";
  if (regarding === null || regarding === undefined) {
    return { ...mailboxes, filter: `emailaddress eq ${quoted(address)}`, wanted: `mailbox of ${address}` };
  }
  const value = valueIn(regarding);
  if ("forwardMailbox" in regarding) return forwardMailboxSearch(value);
  const id = regardingId ?? guidIn(value) ?? "";
  const wanted = "user" in regarding ? `mailbox of the user "${value}"` : `mailbox of the queue "${value}"`;
  return { ...mailboxes, filter: `_regardingobjectid_value eq ${id}`, wanted };
}

function forwardMailboxSearch(value: string): RecordSearch {
  const id = guidIn(value);
  const itself =
    id === undefined ? `(name eq ${quoted(value)} or emailaddress eq ${quoted(value)})` : `mailboxid eq ${id}`;
  return { ...mailboxes, filter: `isforwardmailbox eq true and ${itself}`, wanted: `forward mailbox "${value}"` };
}

/** Candidates that an error lists; the rest is counted. */
const mostListed = 10;

/**
 * The one record that was meant: one whose own name matches before one whose address does, an active one before those
 * that are not.
 *
 * @throws ServerSideSyncError `record-not-found`, `record-ambiguous`
 */
export function theOne(candidates: readonly Candidate[], { wanted, entitySet }: RecordSearch): Candidate {
  const meant = narrowed(
    narrowed(candidates, ({ exact }) => exact === true),
    ({ active }) => active !== false,
  );
  const [first, ...others] = meant;
  if (first === undefined) throw notFound(wanted, entitySet);
  if (others.length === 0) return first;
  const listed = meant.slice(0, mostListed).map(described).join("; ");
  const more = meant.length > mostListed ? `; and ${meant.length - mostListed} more` : "";
  throw new ServerSideSyncError({
    code: "record-ambiguous",
    summary: `The organization has ${meant.length} records for the ${wanted}: ${listed}${more}.`,
    remedy: "Declare the one that is meant by its id; nothing was changed.",
  });
}

function narrowed(candidates: readonly Candidate[], better: (candidate: Candidate) => boolean): readonly Candidate[] {
  const best = candidates.filter(better);
  return best.length > 0 ? best : candidates;
}

function described({ id, name, emailAddress }: Candidate): string {
  const address = emailAddress === undefined || emailAddress === null || emailAddress === "" ? "" : `, ${emailAddress}`;
  return `"${name}" (${id}${address})`;
}

const toCheck: Readonly<Record<RecordSearch["entitySet"], string>> = {
  systemusers: "Declare regarding.user as an id, a user principal name or DOMAIN\\user",
  teams: "Declare owner.team as an id or the name of the team",
  queues: "Declare regarding.queue as an id or the name of the queue",
  mailboxes: "Check the address; creating a user or queue in Dynamics makes its mailbox",
};

function notFound(wanted: string, entitySet: RecordSearch["entitySet"]): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "record-not-found",
    summary: `The organization has no ${wanted} that the signed-in account may read.`,
    remedy: `${toCheck[entitySet]}, and that the account has a role that may read it.`,
  });
}

/**
 * The mailbox of a user or queue has to have the address that the binding names: none is ever given another.
 *
 * @throws ServerSideSyncError `mailbox-address-differs`
 */
export function assertAddress(mailbox: Pick<CheckedBinding, "emailAddress">, found: Candidate): void {
  const declared = known(mailbox.emailAddress) ?? "";
  if (normalizeEmailAddress(found.emailAddress ?? "") === normalizeEmailAddress(declared)) return;
  throw new ServerSideSyncError({
    code: "mailbox-address-differs",
    summary: `The mailbox ${described(found)} does not have the address ${declared}; nothing was changed.`,
    remedy: "Correct emailAddress or regarding; an address is changed in Dynamics, at the user or queue.",
  });
}
