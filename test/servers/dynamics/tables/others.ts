import {
  choice,
  defineTable,
  flag,
  identifier,
  integer,
  lookup,
  memo,
  moment,
  owner,
  states,
  text,
  type Options,
  type Table,
} from "../columns";
import { approvals } from "./mailbox";

const accessModes: Options = {
  0: "Read-Write",
  1: "Administrative",
  2: "Read",
  3: "Support User",
  4: "Non-interactive",
  5: "Delegated Admin",
};
const methods: Options = {
  0: "None",
  1: "Outlook",
  2: "Server-Side Synchronization or Email Router",
  3: "Forward Mailbox",
};

/** As far as mailboxes need it: the published columns of a user that concern e-mail. */
export const systemUserTable = (): Table =>
  defineTable({ name: "systemuser", set: "systemusers", nameColumn: "fullname", typeCode: 8 }, [
    text("fullname", 200, "R"),
    text("firstname", 64),
    text("lastname", 64),
    text("internalemailaddress", 100),
    text("domainname", 1024),
    text("windowsliveid", 1024),
    identifier("azureactivedirectoryobjectid", "R"),
    flag("isdisabled", false, "UR"),
    flag("islicensed", true),
    choice("accessmode", accessModes, 0),
    choice("emailrouteraccessapproval", approvals, 0),
    flag("isemailaddressapprovedbyo365admin", false, "UR"),
    choice("incomingemaildeliverymethod", methods),
    choice("outgoingemaildeliverymethod", methods),
    lookup("defaultmailbox", { defaultmailbox: "mailbox" }, "R"),
    lookup("businessunitid", { businessunitid: "businessunit" }),
  ]);

export const queueTable = (): Table =>
  defineTable({ name: "queue", set: "queues", nameColumn: "name", typeCode: 2020 }, [
    text("name", 200),
    memo("description", 2000),
    text("emailaddress", 100),
    choice("emailrouteraccessapproval", approvals, 0),
    flag("isemailaddressapprovedbyo365admin", false, "UR"),
    choice("incomingemaildeliverymethod", methods),
    choice("outgoingemaildeliverymethod", methods),
    lookup("defaultmailbox", { defaultmailbox: "mailbox" }, "R"),
    ...states(),
    ...owner(),
  ]);

export const teamTable = (): Table =>
  defineTable({ name: "team", set: "teams", nameColumn: "name", typeCode: 9 }, [
    text("name", 160),
    memo("description", 2000),
    lookup("businessunitid", { businessunitid: "businessunit" }),
  ]);

export const businessUnitTable = (): Table =>
  defineTable({ name: "businessunit", set: "businessunits", nameColumn: "name", typeCode: 10 }, [
    text("name", 160),
    flag("isdisabled", false, "R"),
  ]);

/** dynamics.md 3.3; the record is there once, and can only be read and changed. */
export const organizationTable = (): Table =>
  defineTable({ name: "organization", set: "organizations", nameColumn: "name", typeCode: 1019 }, [
    text("name", 160, "R"),
    text("friendlyname", 1024, "R"),
    lookup("defaultemailserverprofileid", { defaultemailserverprofileid: "emailserverprofile" }),
    memo("defaultemailsettings", 2_147_483_647),
    flag("requireapprovalforuseremail", true),
    flag("requireapprovalforqueueemail", true),
    memo("orgdborgsettings", 1_073_741_823),
  ]);

/** dynamics.md 4.4: alerts are created, read and deleted, never changed. */
export const traceLogTable = (): Table =>
  defineTable({ name: "tracelog", set: "tracelogs", nameColumn: "text", typeCode: 8050 }, [
    memo("text", 2000, "R"),
    choice("level", { 1: "Information", 2: "Warning", 3: "Error" }, 1, "R"),
    choice("tracestatus", { 0: "Failure", 1: "Success" }, undefined, "R"),
    integer("tracecode", -2_147_483_648, 2_147_483_647, undefined, "R"),
    text("errortypedisplay", 320, "R"),
    text("errordetails", 2048, "R"),
    text("machinename", 320, "R"),
    memo("traceparameterxml", 1_073_741_823, "R"),
    memo("traceactionxml", 1_073_741_823, "R"),
    memo("tracedetailxml", 1_073_741_823, "R"),
    lookup(
      "regardingobjectid",
      { regardingobjectid_emailserverprofile: "emailserverprofile", regardingobjectid_mailbox: "mailbox" },
      "R",
    ),
    lookup("parenttracelogid", { parenttracelogid: "tracelog" }, "R"),
    flag("canbedeleted", true, "R"),
    moment("collectedon", "R"),
  ]);
