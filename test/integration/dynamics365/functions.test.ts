import { spawn } from "node:child_process";
import { once } from "node:events";
import * as pulumi from "@pulumi/pulumi";
import {
  getEmailServerProfile,
  getEmailServerProfileOutput,
  getMailboxes,
  getMailboxesOutput,
  getOrganization,
  getOrganizationOutput,
  Organization,
  ServerSideSyncError,
} from "pulumi-server-side-sync";
import { repositoryRoot } from "../../../tools/repository";
import { createAuthority, type Authority, type KeyPair } from "../../servers/pki";
import { setEnvironment, withoutProxy } from "../../support/environment";
import { refusal, startScriptedWebApi, type Reply, type ScriptedWebApi } from "./scriptedWebApi";

const password = "pass-word-1";
const [first, second] = ["11111111-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"];
const organizationId = "33333333-0000-4000-8000-000000000003";
const userId = "44444444-0000-4000-8000-000000000004";

const profile = (id: string, statecode = 0) => ({
  emailserverprofileid: id,
  name: "Mail",
  statecode,
  servertype: 1,
  incomingserverlocation: "pop.contoso.com",
  incomingportnumber: 995,
  incomingusessl: true,
  incomingauthenticationprotocol: 3,
  incomingcredentialretrieval: 0,
  isincomingpasswordset: true,
  useautodiscover: false,
});
const lookup = "_regardingobjectid_value@Microsoft.Dynamics.CRM.lookuplogicalname";
const mailbox = (name: string, methods: number[], statuses: number[]) => ({
  mailboxid: first,
  name,
  emailaddress: "sales@contoso.com",
  statecode: 0,
  _emailserverprofile_value: first,
  _regardingobjectid_value: userId,
  [lookup]: "queue",
  incomingemaildeliverymethod: methods[0],
  outgoingemaildeliverymethod: methods[1],
  actdeliverymethod: methods[2],
  incomingemailstatus: statuses[0],
  outgoingemailstatus: statuses[1],
  actstatus: statuses[2],
  emailrouteraccessapproval: 1,
  testmailboxaccesscompletedon: "1900-01-01T00:00:00Z",
});

let authority: Authority;
let certificate: KeyPair;
let server: ScriptedWebApi;
let organization: Organization;
let restore: () => void;
const credentials = {
  SERVER_SIDE_SYNC_AUTH: "windows",
  SERVER_SIDE_SYNC_USERNAME: "CONTOSO\\svc",
  SERVER_SIDE_SYNC_PASSWORD: password,
};

beforeAll(async () => {
  authority = await createAuthority();
  certificate = await authority.issue();
});
beforeEach(async () => {
  restore = setEnvironment({ ...withoutProxy, ...credentials });
  server = await startScriptedWebApi(certificate, {
    users: { "CONTOSO\\svc": password },
    schemes: ["NTLM"],
    tokenChecking: "require",
  });
  organization = new Organization({ url: server.url, caCertificates: authority.certificate });
});
afterEach(async () => {
  restore();
  await server.stop();
});

const resolved = <T>(output: pulumi.Output<T>): Promise<T> =>
  new Promise((resolve) => {
    output.apply(resolve);
  });

async function failure(work: Promise<unknown>): Promise<ServerSideSyncError> {
  const error: unknown = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof ServerSideSyncError)) throw new TypeError(`no error of ours: ${String(error)}`);
  expect(error.message).not.toContain(password);
  return error;
}

/** An organization that answers by the beginning of the path. */
function answers(byPath: Readonly<Record<string, unknown>>): void {
  server.reply = ({ path }): Reply => {
    const found = Object.entries(byPath).find(([beginning]) => path.startsWith(beginning));
    return found === undefined ? refusal(404, "0x8006088a", `no ${path}`) : { body: found[1] };
  };
}

const options = (...values: number[]) => ({
  OptionSet: {
    Options: values.map((Value) => ({ Value, Label: { UserLocalizedLabel: { Label: `Label ${Value}` } } })),
  },
});
const attribute = (column: string) =>
  `EntityDefinitions(LogicalName='emailserverprofile')/Attributes(LogicalName='${column}')`;
const organizationAnswers = {
  "WhoAmI()": { UserId: userId, BusinessUnitId: second, OrganizationId: organizationId },
  "RetrieveVersion()": { Version: "9.1.18.22" },
  [`organizations(${organizationId})`]: {
    name: "Contoso",
    requireapprovalforuseremail: true,
    requireapprovalforqueueemail: false,
    _defaultemailserverprofileid_value: first,
    defaultemailsettings:
      "<EmailSettings><IncomingEmailDeliveryMethod>2</IncomingEmailDeliveryMethod><OutgoingEmailDeliveryMethod>0</OutgoingEmailDeliveryMethod><ACTDeliveryMethod>2</ACTDeliveryMethod></EmailSettings>",
  },
  [attribute("servertype")]: options(0, 1, 9),
  [attribute("incomingauthenticationprotocol")]: options(0, 3),
  [attribute("incomingcredentialretrieval")]: options(0, 1),
};

describe("getOrganization", () => {
  test("says who asks, which version it is, what profiles may have and what is approved", async () => {
    answers(organizationAnswers);
    const result = await getOrganization({ organization });
    expect(result).toEqual({
      url: server.url,
      deployment: "on-premises",
      version: "9.1.18.22",
      name: "Contoso",
      userId,
      businessUnitId: second,
      organizationId,
      optionSets: {
        serverType: [
          { value: 0, label: "Label 0", name: "exchange-server" },
          { value: 1, label: "Label 1", name: "pop3-smtp" },
          { value: 9, label: "Label 9", name: null },
        ],
        authenticationProtocol: [
          { value: 0, label: "Label 0", name: "auto-detect" },
          { value: 3, label: "Label 3", name: "basic" },
        ],
        credentialSource: [
          { value: 0, label: "Label 0", name: "user-or-queue" },
          { value: 1, label: "Label 1", name: "email-server-profile" },
        ],
      },
      processEmailOnlyForApprovedUsers: true,
      processEmailOnlyForApprovedQueues: false,
      defaultProfileId: first,
      defaultIncomingEmail: "server-side-sync",
      defaultOutgoingEmail: "none",
      defaultAppointmentsContactsTasks: "none",
    });
    expect(await resolved(getOrganizationOutput({ organization }))).toEqual(result);
    expect(JSON.stringify(result)).not.toContain(password);
    expect(new Set(server.requests.map(({ method }) => method))).toEqual(new Set(["GET"]));
  });

  test("needs a url and credentials, and says which", async () => {
    expect(await failure(getOrganization({ organization: new Organization() }))).toMatchObject({
      code: "organization-url-missing",
    });
    const undo = setEnvironment({ SERVER_SIDE_SYNC_PASSWORD: undefined });
    const error = await failure(getOrganization({ organization }));
    undo();
    expect(error.code).toBe("organization-credentials-missing");
    expect(error.message).toContain("SERVER_SIDE_SYNC_PASSWORD");
    expect(server.statuses).toEqual([]);
  });

  test("takes credentials from the stack config of its namespace", async () => {
    restore();
    restore = setEnvironment({ ...withoutProxy, CRM_TEST_PASSWORD: password });
    pulumi.runtime.setAllConfig({ "crm-test:auth": "windows", "crm-test:username": "CONTOSO\\svc" });
    answers(organizationAnswers);
    try {
      const other = new Organization({ ...organization.settings, configNamespace: "crm-test" });
      expect(await getOrganization({ organization: other })).toMatchObject({ userId });
    } finally {
      pulumi.runtime.setAllConfig({});
    }
  });

  test("ends with its time, and when it is cancelled", async () => {
    server.reply = () => "stall";
    expect(await failure(getOrganization({ organization }, { timeoutSeconds: 1 }))).toMatchObject({
      code: "dynamics-timeout",
    });
    expect(await failure(getOrganization({ organization }, { signal: AbortSignal.abort() }))).toMatchObject({
      code: "operation-aborted",
    });
    expect(await failure(getOrganization({ organization }, { timeoutSeconds: 0 }))).toMatchObject({
      code: "invalid-arguments",
    });
  });
});

describe("getEmailServerProfile", () => {
  test("reads one by its name or its id", async () => {
    answers({ "emailserverprofiles?": { value: [profile(first)] }, [`emailserverprofiles(${first})`]: profile(first) });
    const result = await getEmailServerProfile({ organization, name: "Mail" });
    expect(result).toMatchObject({
      id: first,
      name: "Mail",
      state: "active",
      serverType: "pop3-smtp",
      autodiscover: false,
      incoming: {
        serverLocation: "pop.contoso.com",
        port: 995,
        useSsl: true,
        authenticationProtocol: "basic",
        credentialSource: "user-or-queue",
        hasPassword: true,
      },
      outgoing: { serverLocation: null, port: null, authenticationProtocol: null, hasPassword: false },
    });
    expect(server.requests[0]?.path).toMatch(/\$filter=name eq 'Mail'$/);
    expect(await getEmailServerProfile({ organization, id: first })).toEqual(result);
    const output = getEmailServerProfileOutput({ organization, id: pulumi.output(first) });
    expect(await resolved(output)).toEqual(result);
  });

  test("lists those of one name by their ids", async () => {
    answers({ "emailserverprofiles?": { value: [profile(first), profile(second, 1)] } });
    const error = await failure(getEmailServerProfile({ organization, name: "Mail" }));
    expect(error.code).toBe("record-ambiguous");
    expect(error.message).toContain(`${first} (active), ${second} (inactive)`);
  });

  test("says that there is none", async () => {
    answers({ "emailserverprofiles?": { value: [] } });
    expect(await failure(getEmailServerProfile({ organization, name: "O'Mail" }))).toMatchObject({
      code: "record-not-found",
    });
    expect(server.requests[0]?.path).toMatch(/\$filter=name eq 'O''Mail'$/);
    server.reply = () => refusal(404, "0x80040217", "Does Not Exist");
    expect(await failure(getEmailServerProfile({ organization, id: second }))).toMatchObject({
      code: "record-not-found",
    });
  });

  test.each([{}, { name: "Mail", id: first }, { name: "" }, { id: "Mail" }])("refuses %p", async (args) => {
    expect(await failure(getEmailServerProfile({ organization, ...args }))).toMatchObject({
      code: "invalid-arguments",
    });
    expect(server.requests).toHaveLength(0);
  });
});

describe("getMailboxes", () => {
  const all = [
    mailbox("all well", [2, 2, 1], [1, 1, 1]),
    mailbox("one direction failed", [2, 2, 2], [1, 2, 0]),
    mailbox("not tested yet", [2, 0, 1], [1, 0, 0]),
    mailbox("old failure of a direction that is off", [2, 0, 2], [1, 2, 2]),
    mailbox("nothing by server-side sync", [0, 0, 0], [2, 2, 2]),
  ];
  const names = async (work: Promise<{ name: string }[]>) => (await work).map(({ name }) => name);

  test("reads them as they are", async () => {
    answers({ "mailboxes?": { value: [all[0]] } });
    const [only] = await getMailboxes({ organization });
    expect(only).toEqual({
      id: first,
      name: "all well",
      emailAddress: "sales@contoso.com",
      state: "active",
      kind: "queue",
      regardingId: userId,
      profileId: first,
      incomingEmail: "server-side-sync",
      outgoingEmail: "server-side-sync",
      appointmentsContactsTasks: "server-side-sync",
      incomingEmailStatus: "Success",
      outgoingEmailStatus: "Success",
      appointmentsContactsTasksStatus: "Success",
      status: "Success",
      enabledForIncomingEmail: false,
      enabledForOutgoingEmail: false,
      enabledForAppointmentsContactsTasks: false,
      emailAddressApproved: true,
      testedOn: null,
    });
  });

  test("finds by status only what is tested", async () => {
    answers({ "mailboxes?": { value: all } });
    const well = ["all well", "old failure of a direction that is off"];
    expect(await names(getMailboxes({ organization, status: "Success" }))).toEqual(well);
    expect(await names(getMailboxes({ organization, status: "Failure" }))).toEqual(["one direction failed"]);
    expect(await names(getMailboxes({ organization, status: "Not Run" }))).toEqual([
      "not tested yet",
      "nothing by server-side sync",
    ]);
  });

  test("asks the server for profile and state", async () => {
    answers({ "emailserverprofiles?": { value: [profile(second)] }, "mailboxes?": { value: [] } });
    expect(await getMailboxes({ organization, profile: { name: "Mail" }, state: "inactive" })).toEqual([]);
    expect(server.requests.at(-1)?.path).toContain(
      `$filter=_emailserverprofile_value eq ${second} and statecode eq 1&$orderby=name`,
    );
  });

  test("takes a profile that is not known before the update", async () => {
    answers({ [`emailserverprofiles(${first})`]: profile(first), "mailboxes?": { value: all } });
    const output = getMailboxesOutput({ organization, profile: { id: pulumi.output(first) }, status: "Failure" });
    expect(await names(resolved(output))).toEqual(["one direction failed"]);
  });

  test("fails where the profile is not there, or a filter is none", async () => {
    answers({ "emailserverprofiles?": { value: [] } });
    expect(await failure(getMailboxes({ organization, profile: { name: "Mail" } }))).toMatchObject({
      code: "record-not-found",
    });
    expect(await failure(getMailboxes({ organization, status: "failed" as "Failure" }))).toMatchObject({
      code: "invalid-arguments",
    });
  });
});

test("a program ends as soon as its questions are answered", async () => {
  answers(organizationAnswers);
  const script = `const { getOrganization, Organization } = require("pulumi-server-side-sync");
    getOrganization({ organization: new Organization({ url: ${JSON.stringify(server.url)}, caCertificates: process.env.CA }) })
      .then(({ version }) => console.log(version, performance.now()), (error) => console.log(error.message));
    process.on("exit", () => console.log(performance.now()));`;
  const child = spawn(process.execPath, ["-e", script], {
    cwd: repositoryRoot,
    env: { ...process.env, CA: authority.certificate },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  child.stdout.on("data", (chunk) => (printed += String(chunk)));
  await once(child, "close");
  const [version, answered, ended] = printed.trim().split(/\s+/);
  expect(version).toBe("9.1.18.22");
  expect(Number(ended) - Number(answered)).toBeLessThan(3000);
});
