import {
  bigInteger,
  date,
  dateTime,
  flag,
  integer,
  lookup,
  memo,
  onlineOnly,
  option,
  owners,
  readOnly,
  text,
  updateOnly,
  writeOnly,
  type Column,
  type ColumnTable,
} from "./column";
import {
  accessApprovals,
  actDeliveryMethods,
  incomingDeliveryMethods,
  outgoingDeliveryMethods,
  recordStates,
  recordStatuses,
  testStatuses,
} from "./optionSet";

const status = () => option(testStatuses, { ...updateOnly, default: 0 });
const enabled = () => flag(true, updateOnly);

const columns = {
  mailboxid: text(36, { update: false, format: "guid" }),
  name: text(200),
  emailaddress: text(100, { format: "email-address" }),
  emailserverprofile: lookup([
    { logicalName: "emailserverprofile", entitySet: "emailserverprofiles", navigation: "emailserverprofile" },
  ]),
  regardingobjectid: lookup(
    [
      { logicalName: "systemuser", entitySet: "systemusers", navigation: "regardingobjectid" },
      { logicalName: "queue", entitySet: "queues", navigation: "regardingobjectid_queue" },
    ],
    readOnly,
  ),
  incomingemaildeliverymethod: option(incomingDeliveryMethods),
  outgoingemaildeliverymethod: option(outgoingDeliveryMethods),
  actdeliverymethod: option(actDeliveryMethods),
  username: text(200),
  password: text(200, { ...writeOnly, presence: "ispasswordset" }),
  ispasswordset: flag(false, readOnly),
  allowemailconnectortousecredentials: flag(false),
  emailrouteraccessapproval: option(accessApprovals, { default: 0 }),
  isemailaddressapprovedbyo365admin: flag(false, updateOnly),
  testemailconfigurationscheduled: flag(false),
  testemailconfigurationretrycount: integer(undefined, { default: 0 }),
  postponetestemailconfigurationuntil: dateTime({ source: "TF-FIX-MBX" }),
  testmailboxaccesscompletedon: dateTime({ ...updateOnly, source: "TF-FIX-MBX" }),
  incomingemailstatus: status(),
  outgoingemailstatus: status(),
  actstatus: status(),
  mailboxstatus: option(testStatuses, { ...readOnly, default: 0 }),
  enabledforincomingemail: enabled(),
  enabledforoutgoingemail: enabled(),
  enabledforact: enabled(),
  processemailreceivedafter: date({ source: "TF-FIX-MBX" }),
  processanddeleteemails: flag(false),
  isforwardmailbox: flag(true, readOnly),
  isserviceaccount: flag(false, readOnly),
  orgmarkedasprimaryforexchangesync: flag(false),
  isactsyncorgflagset: flag(false),
  postponemailboxprocessinguntil: dateTime(updateOnly),
  lastsyncerrorcode: integer(undefined),
  lastsyncerror: memo(2048),
  lastsyncerroroccurredon: dateTime(),
  transientfailurecount: integer(undefined, readOnly),
  ewsurl: text(2084, { format: "server-location" }),
  statecode: option(recordStates, { ...updateOnly, default: 0 }),
  statuscode: option(recordStatuses, { default: 1 }),
  ownerid: lookup(owners),
  versionnumber: bigInteger(readOnly),
  modifiedon: dateTime(readOnly),

  testandenablelastattemptedon: dateTime({ ...onlineOnly, ...readOnly }),
} satisfies Record<string, Column>;

export type MailboxColumn = keyof typeof columns;

/** Table `mailbox`, as far as this package reads or writes it. */
export const mailboxTable: ColumnTable<MailboxColumn> = {
  logicalName: "mailbox",
  entitySet: "mailboxes",
  key: "mailboxid",
  sources: ["ON-MBX", "ON-MBX-2023", "OP-MBX"],
  columns,
};
