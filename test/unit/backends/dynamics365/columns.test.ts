import * as fc from "fast-check";
import type { ColumnTable } from "../../../../provider/src/backends/dynamics365/columns/column";
import { emailServerProfileTable } from "../../../../provider/src/backends/dynamics365/columns/emailServerProfile";
import { assertFits, columnProblems } from "../../../../provider/src/backends/dynamics365/columns/limits";
import { mailboxTable } from "../../../../provider/src/backends/dynamics365/columns/mailbox";
import * as optionSets from "../../../../provider/src/backends/dynamics365/columns/optionSet";
import { organizationTable } from "../../../../provider/src/backends/dynamics365/columns/organization";
import {
  columnsInDoubt,
  missingOptions,
} from "../../../../provider/src/backends/dynamics365/columns/organizationOptions";
import {
  bodyOf,
  changedColumns,
  readColumns,
  selected,
} from "../../../../provider/src/backends/dynamics365/columns/record";
import { sameColumnValue } from "../../../../provider/src/backends/dynamics365/columns/sameValue";
import { serverTypes } from "../../../../provider/src/model/profile";
import { id, observations, otherId, stored } from "./arbitraries";

const tables: ColumnTable[] = [emailServerProfileTable, mailboxTable, organizationTable];
const profile = emailServerProfileTable.columns;
const mailbox = mailboxTable.columns;

describe("option sets", () => {
  test.each(Object.entries(optionSets))("%s has one name a value, both ways", (_name, set) => {
    const names = Object.keys(set.options);
    const values = names.map((name) => set.valueOf(name as never));
    expect(new Set(values).size).toBe(names.length);
    expect(values.map((value) => set.nameOf(value))).toEqual(names);
    expect([-1, null, undefined, "0", 99].map((value) => set.nameOf(value))).toEqual(Array(5).fill(undefined));
  });

  test("methods of appointments are numbered in another way than those of email", () => {
    const names = ["none", "outlook", "server-side-sync"] as const;
    expect(names.map((name) => optionSets.incomingDeliveryMethods.valueOf(name))).toEqual([0, 1, 2]);
    expect(names.map((name) => optionSets.outgoingDeliveryMethods.valueOf(name))).toEqual([0, 1, 2]);
    expect(names.map((name) => optionSets.actDeliveryMethods.valueOf(name))).toEqual([2, 0, 1]);
  });

  test("every server type of a declaration has a value, apart from the one that no document knows", () => {
    const unknown = serverTypes.filter((type) => !Object.keys(optionSets.serverTypes.options).includes(type));
    expect(unknown).toEqual(["exchange-online"]);
  });
});

describe("column tables", () => {
  test.each(tables)("$logicalName: what cannot be read has a flag that says whether it is there", ({ columns }) => {
    for (const { read, presence } of Object.values(columns)) {
      if (!read) expect(columns[presence ?? ""]).toMatchObject({ type: "flag", read: true, create: false });
    }
  });

  test("an organization on-premises is not asked for columns that exist online only", () => {
    const asked = selected(emailServerProfileTable, "on-premises");
    expect(asked).toEqual(expect.arrayContaining(["_ownerid_value", "credentialinfo"]));
    expect(asked).not.toEqual(expect.arrayContaining(["serverauthority"]));
    expect(asked.filter((name) => /^(in|out)\w*password$|secret$/.test(name))).toEqual([]);
    expect(selected(emailServerProfileTable, "online")).toEqual(expect.arrayContaining(["serverauthority"]));
  });
});

describe("values of columns", () => {
  test.each([
    [profile.description, "", null],
    [profile.description, "a\r\nb", "a\nb"],
    [profile.incomingusessl, null, true],
    [profile.useautodiscover, null, false],
    [profile.servertype, -1, null],
    [profile.incomingserverlocation, "https://mail.contoso.com/EWS/", "HTTPS://Mail.Contoso.com/EWS"],
    [profile.incomingserverlocation, "Mail.Contoso.com", "mail.contoso.com"],
    [profile.exchangeonlinetenantid, id, id.toUpperCase()],
    [profile.owneremailaddress, "A@contoso.com", "a@contoso.com"],
    [profile.processemailsreceivedafter, "2026-01-01T00:00:00Z", "2026-01-01T02:00:00.000+02:00"],
    [profile.processemailsreceivedafter, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.250Z"],
    [profile.processemailsreceivedafter, "1900-01-01T00:00:00Z", null],
    [mailbox.processemailreceivedafter, "2026-01-01T00:00:00Z", "2026-01-01"],
    [mailbox.processemailreceivedafter, "1900-01-01", null],
    [profile.ownerid, `systemusers(${id})`, id],
    [profile.versionnumber, "12345678901", "12345678901"],
  ])("%#: %j means the same as another", (column, left, right) => {
    expect(sameColumnValue(column, left, right)).toBe(true);
  });

  test.each([
    [profile.description, "a", "A"],
    [profile.useautodiscover, null, true],
    [profile.incomingportnumber, 0, null],
    [profile.incomingserverlocation, "https://mail.contoso.com/EWS", "https://mail.contoso.com/ews"],
    [profile.incomingserverlocation, "not a host", "mail.contoso.com"],
    [profile.processemailsreceivedafter, "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z"],
    [mailbox.processemailreceivedafter, "2026-01-01", "2026-01-02"],
    [profile.ownerid, id, otherId],
    [profile.servertype, 0, null],
  ])("%#: %j means something else than another", (column, left, right) => {
    expect(sameColumnValue(column, left, right)).toBe(false);
  });
});

describe("bodies", () => {
  test("a lookup is bound by a path and let go by null", () => {
    expect(bodyOf(mailboxTable, { emailserverprofile: id })).toEqual({
      "emailserverprofile@odata.bind": `/emailserverprofiles(${id})`,
    });
    expect(bodyOf(mailboxTable, { emailserverprofile: null })).toEqual({ "emailserverprofile@odata.bind": null });
    expect(bodyOf(emailServerProfileTable, { ownerid: `teams(${id})` })).toEqual({
      "ownerid@odata.bind": `/teams(${id})`,
    });
  });

  test("a lookup of several tables is read with its table where the annotation says it", () => {
    const record = { _regardingobjectid_value: id };
    const annotated = { ...record, "_regardingobjectid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "queue" };
    expect(readColumns(mailboxTable, record).regardingobjectid).toBe(id);
    expect(readColumns(mailboxTable, annotated).regardingobjectid).toBe(`queues(${id})`);
  });

  test("what was read is written in the form that is taken", () => {
    const read = { processemailreceivedafter: "1900-01-01T00:00:00Z", incomingemaildeliverymethod: -1 };
    const written = { processemailreceivedafter: "1900-01-01T00:00:00Z", incomingemaildeliverymethod: null };
    expect(bodyOf(mailboxTable, read)).toEqual(written);
  });

  test("what cannot be read is written whenever it is wanted", () => {
    const wanted = { password: null, username: "" };
    expect(changedColumns(mailboxTable, { ispasswordset: true }, wanted)).toEqual({ password: null });
  });

  test.each(tables)("$logicalName: what was written is not written again, whatever was there before", (table) => {
    const properties = fc.property(observations(table), observations(table), (before, wanted) => {
      const record = stored(table, stored(table, {}, before), changedColumns(table, before, wanted));
      expect(changedColumns(table, readColumns(table, record), wanted)).toEqual({});
    });
    fc.assert(properties, { numRuns: 300 });
  });
});

describe("limits", () => {
  const update = { deployment: "on-premises", operation: "update" } as const;

  test.each([
    [emailServerProfileTable, { name: "x".repeat(101) }, "takes at most 100 characters, not 101"],
    [emailServerProfileTable, { incomingportnumber: 65537 }, "takes a whole number from 0 to 65536"],
    [emailServerProfileTable, { minpollingintervalinminutes: 1.5 }, "takes a whole number from 0 to 1440 minutes"],
    [emailServerProfileTable, { servertype: 7 }, "has no such option"],
    [emailServerProfileTable, { useautodiscover: "yes" }, "takes true or false"],
    [emailServerProfileTable, { processemailsreceivedafter: "soon" }, "takes a date"],
    [emailServerProfileTable, { exchangeonlinetenantid: "contoso" }, "takes a GUID"],
    [emailServerProfileTable, { oauthclientid: id }, "exists in online organizations only"],
    [emailServerProfileTable, { versionnumber: 1 }, "cannot be changed"],
    [mailboxTable, { emailserverprofile: "mine" }, "takes the id of a record"],
    [mailboxTable, { password: "x".repeat(201) }, "takes at most 200 characters, not 201"],
    [mailboxTable, { constructor: null }, "is no column of this table"],
  ] as [ColumnTable, Record<string, null>, string][])("%#: refused before the write", (table, values, message) => {
    const [column] = Object.keys(values);
    expect(columnProblems(table, values, update)).toEqual([{ column, message }]);
  });

  test("an online organization takes fewer connections", () => {
    const values = { maxconcurrentconnections: 301 };
    expect(columnProblems(emailServerProfileTable, values, update)).toEqual([]);
    expect(columnProblems(emailServerProfileTable, values, { ...update, deployment: "online" })).toHaveLength(1);
  });

  test("a column that only an update may set is refused in a create", () => {
    const create = { ...update, operation: "create" } as const;
    expect(columnProblems(emailServerProfileTable, { statecode: 1 }, create)).toHaveLength(1);
    expect(columnProblems(emailServerProfileTable, { statecode: 1 }, update)).toEqual([]);
  });

  test("the error names the argument and never the value", () => {
    const value = "s3cret".repeat(50);
    const refuse = () => {
      assertFits(mailboxTable, { password: value }, update, () => "credentials.password");
    };
    expect(refuse).toThrow(/^value-not-allowed-by-column: .*credentials\.password \(password\) takes at most 200/);
    expect(refuse).not.toThrow(/s3cret/);
  });
});

describe("options of the organization", () => {
  const wanted = {
    servertype: 4,
    incomingcredentialretrieval: 0,
    incomingauthenticationprotocol: 4,
    serverauthority: 0,
  };

  test("only what some organizations lack has to be asked for", () => {
    const asked = columnsInDoubt(emailServerProfileTable, wanted);
    expect(asked).toEqual(["servertype", "incomingauthenticationprotocol", "serverauthority"]);
    expect(columnsInDoubt(emailServerProfileTable, { servertype: 1, name: "x", exchangeversion: null })).toEqual([]);
  });

  test("what is missing is named by its label, with what to do", () => {
    const options = { servertype: [0, 1, 2, 3], incomingauthenticationprotocol: [0, 1, 2, 3], serverauthority: null };
    const errors = missingOptions(emailServerProfileTable, wanted, options);
    expect(errors.map(({ code }) => code)).toEqual(Array(3).fill("option-not-in-organization"));
    expect(errors.map(({ summary }) => summary)).toEqual([
      '"IMAP/SMTP" (4) cannot be stored: this organization has no such option of servertype; nothing was written.',
      '"OAuth" (4) cannot be stored: this organization has no such option of incomingauthenticationprotocol; nothing was written.',
      '"Public and GCC" (0) cannot be stored: this organization has no column serverauthority; nothing was written.',
    ]);
    expect(errors.map(({ remedy }) => remedy)).toEqual([
      expect.stringContaining('serverType: "pop3-smtp"'),
      expect.stringContaining('authenticationProtocol: "auto-detect"'),
      expect.stringContaining("Remove serverAuthority"),
    ]);
  });

  test("an organization that has them is written to", () => {
    const options = { servertype: [0, 1, 2, 3, 4], incomingauthenticationprotocol: [0, 4], serverauthority: [0] };
    expect(missingOptions(emailServerProfileTable, wanted, options)).toEqual([]);
  });
});
