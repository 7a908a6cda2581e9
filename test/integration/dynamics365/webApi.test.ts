import { WebApi, type ListQuery } from "../../../provider/src/backends/dynamics365/webApi/client";
import { isText, text } from "../../../provider/src/backends/dynamics365/webApi/literals";
import type { RequesterOptions } from "../../../provider/src/backends/dynamics365/webApi/requester";
import type { OrganizationCredentials } from "../../../provider/src/backends/dynamics365/webApi/types";
import { ServerSideSyncError } from "../../../provider/src/errors";
import { Budget } from "../../../provider/src/transport/budget";
import { isInDoubt } from "../../../provider/src/transport/inDoubt";
import { createAuthority, type Authority, type KeyPair } from "../../servers/pki";
import { until as eventually } from "../../servers/processes";
import { setEnvironment, withoutProxy } from "../../support/environment";
import { refusal, startScriptedWebApi, type Reply, type ScriptedWebApi } from "./scriptedWebApi";

const password = "pass-word-1";
const accessToken = "opaque-access-token-of-the-pipeline";
const windows: OrganizationCredentials = { auth: "windows", username: "CONTOSO\\svc-sync", password };
const token: OrganizationCredentials = { auth: "access-token", accessToken };
const id = "3f17e397-c012-53af-a427-65d8ec3c93b0";
const record = { "@odata.etag": 'W/"1"', mailboxid: id, name: "Sales", createdon: "2026-11-24T00:00:00Z" };
const call = (seconds = 10) => ({ budget: Budget.ofSeconds(seconds) });

let authority: Authority;
let certificate: KeyPair;
let restore: () => void;
let server: ScriptedWebApi;
const clients: WebApi[] = [];

beforeAll(async () => {
  restore = setEnvironment(withoutProxy);
  authority = await createAuthority();
  certificate = await authority.issue();
});
afterAll(() => {
  restore();
});
beforeEach(async () => {
  server = await startScriptedWebApi(certificate, {
    users: { "CONTOSO\\svc-sync": password },
    tokens: { [accessToken]: "pipeline" },
    schemes: ["Negotiate", "NTLM", "Bearer"],
    tokenChecking: "require",
  });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await server.stop();
});

function connect(options: Partial<RequesterOptions> = {}): WebApi {
  const client = new WebApi({
    organizationUrl: server.url,
    deployment: "on-premises",
    credentials: windows,
    caCertificates: authority.certificate,
    ...options,
  });
  clients.push(client);
  return client;
}

function replies(...list: Reply[]): void {
  server.reply = (_request, index) => list[Math.min(index, list.length - 1)] ?? { status: 204 };
}

/** What a call failed with. Nothing that proves anybody may stand in it. */
async function failure(work: Promise<unknown>): Promise<ServerSideSyncError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ServerSideSyncError)) throw new TypeError(`no error of ours: ${String(error)}`);
  expect(error.message).not.toMatch(/pass-word-1|opaque-access|mail-s3cret/);
  return error;
}

const retrieve = (client: WebApi, seconds?: number) =>
  client.retrieve("mailboxes", id, { select: ["name"] }, call(seconds));
const update = (client: WebApi, seconds?: number) => client.update("mailboxes", id, { name: "Other" }, call(seconds));
const create = (client: WebApi, seconds?: number) =>
  client.create("emailserverprofiles", id, "emailserverprofileid", { name: "Mail" }, call(seconds));
const list = (client: WebApi, query: ListQuery = {}, seconds?: number) =>
  client.list("mailboxes", query, call(seconds));

describe("sign-in", () => {
  test("by Windows happens once on a connection, bound to the server's certificate", async () => {
    replies({ body: record });
    const client = connect();
    expect(await retrieve(client)).toEqual(record);
    expect(await retrieve(client)).toEqual(record);
    expect(server.statuses).toEqual([401, 200, 200]);
    expect(server.connections).toBe(1);
    expect(server.requests[0]).toMatchObject({ user: "CONTOSO\\svc-sync", path: `mailboxes(${id})?$select=name` });
  });

  test("by an access token sends it with each request, and the organization's path is kept", async () => {
    replies({ body: record });
    const client = connect({ credentials: token, apiVersion: "v9.1" });
    await retrieve(client);
    expect(server.requests[0]).toMatchObject({ user: "pipeline", path: `mailboxes(${id})?$select=name` });
    expect(server.requests[0]?.headers).toMatchObject({
      accept: "application/json",
      "odata-version": "4.0",
      "odata-maxversion": "4.0",
    });
  });

  test("with a wrong password is tried once, however many ask", async () => {
    const client = connect({ credentials: { ...windows, password: "wrong-pass-word-1" } });
    const errors = await Promise.all(Array.from({ length: 30 }, () => failure(retrieve(client))));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["dynamics-authentication-failed"]));
    expect(errors[0]?.summary).toContain("user CONTOSO\\svc-sync (password)");
    expect(errors[0]?.transient).toBe(false);
    // A negotiation and its refusal.
    expect(server.statuses).toEqual([401, 401]);
  });

  test("is not proven by an answer that came before it", async () => {
    server.busy = 1;
    const client = connect({ credentials: { ...windows, password: "wrong-pass-word-1" } });
    await Promise.all(Array.from({ length: 30 }, () => failure(retrieve(client))));
    expect(server.statuses).toEqual([503, 401, 401]);
  });

  test("with a wrong token says so, and asks for a new one", async () => {
    const client = connect({ credentials: { auth: "access-token", accessToken: "opaque-access-but-wrong" } });
    expect(await failure(retrieve(client))).toMatchObject({ code: "dynamics-token-refused", transient: false });
  });

  test("by Windows is not possible where the organization takes tokens only", async () => {
    await server.stop();
    server = await startScriptedWebApi(certificate, { users: {}, tokens: {}, schemes: ["Bearer"] });
    const error = await failure(retrieve(connect()));
    expect(error).toMatchObject({ code: "dynamics-sign-in-not-offered" });
    expect(error.message).toMatch(/offered: Bearer.*"adfs"/);
  });

  test("never travels without TLS", () => {
    expect(() => connect({ organizationUrl: "http://crm.contoso.com/Contoso" })).toThrow(
      expect.objectContaining({ code: "organization-url-invalid" }) as Error,
    );
  });

  test("stops at a server whose authority is unknown", async () => {
    const error = await failure(retrieve(connect({ caCertificates: undefined })));
    expect(error.code).toBe("tls-untrusted-certificate");
    expect(error.remedy).toContain("caCertificates of the Organization");
    expect(server.statuses).toEqual([]);
  });
});

describe("reads", () => {
  test("a record that is not there is undefined, one that has no such column is an error", async () => {
    replies(refusal(404, "0x80040217", "Mailbox With Id = ... Does Not Exist"));
    expect(await retrieve(connect())).toBeUndefined();
    replies(refusal(400, "0x80060888", "Could not find a property named 'nam'"));
    expect(await failure(retrieve(connect()))).toMatchObject({ code: "dynamics-request-refused" });
  });

  test("follow the pages of a list, with filters as they were meant", async () => {
    const next = () => `https://127.0.0.1:${server.port}/Contoso/api/data/v9.0/mailboxes?$skiptoken=2`;
    server.reply = (_request, index) =>
      index === 0 ? { body: { value: [record], "@odata.nextLink": next() } } : { body: { value: [record, record] } };
    const filter = isText("emailaddress", "o'brien&co+1@contoso.com");
    const query = { select: ["name", "emailaddress"], filter, orderby: "createdon desc", top: 9 };
    expect(await list(connect(), { ...query, expand: { regardingobjectid_queue: ["name"] } })).toHaveLength(3);
    expect(server.requests.map(({ path }) => path)).toEqual([
      "mailboxes?$select=name,emailaddress&$expand=regardingobjectid_queue($select=name)&$filter=emailaddress eq 'o''brien&co+1@contoso.com'&$orderby=createdon desc&$top=9",
      "mailboxes?$skiptoken=2",
    ]);
    expect(server.requests.map(({ headers }) => headers.prefer)).toEqual(
      Array(2).fill(expect.stringMatching(/^odata.maxpagesize=500,.*lookuplogicalname/)),
    );
  });

  test.each([
    ["another host", "https://crm.fabrikam.com/Contoso/api/data/v9.0/mailboxes?$skiptoken=2"],
    ["another port", "https://127.0.0.1:1/Contoso/api/data/v9.0/mailboxes?$skiptoken=2"],
    ["no TLS", "http://127.0.0.1/Contoso/api/data/v9.0/mailboxes?$skiptoken=2"],
    ["another list", "systemusers?$skiptoken=2"],
  ])("do not follow a list to %s", async (_what, link) => {
    replies({ body: { value: [record], "@odata.nextLink": link } });
    const error = await failure(list(connect()));
    expect(error.code).toBe("dynamics-foreign-link");
    expect(error.message).not.toContain("skiptoken");
    expect(server.requests).toHaveLength(1);
  });

  test.each<[string, Reply]>([
    ["429 with Retry-After", refusal(429, "0x80072322", "Number of requests exceeded.", { "retry-after": "1" })],
    ["500", refusal(500, "0x80040216", "An unexpected error occurred.")],
    ["503", { status: 503, body: "<html>busy</html>" }],
    ["a dropped connection", "drop"],
    ["half an answer", "truncate"],
  ])("are repeated after %s", async (_what, first) => {
    replies(first, { body: record });
    const begin = performance.now();
    expect(await retrieve(connect())).toEqual(record);
    expect(server.requests).toHaveLength(2);
    expect(performance.now() - begin).toBeGreaterThan(typeof first === "object" && first.status === 429 ? 990 : 240);
  });

  test.each<[string, Reply, string, boolean]>([
    ["400", refusal(400, "0x80048d19", "Error identified in Payload"), "dynamics-request-refused", false],
    [
      "403 for want of a privilege",
      refusal(403, "0x80040220", "Principal user is missing prvReadMailbox"),
      "dynamics-privilege-missing",
      false,
    ],
    [
      "403 without a user",
      refusal(403, "0x80072560", "The user is not a member of the organization."),
      "dynamics-user-missing",
      false,
    ],
    ["403", { status: 403, body: "Forbidden" }, "dynamics-forbidden", false],
    ["404 of another server", { status: 404, body: "<html>Not Found</html>" }, "dynamics-not-found", false],
    [
      "302 to a sign-in page",
      { status: 302, headers: { location: "https://sts.contoso.com/adfs/ls/?wctx=opaque-access" } },
      "dynamics-redirected",
      false,
    ],
    ["malformed JSON", { body: '{"value":[{"name":' }, "dynamics-not-odata", false],
    ["a page of HTML", { body: "<html>Sign in</html>" }, "dynamics-not-odata", false],
    ["an object for a list", { body: { value: "none" } }, "dynamics-not-odata", false],
    ["a flood", "flood", "answer-too-large", false],
  ])("fail at %s", async (_what, reply, code, transient) => {
    replies(reply);
    const error = await failure(list(connect()));
    expect(error).toMatchObject({ code, transient });
    expect(error.summary).toContain(`127.0.0.1:${server.port} (TLS)`);
    expect(server.requests).toHaveLength(1);
  });

  test("end at once where the server asks for a wait that is longer than the time left", async () => {
    replies(refusal(429, "0x80072321", "Combined execution time exceeded.", { "retry-after": "90" }));
    const begin = performance.now();
    const error = await failure(retrieve(connect(), 5));
    expect(error).toMatchObject({ code: "dynamics-throttled", transient: true });
    expect(error.remedy).toContain("Try again in 90 s");
    expect(performance.now() - begin).toBeLessThan(2000);
  });

  test("wait together where the server asks one of them to wait", async () => {
    let until = Infinity;
    const tooEarly: number[] = [];
    server.reply = (_request, index) => {
      if (index === 0) return { body: record };
      const now = performance.now();
      if (index === 1) {
        until = now + 1000;
        return refusal(429, "0x80072322", "Number of requests exceeded.", { "retry-after": "1" });
      }
      // Its answer is on the way for a moment.
      if (now > until - 800 && now < until - 10) tooEarly.push(index);
      return { body: record };
    };
    const client = connect();
    await retrieve(client);
    // Its refusal is known to all who come after it.
    const first = retrieve(client);
    await eventually("the refusal", () => server.statuses.includes(429), 5000);
    await Promise.all([first, ...Array.from({ length: 30 }, () => retrieve(client))]);
    expect(tooEarly).toEqual([]);
    expect(server.statuses.filter((status) => status === 429)).toHaveLength(1);
  });

  test("end with their time where the server says nothing", async () => {
    replies("stall");
    const begin = performance.now();
    expect(await failure(retrieve(connect(), 1))).toMatchObject({ code: "dynamics-timeout", transient: true });
    expect(performance.now() - begin).toBeLessThan(2000);
  });

  test("are asked again where one answer takes too long and there is time", async () => {
    replies("stall", { body: record });
    expect(await retrieve(connect({ requestMs: 1500 }))).toEqual(record);
    expect(server.connections).toBe(2);
  });

  test("end when they are cancelled", async () => {
    replies("stall");
    const controller = new AbortController();
    const reading = failure(connect().retrieve("mailboxes", id, {}, { ...call(20), signal: controller.signal }));
    server.reply = () => {
      controller.abort();
      return "stall";
    };
    expect(await reading).toMatchObject({ code: "operation-aborted" });
  });

  test("are never more than twenty at once, and the rest waits its turn", async () => {
    let free: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (free = resolve));
    server.reply = async (_request, index) => {
      if (index === 20) free();
      if (index > 0) await gate;
      return { body: record };
    };
    const client = connect();
    const reads = Array.from({ length: 60 }, () => retrieve(client));
    await Promise.all(reads);
    expect(server.mostAtOnce).toBe(20);
    expect(server.connections).toBeLessThanOrEqual(20);
    expect(server.requests).toHaveLength(60);
  });

  test("go over a new connection where the server has closed the idle ones", async () => {
    replies({ body: record });
    const client = connect();
    await retrieve(client);
    server.dropIdle();
    expect(await retrieve(client)).toEqual(record);
    expect(server.connections).toBe(2);
  });
});

describe("changes", () => {
  test("of a record never create one, and go once", async () => {
    const client = connect();
    await client.update("mailboxes", id, { name: "Other", "emailserverprofile@odata.bind": null }, call());
    await client.update("mailboxes", id, { name: "Other" }, call(), { ifMatch: 'W/"1"' });
    expect(server.requests.map(({ method, headers, body }) => [method, headers["if-match"], body])).toEqual([
      ["PATCH", "*", '{"name":"Other","emailserverprofile@odata.bind":null}'],
      ["PATCH", 'W/"1"', '{"name":"Other"}'],
    ]);
    expect(server.statuses).toEqual([401, 204, 204]);
  });

  test.each<[string, Reply]>([
    ["the connection drops", "drop"],
    ["a gateway gives up", { status: 504, body: "gateway" }],
    ["the server breaks down", { status: 500, body: "<html>error</html>" }],
    ["no answer comes", "stall"],
  ])("are in doubt and not repeated where %s", async (_what, reply) => {
    replies(reply, { status: 204 });
    const error = await failure(update(connect({ requestMs: 2000 })));
    expect(isInDoubt(error)).toBe(true);
    expect(error.transient).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  test("are in doubt when they are cancelled under way", async () => {
    const controller = new AbortController();
    server.reply = () => {
      controller.abort();
      return "stall";
    };
    const error = await failure(
      connect().update("mailboxes", id, { name: "Other" }, { ...call(), signal: controller.signal }),
    );
    expect([error.code, isInDoubt(error)]).toEqual(["operation-aborted", true]);
  });

  test("do not go over a connection that has been idle, reads do", async () => {
    server.reply = ({ method }) => (method === "GET" ? { body: record } : { status: 204 });
    const client = connect();
    await retrieve(client);
    const now = performance.now.bind(performance);
    const clock = jest.spyOn(performance, "now").mockImplementation(() => now() + 6000);
    try {
      await retrieve(client);
      expect(server.connections).toBe(1);
      clock.mockImplementation(() => now() + 12_000);
      await update(client);
      expect(server.connections).toBe(2);
      await update(client);
      expect(server.connections).toBe(2);
    } finally {
      clock.mockRestore();
    }
  });

  test("that never left are repeated", async () => {
    server.refuse = 1;
    await update(connect());
    expect(server.requests).toHaveLength(1);
    expect(server.connections).toBe(2);
  });

  test("that the server put off are repeated when it says so", async () => {
    replies(refusal(429, "0x80072326", "Number of concurrent requests exceeded.", { "retry-after": "1" }), {
      status: 204,
    });
    await update(connect());
    expect(server.requests).toHaveLength(2);
  });

  test.each<[string, Reply, string]>([
    ["404", refusal(404, "0x80040217", "Does Not Exist"), "dynamics-record-not-found"],
    [
      "412",
      refusal(412, "0x80060882", "The version of the existing record doesn't match."),
      "dynamics-changed-meanwhile",
    ],
    ["412 without a code", refusal(412, "", "Precondition failed."), "dynamics-precondition-failed"],
    ["a running test", refusal(400, "0x8005E248", "A test is in progress."), "test-already-running"],
    ["a rule of the server", refusal(400, "0x8005e201", "SSL is required."), "ssl-required"],
    ["a number for a code", refusal(400, "-2147220953", "It is associated."), "dynamics-still-in-use"],
  ])("fail at %s without another attempt", async (_what, reply, code) => {
    replies(reply);
    const error = await failure(update(connect()));
    expect([error.code, isInDoubt(error)]).toEqual([code, false]);
    expect(error.summary).toContain(`PATCH mailboxes(${id})`);
    expect(server.requests).toHaveLength(1);
  });

  test("name no password that the server quotes", async () => {
    const columns = { name: "Mail", incomingpassword: 'mail-s3cret"1' };
    server.reply = ({ body }) => refusal(400, "0x80048d19", `Error identified in Payload: ${body}`);
    const error = await failure(connect().update("emailserverprofiles", id, columns, call()));
    expect(error.message).toContain("[secret]");
  });

  test("delete what is there, and find what is gone deleted", async () => {
    replies({ status: 204 }, "drop", refusal(404, "0x80040217", "Does Not Exist"));
    const client = connect();
    await client.remove("emailserverprofiles", id, call());
    await client.remove("emailserverprofiles", id, call());
    expect(server.requests.map(({ method }) => method)).toEqual(["DELETE", "DELETE", "DELETE"]);
  });

  test("leave a deletion in doubt that nobody answers", async () => {
    replies("drop");
    const error = await failure(connect().remove("emailserverprofiles", id, call(2)));
    expect([error.code, isInDoubt(error)]).toEqual(["connection-reset", true]);
  });
});

describe("a create", () => {
  const duplicate = refusal(412, "0x80040237", "A record with matching key values already exists.");

  test("sends the id that the caller made", async () => {
    expect(await create(connect())).toBe(true);
    expect(JSON.parse(server.requests[0]?.body ?? "")).toEqual({ name: "Mail", emailserverprofileid: id });
  });

  test("whose answer is lost is asked again, and knows its own record", async () => {
    replies("drop", duplicate, { body: { emailserverprofileid: id } });
    expect(await create(connect())).toBe(true);
    expect(server.requests.map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
  });

  test("whose request is lost is made by the next", async () => {
    replies("drop", { status: 204 });
    expect(await create(connect())).toBe(true);
    expect(server.requests.map(({ method }) => method)).toEqual(["POST", "POST"]);
  });

  test("finds a record with its id that was there before", async () => {
    replies(duplicate, { body: { emailserverprofileid: id } });
    expect(await create(connect())).toBe(false);
  });

  test("fails where another record has its keys", async () => {
    replies(duplicate, refusal(404, "0x80040217", "Does Not Exist"));
    expect(await failure(create(connect()))).toMatchObject({ code: "dynamics-duplicate-record" });
  });

  test("that is lost twice is in doubt", async () => {
    replies("drop");
    expect(isInDoubt(await failure(create(connect())))).toBe(true);
    expect(server.requests).toHaveLength(2);
  });
});

describe("questions about the organization", () => {
  test("who am I, and which version", async () => {
    server.reply = ({ path }) => ({
      body: path === "WhoAmI()" ? { UserId: "u", BusinessUnitId: "b", OrganizationId: "o" } : { Version: "9.1.18.22" },
    });
    const client = connect();
    expect(await client.whoAmI(call())).toEqual({ userId: "u", businessUnitId: "b", organizationId: "o" });
    expect(await client.version(call())).toBe("9.1.18.22");
  });

  test("the options of a column are asked once", async () => {
    const label = { UserLocalizedLabel: { Label: "Exchange Server" } };
    replies({
      body: { LogicalName: "servertype", OptionSet: { Options: [{ Value: 0, Label: label }, { Value: 1 }] } },
    });
    const client = connect();
    const ask = () => client.optionSet("emailserverprofile", "servertype", call());
    expect(await Promise.all([ask(), ask()])).toEqual(
      Array(2).fill([
        { value: 0, label: "Exchange Server" },
        { value: 1, label: undefined },
      ]),
    );
    expect(server.requests).toHaveLength(1);
    expect(server.requests[0]?.path).toContain(`EntityDefinitions(LogicalName=${text("emailserverprofile")})`);
  });

  test("the columns of a table, and what may be done with them", async () => {
    const may = { IsValidForCreate: true, IsValidForRead: false, IsValidForUpdate: true };
    replies({ body: { value: [{ LogicalName: "password", AttributeType: "String", ...may }] } });
    const attributes = await connect().attributes("mailbox", call());
    expect(Object.fromEntries(attributes ?? [])).toEqual({
      password: { type: "String", isValidForCreate: true, isValidForRead: false, isValidForUpdate: true },
    });
    expect(server.requests[0]?.path).toMatch(/^EntityDefinitions\(LogicalName='mailbox'\)\/Attributes\?/);
  });

  test("a column that it does not have has no options", async () => {
    replies(refusal(404, "0x80041103", "Could not find an attribute."));
    expect(await connect().optionSet("emailserverprofile", "serverauthority", call())).toBeUndefined();
  });

  test("several reads go in one request, each with its own answer", async () => {
    const part = (status: number, body: object) =>
      `--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 ${status} X\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(body)}\r\n`;
    const missing = { error: { code: "0x80040217", message: "Does Not Exist" } };
    replies({
      body: `${part(200, record)}${part(404, missing)}--b--\r\n`,
      headers: { "content-type": "multipart/mixed; boundary=b" },
    });
    const [first, second] = await connect().batch([`mailboxes(${id})`, "queues(0)"], call());
    expect(first).toEqual(record);
    expect(second).toMatchObject({ code: "dynamics-record-not-found" });
    expect(server.requests[0]?.body).toContain(`GET ${server.url}/api/data/v9.0/mailboxes(${id}) HTTP/1.1\r\n`);
  });
});
