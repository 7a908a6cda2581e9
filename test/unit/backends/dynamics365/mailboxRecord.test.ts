import * as fc from "fast-check";
import { defaultEmailSettingsCases } from "./defaultEmailSettingsCases";
import {
  readDefaultEmailSettings,
  withDefaultMethods,
} from "../../../../provider/src/backends/dynamics365/defaultEmailSettings";
import { mailboxTable as table } from "../../../../provider/src/backends/dynamics365/columns/mailbox";
import { nextPasswordRevision, passwordDecision } from "../../../../provider/src/backends/dynamics365/mailboxPassword";
import {
  assertMailboxStorable,
  changedMailboxColumns,
  driftedMailbox,
  isInactive,
  mailboxOutputs,
  mailboxPassword,
  readMailbox,
  testColumns,
  wantedMailboxColumns,
} from "../../../../provider/src/backends/dynamics365/mailboxRecord";
import { bindingSchema, normalizeBinding, type DeclaredBinding } from "../../../../provider/src/model/binding";
import { factsOf } from "../../../../provider/src/model/facts";
import { normalizeProfile } from "../../../../provider/src/model/normalizeProfile";
import { profileSchema, type DeclaredProfile } from "../../../../provider/src/model/profile";
import { bindings, id, observations, otherId, stored } from "./arbitraries";

const gmail: DeclaredProfile = { emailSystem: "gmail" };
const exchange: DeclaredProfile = { emailSystem: "exchange-online" };

function bound(declared: DeclaredBinding, profile: DeclaredProfile = gmail) {
  const organization = { backend: "dynamics365" as const, url: "https://crm.contoso.com/contoso" };
  return {
    ...normalizeBinding(bindingSchema.parse(declared), "dynamics365"),
    profile: factsOf(normalizeProfile(profileSchema.parse({ ...profile, organization })), id),
  };
}

const withPassword: DeclaredBinding = {
  emailAddress: "sales@contoso.com",
  credentials: { type: "password", password: "s3cret" },
};

describe("a mailbox's record", () => {
  test("a binding governs profile and methods, and leaves alone what it does not declare", () => {
    expect(wantedMailboxColumns(bound({ emailAddress: "sales@contoso.com" }), id)).toEqual({
      emailserverprofile: id,
      incomingemaildeliverymethod: 2,
      outgoingemaildeliverymethod: 2,
    });
  });

  test("everything that a binding can declare", () => {
    const mailbox = bound({
      ...withPassword,
      incomingEmail: "forward-mailbox",
      appointmentsContactsTasks: "none",
      processEmailsReceivedAfter: "2026-11-24",
      deleteEmailsAfterProcessing: false,
    });
    expect(wantedMailboxColumns(mailbox, id)).toEqual({
      emailserverprofile: id,
      incomingemaildeliverymethod: 3,
      outgoingemaildeliverymethod: 2,
      actdeliverymethod: 2,
      username: "sales@contoso.com",
      allowemailconnectortousecredentials: true,
      processemailreceivedafter: "2026-11-24",
      processanddeleteemails: false,
    });
  });

  test("credentials that the profile does not use are stored nowhere", () => {
    const mailbox = bound(withPassword, exchange);
    expect(mailboxPassword(mailbox)).toBeNull();
    expect(wantedMailboxColumns(mailbox, id)).not.toHaveProperty("username");
    expect(mailboxPassword(bound(withPassword))).toMatchObject({ password: "s3cret" });
  });

  test("nothing is claimed as primary unless declared", () => {
    expect(testColumns(bound({ emailAddress: "a@contoso.com" }))).toEqual({ testemailconfigurationscheduled: true });
    expect(testColumns(bound({ emailAddress: "a@contoso.com", primaryForExchangeSync: true }))).toEqual({
      testemailconfigurationscheduled: true,
      orgmarkedasprimaryforexchangesync: true,
    });
    fc.assert(
      fc.property(bindings, (mailbox) => {
        const written = Object.keys(wantedMailboxColumns(mailbox, id));
        expect(written).not.toContain("orgmarkedasprimaryforexchangesync");
        expect(written.filter((column) => /approv|state|enabled|password/.test(column))).toEqual([]);
      }),
    );
  });

  test("an update leaves nothing to update, whatever the record held, and drift is gone then", () => {
    fc.assert(
      fc.property(bindings, observations(table), (mailbox, before) => {
        const wanted = wantedMailboxColumns(mailbox, id);
        const observed = readMailbox(stored(table, stored(table, {}, before), changedMailboxColumns(before, wanted)));
        expect(changedMailboxColumns(observed, wanted)).toEqual({});
        expect(driftedMailbox(mailbox, observed, id)).toEqual({});
        expect(() => {
          assertMailboxStorable(wanted, "on-premises");
        }).not.toThrow();
        expect(JSON.stringify(wanted)).not.toContain("s3cret");
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    [{ emailserverprofile: otherId.toUpperCase() }, { profileId: otherId }],
    [{ emailserverprofile: null }, { profileId: null }],
    [{ incomingemaildeliverymethod: 1 }, { incomingEmail: "outlook" }],
    [{ outgoingemaildeliverymethod: 0 }, { outgoingEmail: "none" }],
    [{ actdeliverymethod: 0 }, { appointmentsContactsTasks: "outlook" }],
    [{ username: "b" }, { credentials: { type: "password", password: "s3cret", username: "b" } }],
    [{ name: "x", actstatus: 2 }, {}],
  ])("a hand's %j is seen as drift", (change, seen) => {
    const mailbox = bound({ ...withPassword, appointmentsContactsTasks: "server-side-sync" });
    const observed = readMailbox(stored(table, {}, wantedMailboxColumns(mailbox, id)));
    expect(driftedMailbox(mailbox, { ...observed, ...change }, id)).toEqual(seen);
  });

  test("outputs say what the record says", () => {
    const observed = { incomingemailstatus: 1, outgoingemailstatus: 2, enabledforincomingemail: true, statecode: 1 };
    expect(mailboxOutputs(observed, id)).toEqual({
      mailboxId: id,
      incomingEmailStatus: "Success",
      outgoingEmailStatus: "Failure",
      appointmentsContactsTasksStatus: "Not Run",
      enabledForIncomingEmail: true,
      enabledForOutgoingEmail: false,
      enabledForAppointmentsContactsTasks: false,
      emailAddressApproved: false,
    });
    expect(mailboxOutputs({ emailrouteraccessapproval: 1 }, id).emailAddressApproved).toBe(true);
    expect([isInactive(observed), isInactive({ statecode: 0 }), isInactive({})]).toEqual([true, false, false]);
  });
});

describe("the password of a mailbox", () => {
  const ours = { wasSet: false, revision: 1 };

  test.each([
    ["there is none", {}, false, undefined, 1, true, undefined],
    ["there is one of somebody else", {}, true, undefined, 1, false, "stored-password-kept"],
    [
      "its replacement is declared",
      { replaceStoredPassword: true },
      true,
      undefined,
      1,
      true,
      "stored-password-not-restorable",
    ],
    ["it is ours", {}, true, ours, 1, false, undefined],
    ["ours was rotated", {}, true, ours, 2, true, undefined],
    [
      "ours is in the place of another",
      {},
      true,
      { wasSet: true, revision: 1 },
      1,
      false,
      "stored-password-not-restorable",
    ],
    ["somebody took ours away", {}, false, ours, 1, true, undefined],
  ])("%s", (_when, declared, isSet, recorded, revision, write, code) => {
    const mailbox = bound({ ...withPassword, ...declared });
    const decision = passwordDecision(mailbox, { ispasswordset: isSet }, recorded, revision);
    expect([decision.write, decision.note?.code]).toEqual([write, code]);
  });

  test("its revision tells of a change, and of nothing else", () => {
    expect(nextPasswordRevision(null, "a")).toBe(1);
    expect(nextPasswordRevision({ declared: "a", revision: 3 }, "a")).toBe(3);
    expect(nextPasswordRevision({ declared: "a", revision: 3 }, "b")).toBe(4);
    const reference = { env: "PASSWORD", version: "1" };
    expect(nextPasswordRevision({ declared: reference, revision: 3 }, { ...reference, version: "2" })).toBe(4);
  });
});

describe("default email settings", () => {
  test.each(defaultEmailSettingsCases)("%j says %j", (xml, expected) => {
    const settings = readDefaultEmailSettings({ defaultemailsettings: xml, defaultemailserverprofileid: id });
    expect(settings).toEqual({ profileId: id, ...expected });
  });

  test("what is written is read again, and everything else stays", () => {
    const method = fc.option(fc.integer({ min: 0, max: 3 }));
    const wanted = fc.record(
      { incomingEmail: method, outgoingEmail: method, appointmentsContactsTasks: method },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.constantFrom(...defaultEmailSettingsCases), wanted, ([xml, before], change) => {
        const written = withDefaultMethods(xml, change);
        const read = readDefaultEmailSettings({ defaultemailsettings: written });
        expect(read).toEqual({ profileId: null, ...before, ...change });
        if (xml?.includes("<Other>") === true) expect(written).toContain("<Other>$&1</Other>");
        expect(withDefaultMethods(written, change)).toBe(written);
      }),
    );
  });
});
