import * as fc from "fast-check";
import {
  approvalMissing,
  approvalNotEffective,
  approvalPlan,
  approvalState,
  approvalTargets,
  mailboxKind,
  whoMayApprove,
} from "../../../../provider/src/backends/dynamics365/approval";
import {
  assertAddress,
  guidIn,
  mailboxCandidate,
  mailboxSearch,
  queueCandidate,
  quoted,
  regardingSearch,
  theOne,
  userCandidate,
  userSearch,
} from "../../../../provider/src/backends/dynamics365/findMailbox";
import { id, otherId } from "./arbitraries";

const emailAddress = "sales@contoso.com";

describe("approval", () => {
  const user = { regardingobjectid: `systemusers(${id})`, isforwardmailbox: false };
  const queue = { regardingobjectid: `queues(${id})`, isforwardmailbox: false };
  const forward = { regardingobjectid: null, isforwardmailbox: true };
  const on = { requireapprovalforuseremail: true, requireapprovalforqueueemail: true };

  test.each([
    ["approved", { ...user, emailrouteraccessapproval: 1 }, on, "approved"],
    [
      "approved by an administrator of Microsoft 365",
      { ...user, isemailaddressapprovedbyo365admin: true },
      on,
      "approved",
    ],
    ["pending", { ...user, emailrouteraccessapproval: 2 }, on, "missing"],
    ["rejected", { ...queue, emailrouteraccessapproval: 3 }, on, "missing"],
    ["users need none", user, { ...on, requireapprovalforuseremail: false }, "not-needed"],
    ["queues need one all the same", queue, { ...on, requireapprovalforuseremail: false }, "missing"],
    ["queues need none", queue, { ...on, requireapprovalforqueueemail: false }, "not-needed"],
    ["the switches are unknown", user, {}, "missing"],
    ["a forward mailbox", forward, on, "not-needed"],
    ["whose it is is unknown", {}, { requireapprovalforuseremail: false }, "not-needed"],
  ])("%s", (_when, observed, switches, state) => {
    expect(approvalState(observed, switches)).toBe(state);
  });

  test.each([
    ["leave", "missing", "nothing"],
    ["require", "missing", "fail"],
    ["require", "not-needed", "nothing"],
    ["require", "approved", "nothing"],
    ["approve", "missing", "approve"],
    ["approve", "not-needed", "nothing"],
    ["approve", "approved", "nothing"],
  ] as const)("%s, %s: %s", (declared, state, plan) => {
    expect(approvalPlan(declared, state)).toBe(plan);
  });

  test("it is written to the user or queue, and to the mailbox", () => {
    expect(approvalTargets(user, otherId)).toEqual([
      { entitySet: "systemusers", id },
      { entitySet: "mailboxes", id: otherId },
    ]);
    expect(approvalTargets(queue, otherId)[0]).toEqual({ entitySet: "queues", id });
    expect(approvalTargets(forward, otherId)).toEqual([{ entitySet: "mailboxes", id: otherId }]);
    expect([user, queue, forward, {}].map(mailboxKind)).toEqual(["user", "queue", "forward-mailbox", undefined]);
  });

  test("who may approve depends on the deployment and the mail system", () => {
    const situation = { emailAddress, deployment: "online", emailSystem: "exchange-online", kind: "user" } as const;
    const simple = "A System Administrator of Dynamics may approve it (Approve Email).";
    expect(whoMayApprove(situation)).toMatch(/Global Administrator.*Delegated Mailbox Approver.*own address/);
    expect(whoMayApprove({ ...situation, kind: "queue" })).not.toContain("own address");
    expect(whoMayApprove({ ...situation, deployment: "on-premises" })).toBe(simple);
    expect(whoMayApprove({ ...situation, emailSystem: "exchange-server-2019" })).toBe(simple);
    expect(approvalMissing(situation).message).toMatch(/^approval-missing: .*sales@contoso\.com.*approved users only/);
    expect(approvalNotEffective(situation).message).toMatch(/^approval-not-effective: .*Exchange Administrator/);
  });
});

describe("finding a mailbox", () => {
  test.each([
    [{ user: "ann@contoso.com" }, "(domainname eq 'ann@contoso.com' or internalemailaddress eq 'ann@contoso.com')"],
    [{ user: "CONTOSO\\ann" }, "domainname eq 'CONTOSO\\ann'"],
    [{ queue: "Sales' desk" }, "name eq 'Sales'' desk'"],
    [{ user: id }, undefined],
    [{ queue: `{${id.toUpperCase()}}` }, undefined],
    [{ forwardMailbox: "x" }, undefined],
    [null, undefined],
  ])("%j: whose it is", (regarding, filter) => {
    expect(regardingSearch(regarding)?.filter).toBe(filter);
  });

  test.each([
    [null, undefined, "emailaddress eq 'sales@contoso.com'"],
    [{ user: "ann@contoso.com" }, otherId, `_regardingobjectid_value eq ${otherId}`],
    [{ queue: id.toUpperCase() }, undefined, `_regardingobjectid_value eq ${id}`],
    [{ forwardMailbox: id }, undefined, `isforwardmailbox eq true and mailboxid eq ${id}`],
    [{ forwardMailbox: "All" }, undefined, "isforwardmailbox eq true and (name eq 'All' or emailaddress eq 'All')"],
  ])("%j: the mailbox itself", (regarding, regardingId, filter) => {
    expect(mailboxSearch({ regarding, emailAddress }, regardingId).filter).toBe(filter);
  });

  test("no text breaks out of a filter", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const inside = quoted(text).slice(1, -1);
        expect(inside.replaceAll("''", "")).not.toContain("'");
        expect(inside.replaceAll("''", "'")).toBe(text);
      }),
    );
    expect(guidIn(`${id} or true`)).toBeUndefined();
  });

  const search = mailboxSearch({ regarding: null, emailAddress });
  const found = (mailboxid: string, statecode = 0) =>
    mailboxCandidate({ mailboxid, name: "Sales", emailaddress: emailAddress, statecode });

  test("one is it, none and several are errors; several are listed", () => {
    expect(theOne([found(id)], search).id).toBe(id);
    expect(() => theOne([], search)).toThrow(/^record-not-found: .*no mailbox of sales@contoso\.com/);
    expect(() => theOne([found(id), found(otherId)], search)).toThrow(
      `record-ambiguous: The organization has 2 records for the mailbox of ${emailAddress}: "Sales" (${id}, ${emailAddress}); "Sales" (${otherId}, ${emailAddress}).`,
    );
    const many = Array.from({ length: 12 }, (_none, index) => found(`${id}-${index}`));
    expect(() => theOne(many, search)).toThrow("and 2 more.");
  });

  test("an inactive one gives way to an active one, and is found where there is no other", () => {
    expect(theOne([found(id, 1), found(otherId)], search).id).toBe(otherId);
    expect(theOne([found(id, 1)], search).id).toBe(id);
    expect(() => theOne([found(id, 1), found(otherId, 1)], search)).toThrow(/^record-ambiguous/);
  });

  test("a user's own name goes before another's address", () => {
    const text = "ann@contoso.com";
    const candidates = [
      userCandidate(
        { systemuserid: id, fullname: "Bob", domainname: "bob@contoso.com", internalemailaddress: text },
        text,
      ),
      userCandidate({ systemuserid: otherId, fullname: "Ann", domainname: "Ann@contoso.com" }, text),
    ];
    expect(theOne(candidates, userSearch(text))).toMatchObject({ id: otherId, name: "Ann" });
  });

  test("a mailbox with another address than the declared one is refused", () => {
    const queue = queueCandidate({ queueid: id, name: "Desk", emailaddress: "Sales@Contoso.com" });
    expect(() => {
      assertAddress({ emailAddress }, queue);
    }).not.toThrow();
    expect(() => {
      assertAddress({ emailAddress: "b@contoso.com" }, queue);
    }).toThrow(/^mailbox-address-differs: .*"Desk"/);
    expect(() => {
      assertAddress({ emailAddress }, { id, name: "x" });
    }).toThrow(/^mailbox-address-differs/);
  });
});
