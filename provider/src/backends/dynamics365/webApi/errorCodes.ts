import { rules } from "../../../compatibility/table";
import { serverErrors, type ServerErrorName } from "../../../compatibility/serverErrors";

/** What an error code of the Dynamics server means to a user. */
export interface CodeMeaning {
  /** Stable code of ours; the id of a rule where one foresees the error. */
  code: string;
  /** Name in Microsoft's list of web service error codes, where it is known. */
  name?: string;
  transient: boolean;
  /** One clause after `HOST:PORT (TLS)`. Those of codes that begin with `dynamics-` end before the caller's name. */
  verdict: string;
  remedy: string;
}

type Own = Omit<CodeMeaning, "name" | "transient"> & { transient?: boolean };

const setMailbox = "Set it on the mailbox, or declare it on the binding, and run pulumi up again.";
const insideTest = "Look at the alerts of the mailbox and of the profile, which name the cause.";
const tellUs = "This package never asks for that: please report it with the message.";

/** Errors of the server-side synchronization family that no rule foresees, and those that several rules share. */
const unforeseen: Partial<Record<ServerErrorName, Own>> = {
  EmailServerProfileInvalidAuthenticationProtocol: {
    code: "authentication-protocol-refused",
    verdict: "does not take this authentication protocol for the server and its credentials",
    remedy: "Leave authenticationProtocol out, or choose one that the mail system supports.",
  },
  EmailServerProfileDelegateAccessNotAllowed: {
    code: "delegate-access-refused",
    verdict: "allows automatic delegate access for Exchange only",
    remedy: "Turn off automatic delegate access on the profile.",
  },
  CertificateNotFound: {
    code: "server-certificate-missing",
    verdict: "finds no certificate of its own for Exchange Online",
    remedy: "Have an administrator of the deployment set up its certificate for server-to-server authentication.",
  },
  InvalidCertificate: {
    code: "server-certificate-invalid",
    verdict: "cannot use its own certificate for Exchange Online",
    remedy: "Have an administrator of the deployment renew its certificate for server-to-server authentication.",
  },
  S2SAccessTokenCannotBeAcquired: {
    code: "server-to-server-token-missing",
    verdict: "gets no token for Exchange Online",
    remedy: "Check the server-to-server set-up between Dynamics and Exchange Online.",
  },
  ServiceAccountMailboxesCountIsZero: {
    code: "service-account-mailbox-missing",
    verdict: "finds no mailbox of the service account",
    remedy: "Give the account of the profile a mailbox.",
  },
  ServiceAccountMailboxesCountIsGreaterThanOne: {
    code: "service-account-mailbox-ambiguous",
    verdict: "finds several mailboxes of the service account",
    remedy: "Leave the account of the profile one mailbox only.",
  },
  SpecifyInComingPort: {
    code: "port-required",
    verdict: "wants the port of a direction",
    remedy: "Set incoming.port.",
  },
  SpecifyOutgoingPort: {
    code: "port-required",
    verdict: "wants the port of a direction",
    remedy: "Set outgoing.port.",
  },
  SpecifyIncomingUserName: {
    code: "credentials-missing",
    verdict: "wants the incoming user name",
    remedy: "Set incoming.credentials.username.",
  },
  SpecifyOutgoingUserName: {
    code: "credentials-missing",
    verdict: "wants the outgoing user name",
    remedy: "Set outgoing.credentials.username.",
  },
  SpecifyIncomingPassword: {
    code: "credentials-missing",
    verdict: "wants the incoming password",
    remedy: "Set incoming.credentials.password.",
  },
  SpecifyOutgoingPassword: {
    code: "credentials-missing",
    verdict: "wants the outgoing password",
    remedy: "Set outgoing.credentials.password.",
  },
  InvalidTenantIDValue: {
    code: "tenant-id",
    verdict: "does not take the tenant id",
    remedy: "Set exchangeOnlineTenantId to the GUID of the tenant.",
  },
  CannotDeleteUserMailbox: {
    code: "mailbox-not-deletable",
    verdict: "never deletes the mailbox of a user or queue",
    remedy: tellUs,
  },
  ForwardMailboxCannotAssociateWithUser: {
    code: "forward-mailbox-refused",
    verdict: "does not give a forward mailbox to a user or queue",
    remedy: tellUs,
  },
  MailboxCannotModifyEmailAddress: {
    code: "mailbox-address-fixed",
    verdict: "takes the address of this mailbox from its user or queue",
    remedy: "Change the address of the user or queue, then the binding.",
  },
  ForwardMailboxEmailAddressRequired: {
    code: "forward-mailbox-address-required",
    verdict: "wants an address for the forward mailbox",
    remedy: setMailbox,
  },
  InvalidMailbox: { code: "mailbox-invalid", verdict: "does not take this mailbox", remedy: insideTest },
  InactiveMailbox: {
    code: "mailbox-inactive",
    verdict: "has deactivated the mailbox",
    remedy: "Activate the mailbox record, and run pulumi up again.",
  },
  UnapprovedMailbox: {
    code: "mailbox-not-approved",
    verdict: "wants the address of the mailbox approved first",
    remedy: 'Approve it in Dynamics, or declare approval: "approve" with an account that may.',
  },
  InvalidEmailAddressInMailbox: {
    code: "mailbox-address-invalid",
    verdict: "does not take the address of the mailbox",
    remedy: "Correct the address of the user, the queue or the forward mailbox.",
  },
  EmailServerProfileNotAssociated: {
    code: "mailbox-without-profile",
    verdict: "finds no email server profile on the mailbox",
    remedy: "Somebody took it away meanwhile: run pulumi refresh and pulumi up again.",
  },
  IncomingDeliveryIsForwardMailbox: {
    code: "incoming-not-server-side-sync",
    verdict: "receives the mail of this mailbox through a forward mailbox",
    remedy: 'Declare incomingEmail: "server-side-sync".',
  },
  InvalidIncomingDeliveryExpectingEmailConnector: {
    code: "incoming-not-server-side-sync",
    verdict: "tests incoming email by server-side synchronization only",
    remedy: 'Declare incomingEmail: "server-side-sync".',
  },
  InvalidOutgoingDeliveryExpectingEmailConnector: {
    code: "outgoing-not-server-side-sync",
    verdict: "tests outgoing email by server-side synchronization only",
    remedy: 'Declare outgoingEmail: "server-side-sync".',
  },
  InaccessibleSmtpServer: {
    code: "smtp-server-unreachable",
    verdict: "cannot reach the SMTP server",
    remedy: "Check outgoing.serverLocation and port, and the firewall between the Dynamics server and it.",
    transient: true,
  },
  InactiveEmailServerProfile: {
    code: "profile-inactive",
    verdict: "has deactivated the email server profile",
    remedy: "Activate the profile, and run pulumi up again.",
  },
  CannotUseUserCredentials: {
    code: "user-credentials-not-allowed",
    verdict: "may not use the credentials of the mailbox's user",
    remedy: "Give the binding credentials, or allow their use on the mailbox record.",
  },
  CannotActivateMailboxForDisabledUserOrQueue: {
    code: "user-disabled",
    verdict: "does not activate the mailbox of a disabled user or queue",
    remedy: "Enable the user or activate the queue first.",
  },
  ZeroEmailReceived: { code: "no-email-received", verdict: "found no email to receive", remedy: insideTest },
  NoTestEmailAccessPrivilege: {
    code: "test-privilege-missing",
    verdict: "does not let this account run Test & Enable",
    remedy:
      "Give the account that runs the update a security role that may test mailboxes, such as System Administrator.",
  },
  TestEmailConfigurationScheduledInProgress: {
    code: "test-already-running",
    verdict: "saves nothing on a mailbox whose Test & Enable is running",
    remedy: "Wait until it has finished, and run pulumi up again.",
    transient: true,
  },
  O365RoleUnsupportedForEmailApproval: {
    code: "approval-not-permitted",
    verdict: "does not let this account approve addresses",
    remedy:
      "Exchange Online needs a Global or Exchange administrator, or the Dynamics role Delegated Mailbox Approver, together with System Administrator. Approve by hand, or run as somebody who may.",
  },
  DelegatedMailboxApproverAssignment: {
    code: "approver-role-not-assignable",
    verdict: "lets only a Global or Exchange administrator assign Delegated Mailbox Approver",
    remedy: "Have one of them assign it.",
  },
  DelegatedMailboxApproverTeam: {
    code: "approver-role-not-assignable",
    verdict: "does not give Delegated Mailbox Approver to teams",
    remedy: "Assign it to the user.",
  },
  ExchangeAutodiscoverError: {
    code: "exchange-not-discovered",
    verdict: "finds no EWS URL by autodiscover",
    remedy: "Correct autodiscover, or set autodiscover: false and serverLocation on both sides.",
  },
};

/** Codes of the platform by number. Those that only alerts carry stand with the alerts. */
const platform: Readonly<Record<string, Own & { name?: string }>> = {
  "0x80040217": {
    name: "ObjectDoesNotExist",
    code: "dynamics-record-not-found",
    verdict: "has no such record for",
    remedy: "It was deleted meanwhile, or this account may not see it: run pulumi refresh.",
  },
  "0x80040220": {
    name: "PrivilegeDenied",
    code: "dynamics-privilege-missing",
    verdict: "refuses this for want of a privilege of",
    remedy: "Give the account a security role with the privilege that the message names.",
  },
  "0x80048306": {
    name: "PrincipalPrivilegeDenied",
    code: "dynamics-privilege-missing",
    verdict: "refuses this for want of a privilege of",
    remedy: "Give the account a security role with the privilege that the message names; for a mailbox, its owner too.",
  },
  "0x80040225": {
    name: "UserDisabled",
    code: "dynamics-user-disabled",
    verdict: "has disabled the user record of",
    remedy: "Enable the user in the organization, and check its licence and security role.",
  },
  "0x80072560": {
    code: "dynamics-user-missing",
    verdict: "has no user record for",
    remedy:
      "Online, create an application user for this client id (Power Platform admin center, Environments, Settings, Users, Application users) with a security role. On-premises, add the account as a user.",
  },
  "0x80040227": {
    name: "CannotDeleteDueToAssociation",
    code: "dynamics-still-in-use",
    verdict: "deletes nothing that other records use, asked by",
    remedy: 'Take it away from what uses it, or keep it with onDelete: "retain" or "deactivate".',
  },
  "0x80040237": {
    name: "DuplicateRecord",
    code: "dynamics-duplicate-record",
    verdict: "already has a record with these keys, asked by",
    remedy: "Adopt the existing record.",
  },
  "0x80060882": {
    name: "ConcurrencyVersionMismatch",
    code: "dynamics-changed-meanwhile",
    verdict: "has another version of the record than was read by",
    remedy: "Somebody changed it meanwhile: run pulumi refresh, look at the difference, and run pulumi up again.",
  },
  "0x80072321": throttled("wants less execution time from"),
  "0x80072322": throttled("wants fewer requests from"),
  "0x80072326": throttled("wants fewer requests at once from"),
  "0x80040216": {
    name: "UnExpected",
    code: "dynamics-transient-error",
    verdict: "met an unexpected error for",
    remedy: "Try again; if it stays, look into the trace of the Dynamics server.",
    transient: true,
  },
  "0x80044150": database("met an error of its database for"),
  "0x80044151": database("waited too long for its database for"),
  "0x80040265": plugIn("IsvAborted", "dynamics-plugin-aborted", "stopped"),
  "0x80040224": plugIn("IsvUnExpected", "dynamics-plugin-failed", "failed at"),
};

function throttled(verdict: string): Own {
  return {
    code: "dynamics-throttled",
    verdict,
    remedy: "Wait as long as the answer says, and run the same again; other programs of this account count, too.",
    transient: true,
  };
}

function database(verdict: string): Own {
  return {
    code: "dynamics-database-error",
    verdict,
    remedy: "Try again; if it stays, look at the load of the organization's database.",
    transient: true,
  };
}

function plugIn(name: string, code: string, did: string): Own & { name: string } {
  return {
    name,
    code,
    verdict: `has a plug-in or workflow that ${did} the request of`,
    remedy: "Find the synchronous plug-in or workflow on this table that the message names, and correct it.",
  };
}

let table: ReadonlyMap<string, CodeMeaning> | undefined;

/** Every code that is known, by its number: `0x8005E248`. */
export function knownCodes(): ReadonlyMap<string, CodeMeaning> {
  table ??= new Map([
    ...(Object.entries(serverErrors) as [ServerErrorName, string][]).map(([name, code]): [string, CodeMeaning] => [
      code,
      { transient: false, ...meaningOf(name), name },
    ]),
    ...Object.entries(platform).map(([code, own]): [string, CodeMeaning] => [code, { transient: false, ...own }]),
  ]);
  return table;
}

/** What a code means: in hexadecimal, with or without `0x`, or as the signed number of 32 bits that alerts have. */
export function codeMeaning(code: string | number): CodeMeaning | undefined {
  const hexadecimal = hexadecimalOf(code);
  return hexadecimal === undefined ? undefined : knownCodes().get(hexadecimal);
}

/** `0x8005E248`; undefined for what is no code of the platform. */
export function hexadecimalOf(code: string | number): string | undefined {
  const text = String(code).trim();
  if (/^-\d{9,10}$/.test(text)) return `0x${(Number(text) + 2 ** 32).toString(16).toUpperCase()}`;
  const digits = /^(?:0x)?([0-9a-f]{8})$/i.exec(text)?.[1];
  return digits === undefined ? undefined : `0x${digits.toUpperCase()}`;
}

/** The rule that foresees it is the same thing, with the same remedy. */
function meaningOf(name: ServerErrorName): Own {
  const own = unforeseen[name];
  if (own !== undefined) return own;
  const rule = rules.find(({ serverErrors: names }) => names?.includes(name) === true);
  if (rule === undefined) throw new TypeError(`${name} has no meaning`);
  return {
    code: rule.id,
    verdict: "refuses the declaration",
    remedy: typeof rule.remedy === "string" ? rule.remedy : `See the rule ${rule.id} in the table of rules.`,
  };
}
