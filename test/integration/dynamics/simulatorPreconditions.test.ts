import type { DynamicsServerOptions } from "../../servers/dynamics/dynamicsServer";
import type { NewUser } from "../../servers/dynamics/seed";
import { callersOfTests } from "./caller";
import { address, startWorld, succeeded, testAndEnable, type World } from "./testWorld";

const callers = callersOfTests();
const world = (options: Partial<DynamicsServerOptions> = {}, user: Partial<NewUser> = {}) =>
  startWorld(callers, options, user);

describe("Test & Enable", () => {
  test.each<{
    name: string;
    code: string;
    user?: Partial<NewUser>;
    before?: (found: World) => void;
    options?: Partial<DynamicsServerOptions>;
  }>([
    { name: "an address that is not approved", code: "UnapprovedMailbox", user: { emailrouteraccessapproval: 2 } },
    {
      name: "an approval that an administrator of Microsoft 365 has to give",
      code: "UnapprovedMailbox",
      options: { deployment: "online" },
      before: ({ server, mailboxId, profile }) => {
        server.editByHand("emailserverprofiles", profile, { incomingcredentialretrieval: 2 });
        server.editByHand("mailboxes", mailboxId, { isemailaddressapprovedbyo365admin: false });
      },
    },
    { name: "a user who is disabled", code: "8005E273", user: { isdisabled: true } },
    { name: "a user without a licence", code: "8005E276", user: { islicensed: false } },
    { name: "a user who may only read", code: "8005E276", user: { accessmode: 2 } },
    { name: "a mailbox that is inactive", code: "InactiveMailbox", user: { mailbox: { statecode: 1 } } },
    { name: "no profile", code: "InvalidIncomingEmailServerProfile", user: { mailbox: { emailserverprofile: null } } },
    {
      name: "a profile that is inactive",
      code: "InvalidIncomingEmailServerProfile",
      before: ({ server, profile }) => {
        server.editByHand("emailserverprofiles", profile, { statecode: 1 });
      },
    },
    {
      name: "an address that is none",
      code: "InvalidEmailAddressInMailbox",
      user: { mailbox: { emailaddress: "ann" } },
    },
    {
      name: "credentials that may not be used",
      code: "CannotUseUserCredentials",
      before: ({ server, profile }) => {
        server.editByHand("emailserverprofiles", profile, { incomingcredentialretrieval: 0 });
      },
    },
    {
      name: "credentials that are not there",
      code: "MailboxCredentialNotSpecified",
      user: { mailbox: { allowemailconnectortousecredentials: true } },
      before: ({ server, profile }) => {
        server.editByHand("emailserverprofiles", profile, { incomingcredentialretrieval: 0 });
      },
    },
  ])("fails without trying for $name", async ({ code, user = {}, before, options = {} }) => {
    const tester = () => Promise.reject(new Error("was tried"));
    const found = await world({ tester, ...options }, user);
    before?.(found);
    await testAndEnable(found);
    expect(found.columns()).toMatchObject({
      incomingemailstatus: 2,
      outgoingemailstatus: 2,
      enabledforincomingemail: false,
    });
    expect(found.alerts()).toMatchObject([{ errortypedisplay: code, level: 3 }]);
  });

  test("passes unapproved where the organization does not ask for approval", async () => {
    const found = await world({}, { emailrouteraccessapproval: 2 });
    found.server.configure({ requireapprovalforuseremail: false });
    await testAndEnable(found);
    expect(found.columns()).toMatchObject(succeeded);
  });

  test("finds appointments claimed by another organization, unless this one is to be the primary", async () => {
    const found = await world({}, { mailbox: { actdeliverymethod: 1 } });
    found.server.organization.exchangeClaims.set(address, "another");
    await testAndEnable(found);
    expect(found.columns()).toMatchObject({ ...succeeded, actstatus: 2, enabledforact: false });
    expect(found.alerts()[0]?.text).toContain("configured with another organization");
    await testAndEnable(found, { orgmarkedasprimaryforexchangesync: true });
    expect(found.columns()).toMatchObject({ ...succeeded, actstatus: 1, enabledforact: true });
    expect(found.server.organization.exchangeClaims.get(address)).toBe(found.server.organizationId);
  });

  test("needs the user to own the mailbox for appointments", async () => {
    const found = await world({}, { mailbox: { actdeliverymethod: 1 } });
    found.server.editByHand("mailboxes", found.mailboxId, { ownerid: found.server.seed.addTeam("Team") });
    await testAndEnable(found);
    expect(found.columns()).toMatchObject({ ...succeeded, actstatus: 2 });
  });
});
