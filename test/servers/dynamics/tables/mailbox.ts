import {
  choice,
  defineTable,
  flag,
  integer,
  lookup,
  memo,
  moment,
  owner,
  required,
  secret,
  states,
  text,
  type Column,
  type Deployment,
  type Options,
  type Table,
} from "../columns";

/** What a date says that never came. */
export const never = "1900-01-01T00:00:00Z";

const incomingMethods: Options = {
  0: "None",
  1: "Microsoft Dynamics 365 for Outlook",
  2: "Server-Side Synchronization or Email Router",
  3: "Forward Mailbox",
};
const outgoingMethods: Options = {
  0: "None",
  1: "Microsoft Dynamics 365 for Outlook",
  2: "Server-Side Synchronization or Email Router",
};
const appointmentMethods: Options = {
  0: "Microsoft Dynamics 365 for Outlook",
  1: "Server-Side Synchronization",
  2: "None",
};
export const approvals: Options = { 0: "Empty", 1: "Approved", 2: "Pending Approval", 3: "Rejected" };
const testResults: Options = { 0: "Not Run", 1: "Success", 2: "Failure" };

const onlineColumns = (): Column[] => [
  secret("oauthaccesstoken", 10_000, "isoauthaccesstokenset"),
  secret("oauthrefreshtoken", 10_000, "isoauthrefreshtokenset"),
  moment("oauthtokenexpireson"),
  flag("tagemailsafter", false),
  moment("lastsuccessfulsynccompletedon", "UR", never),
  lookup("emailaddressapprovedby", { emailaddressapprovedby: "systemuser" }, "R"),
  moment("emailaddressapprovedon", "R"),
  lookup("testandenablelastattemptedby", { testandenablelastattemptedby: "systemuser" }, "R"),
  moment("testandenablelastattemptedon", "R"),
];
const onPremisesColumns = (): Column[] => [
  text("credentialinfo", 4000),
  secret("dataencryptionkey", 3500, "isdataencryptionkeyset"),
  moment("lastsuccessfulsynccompletedon", "R", never),
];

/** Table 3.2 of dynamics.md. */
export function mailboxTable(deployment: Deployment): Table {
  return defineTable(
    {
      name: "mailbox",
      set: "mailboxes",
      nameColumn: "name",
      typeCode: 9606,
      collections: { tracelog_Mailbox: { table: "tracelog", lookup: "regardingobjectid" } },
    },
    [
      required(text("name", 200)),
      text("emailaddress", 100),
      lookup("emailserverprofile", { emailserverprofile: "emailserverprofile" }),
      lookup("regardingobjectid", { regardingobjectid: "systemuser", regardingobjectid_queue: "queue" }, "R"),
      choice("incomingemaildeliverymethod", incomingMethods),
      choice("outgoingemaildeliverymethod", outgoingMethods),
      choice("actdeliverymethod", appointmentMethods, 0),
      text("username", 200),
      secret("password", 200, "ispasswordset"),
      flag("allowemailconnectortousecredentials", false),
      choice("emailrouteraccessapproval", approvals, 0),
      flag("isemailaddressapprovedbyo365admin", false, "UR"),
      flag("testemailconfigurationscheduled", false),
      // The documents give no limits for these counts: those of the type (inferred).
      integer("testemailconfigurationretrycount", 0, 2_147_483_647, 0),
      moment("postponetestemailconfigurationuntil", "CUR", never),
      moment("testmailboxaccesscompletedon", "UR", never),
      choice("incomingemailstatus", testResults, 0, "UR"),
      choice("outgoingemailstatus", testResults, 0, "UR"),
      choice("actstatus", testResults, 0, "UR"),
      choice("mailboxstatus", testResults, 0, "R"),
      flag("enabledforincomingemail", true, "UR"),
      flag("enabledforoutgoingemail", true, "UR"),
      flag("enabledforact", true, "UR"),
      moment("processemailreceivedafter", "CUR", never),
      flag("processanddeleteemails", false),
      flag("isforwardmailbox", true, "R"),
      flag("isserviceaccount", false, "R"),
      flag("orgmarkedasprimaryforexchangesync", false),
      flag("isactsyncorgflagset", false),
      moment("postponemailboxprocessinguntil", "UR"),
      integer("lastsyncerrorcode", -2_147_483_648, 2_147_483_647),
      memo("lastsyncerror", 2048),
      integer("lastsyncerrorcount", 0, 2_147_483_647),
      moment("lastsyncerroroccurredon"),
      text("lastsyncerrormachinename", 320),
      integer("processingstatecode", 0, 2_147_483_647, 0, "R"),
      text("hostid", 160, "R"),
      integer("transientfailurecount", 0, 2_147_483_647, 0, "R"),
      integer("verboseloggingenabled", 0, 100, undefined, "UR"),
      text("ewsurl", 2084),
      moment("lastautodiscoveredon"),
      ...states(),
      ...owner(),
      ...(deployment === "online" ? onlineColumns() : onPremisesColumns()),
    ],
  );
}
