import type { Row } from "./columns";
import { mailboxOf } from "./mailboxRules";
import type { Organization } from "./organization";
import { hasText, idIn, isReference, textIn } from "./store";
import type { Direction, TestOutcome } from "./tester";

/** How the methods and results of a direction are called. */
export const columnsOf = {
  incoming: {
    method: "incomingemaildeliverymethod",
    status: "incomingemailstatus",
    enabled: "enabledforincomingemail",
    synchronized: 2,
  },
  outgoing: {
    method: "outgoingemaildeliverymethod",
    status: "outgoingemailstatus",
    enabled: "enabledforoutgoingemail",
    synchronized: 2,
  },
  appointments: { method: "actdeliverymethod", status: "actstatus", enabled: "enabledforact", synchronized: 1 },
} as const;

/** The directions that server-side synchronization does: only they are tested and enabled. */
export function testedDirections(mailbox: Row): Direction[] {
  return (["incoming", "outgoing", "appointments"] as const).filter(
    (direction) => mailbox[columnsOf[direction].method] === columnsOf[direction].synchronized,
  );
}

const fails = (code: string, text: string): TestOutcome => ({ ok: false, permanent: true, code, text });

/**
 * What keeps a test from being tried at all (dynamics.md 1.5 and 4.5). That these are found when the test runs, not when
 * it is scheduled, is inferred: the articles about them speak of alerts.
 */
export function unmetPrecondition(organization: Organization, mailbox: Row): TestOutcome | undefined {
  const { store } = organization;
  const profileId = idIn(mailbox.emailserverprofile);
  const profile = profileId === undefined ? undefined : store.find("emailserverprofile", profileId);
  if (mailbox.statecode === 1) return fails("InactiveMailbox", "The mailbox {mailbox} is inactive.");
  if (profile === undefined || profile.statecode === 1)
    return fails(
      "InvalidIncomingEmailServerProfile",
      "The mailbox {mailbox} is not associated with an active email server profile.",
    );
  if (!/^[^@\s]+@[^@\s]+$/.test(textIn(mailbox, "emailaddress")))
    return fails("InvalidEmailAddressInMailbox", "The mailbox {mailbox} has no valid email address.");
  return (
    unapproved(organization, mailbox, profile) ?? unlicensed(organization, mailbox) ?? noCredentials(mailbox, profile)
  );
}

/** What appointments, contacts, and tasks need beside that: the owner, and that no other organization has the mailbox. */
export function unmetByAppointments(organization: Organization, mailbox: Row): TestOutcome | undefined {
  if (mailboxOf(mailbox) === "user" && idIn(mailbox.ownerid) !== idIn(mailbox.regardingobjectid))
    return fails("Crm.80048306", "The user of {mailbox} is not its owner, or lacks privileges.");
  const claimed = organization.exchangeClaims.get(textIn(mailbox, "emailaddress").toLowerCase());
  if (claimed === undefined || claimed === organization.id || mailbox.orgmarkedasprimaryforexchangesync === true)
    return undefined;
  return fails(
    "ExchangeSyncOrgConflict",
    "Appointments, contacts, and tasks of {mailbox} cannot be synchronized: its email address is configured with another organization.",
  );
}

function unapproved(organization: Organization, mailbox: Row, profile: Row): TestOutcome | undefined {
  const settings = organization.store.get("organization", organization.id);
  const kind = mailboxOf(mailbox);
  const demanded =
    (kind === "user" && settings.requireapprovalforuseremail === true) ||
    (kind === "queue" && settings.requireapprovalforqueueemail === true);
  if (demanded && mailbox.emailrouteraccessapproval !== 1)
    return fails(
      "UnapprovedMailbox",
      "The mailbox {mailbox} is disabled for processing: its email address is not approved.",
    );
  const onExchangeOnline = organization.deployment === "online" && profile.incomingcredentialretrieval === 2;
  if (demanded && onExchangeOnline && mailbox.isemailaddressapprovedbyo365admin !== true)
    return fails(
      "UnapprovedMailbox",
      "The email address of {mailbox} requires an approval by a Microsoft 365 administrator.",
    );
  return undefined;
}

/** [SUP-E276], [SUP-E273]: the user behind the mailbox has to be able to work. */
function unlicensed({ store }: Organization, mailbox: Row): TestOutcome | undefined {
  const regarding = mailbox.regardingobjectid;
  if (!isReference(regarding) || regarding.table !== "systemuser") return undefined;
  const user = store.find("systemuser", regarding.id);
  if (user?.isdisabled === true) return fails("8005E273", "The user of {mailbox} is disabled.");
  if (user?.islicensed === false || (user?.accessmode !== 0 && user?.accessmode !== 4))
    return fails("8005E276", "The user of {mailbox} has no valid license, or is not in Read-Write access mode.");
  return undefined;
}

function noCredentials(mailbox: Row, profile: Row): TestOutcome | undefined {
  if (profile.incomingcredentialretrieval !== 0) return undefined;
  if (mailbox.allowemailconnectortousecredentials !== true)
    return fails("CannotUseUserCredentials", "The mailbox {mailbox} does not allow its credentials to be used.");
  if (!hasText(mailbox.username) || !hasText(mailbox.password))
    return fails("MailboxCredentialNotSpecified", "The credentials of {mailbox} are not specified.");
  return undefined;
}
