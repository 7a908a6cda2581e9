import { createHash } from "node:crypto";
import type { DynamicsServer } from "../../servers/dynamics/dynamicsServer";
import type { FaultKind } from "../../servers/dynamics/faults";
import { until } from "../../servers/processes";
import { exchangeProfile, token, callersOfTests } from "./caller";

const callers = callersOfTests();

const rename = (server: DynamicsServer, id: string, name: string) =>
  callers.ask(server, "PATCH", `emailserverprofiles(${id})`, { name }, { prefer: "return=representation" });

describe("faults", () => {
  test.each<{ does: FaultKind; done: boolean; fails: RegExp }>([
    { does: "drop-before", done: false, fails: /hang up|ECONNRESET/ },
    { does: "drop-after", done: true, fails: /hang up|ECONNRESET/ },
    { does: "malformed", done: true, fails: /JSON/ },
    { does: "truncated", done: true, fails: /aborted|ECONNRESET/ },
  ])("$does", async ({ does, done, fails }) => {
    const server = await callers.start();
    const id = server.seed.addProfile(exchangeProfile);
    server.faults.add({ at: 2, does });
    await rename(server, id, "first");
    await expect(rename(server, id, "second")).rejects.toThrow(fails);
    expect(server.record("emailserverprofiles", id).columns.name).toBe(done ? "second" : "first");
    expect((await rename(server, id, "third")).json.name).toBe("third");
    expect(server.faults.happened).toBe(1);
  });

  test.each(["stall-before", "stall-after"] as const)("%s answers nothing", async (does) => {
    const server = await callers.start();
    const id = server.seed.addProfile(exchangeProfile);
    server.faults.add({ at: ({ method }) => method === "PATCH", does, times: 1 });
    const given = rename(server, id, "second").then(
      () => "answered",
      () => "given up",
    );
    await until("the request", () => server.requests.writes.length === 1 && server.faults.happened === 1, 5_000);
    const answered = await callers.ask(server, "GET", `emailserverprofiles(${id})?$select=name`);
    expect(answered.json.name).toBe(does === "stall-after" ? "second" : "Exchange");
    await server.stop();
    expect(await given).toBe("given up");
  });

  test("a status of one's own, as often as asked", async () => {
    const server = await callers.start();
    server.faults.add({
      at: () => true,
      does: { status: 503, body: "<html>Unavailable</html>", headers: { "retry-after": "1" } },
      times: 2,
    });
    const statuses = [];
    for (let index = 0; index < 3; index += 1) statuses.push((await callers.ask(server, "GET", "WhoAmI()")).status);
    expect(statuses).toEqual([503, 503, 200]);
    expect(server.requests.all.map(({ number, kind }) => [number, kind])).toEqual([
      [1, "read"],
      [2, "read"],
      [3, "read"],
    ]);
  });

  test("a write that nobody hears of has begun its test", async () => {
    const server = await callers.start({ secondsPerMinute: 0.005 });
    const profile = server.seed.addProfile({ ...exchangeProfile, incomingcredentialretrieval: 3 });
    const { mailboxId } = server.seed.addUser({
      fullname: "Ann",
      internalemailaddress: "ann@contoso.com",
      mailbox: { emailserverprofile: { table: "emailserverprofile", id: profile }, incomingemaildeliverymethod: 2 },
    });
    server.faults.add({ at: 1, does: "drop-after" });
    await expect(
      callers.ask(server, "PATCH", `mailboxes(${mailboxId})`, { testemailconfigurationscheduled: true }),
    ).rejects.toThrow();
    await until(
      "the test to end",
      () => server.record("mailboxes", mailboxId).columns.incomingemailstatus === 1,
      5_000,
    );
  });
});

describe("a batch by hand", () => {
  const part = (method: string, path: string, body?: object) =>
    `--b\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n${method} ${path} HTTP/1.1\r\n${body === undefined ? "" : "Content-Type: application/json\r\n"}\r\n${body === undefined ? "" : JSON.stringify(body)}\r\n`;
  const batch = (server: DynamicsServer, parts: string, headers: Record<string, string> = {}) =>
    callers.ask(server, "POST", "$batch", `${parts}--b--\r\n`, {
      "content-type": 'multipart/mixed; boundary="b"',
      ...headers,
    });

  test("ends at its first failure, and goes on only if asked", async () => {
    const server = await callers.start();
    const parts =
      part("GET", "WhoAmI()") +
      part("GET", "nonsense") +
      part("POST", "/Contoso/api/data/v9.1/queues", { name: "Sales" });
    const first = await batch(server, parts);
    expect([first.status, Object.keys(server.snapshot().queue)]).toEqual([404, []]);
    const second = await batch(server, parts, { prefer: "odata.continue-on-error" });
    expect(second.status).toBe(200);
    expect(String(second.json.text).match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200", "HTTP/1.1 404", "HTTP/1.1 204"]);
    expect(Object.keys(server.snapshot().queue)).toHaveLength(1);
    expect(server.requests.all.map(({ kind, operations }) => [kind, operations.length])).toEqual([
      ["write", 3],
      ["write", 3],
    ]);
  });

  test("only with reads counts as a read", async () => {
    const server = await callers.start();
    await batch(server, part("GET", "WhoAmI()") + part("GET", "mailboxes?$top=1"));
    expect([server.requests.reads.length, server.requests.writes.length]).toEqual([1, 0]);
  });

  test("lets a change set use what it made, and no GET in it", async () => {
    const server = await callers.start();
    const { mailboxId } = server.seed.addUser({ fullname: "Ann", internalemailaddress: "ann@contoso.com" });
    const inner = (id: number, method: string, path: string, body: object) =>
      `--c\r\nContent-Type: application/http\r\nContent-ID: ${id}\r\n\r\n${method} ${path} HTTP/1.1\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(body)}\r\n`;
    const changeSet = (...parts: string[]) =>
      `--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n${parts.join("")}--c--\r\n`;
    const create = inner(1, "POST", "emailserverprofiles", exchangeProfile);
    const bind = inner(2, "PATCH", `mailboxes(${mailboxId})`, { "emailserverprofile@odata.bind": "$1" });
    expect((await batch(server, changeSet(create, bind))).status).toBe(200);
    const [profile] = Object.keys(server.snapshot().emailserverprofile);
    expect(server.record("mailboxes", mailboxId).columns._emailserverprofile_value).toBe(profile);
    const early = await batch(server, changeSet(bind, create));
    expect([early.status, Object.keys(server.snapshot().emailserverprofile)]).toEqual([400, [profile]]);
    expect((await batch(server, changeSet(inner(1, "GET", "WhoAmI()", {})))).status).toBe(400);
  });
});

describe("service protection", () => {
  test.each([
    ["requests", { requests: 3 }, "0x80072322"],
    ["time", { executionMs: 0.000001 }, "0x80072321"],
  ] as const)("by %s", async (_name, serviceProtection, code) => {
    const server = await callers.start({
      deployment: "online",
      serviceProtection: { ...serviceProtection, windowMs: 1_000 },
    });
    let last = await callers.ask(server, "GET", "WhoAmI()");
    for (let index = 0; index < 4 && last.status === 200; index += 1)
      last = await callers.ask(server, "GET", "WhoAmI()");
    expect([last.status, last.json.error?.code]).toEqual([429, code]);
    expect(last.headers["retry-after"]).toMatch(/^[12]$/);
    await until("the window to pass", async () => (await callers.ask(server, "GET", "WhoAmI()")).status === 200, 5_000);
  });

  test("by requests at once", async () => {
    const server = await callers.start({ deployment: "online", serviceProtection: { concurrent: 2 }, latencyMs: 300 });
    const asked = [1, 2, 3].map(() => callers.ask(server, "GET", "WhoAmI()"));
    const answers = await Promise.all(asked);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 429]);
    expect(answers.find(({ status }) => status === 429)?.json.error?.code).toBe("0x80072326");
  });

  test("is not there on-premises", async () => {
    const server = await callers.start({ serviceProtection: { requests: 1 } });
    const statuses = [];
    for (let index = 0; index < 3; index += 1) statuses.push((await callers.ask(server, "GET", "WhoAmI()")).status);
    expect(statuses).toEqual([200, 200, 200]);
  });
});

test("a token that a token server made is known by what it was made for", async () => {
  const made = new Map<string, string>();
  const server = await callers.start({
    deployment: "online",
    tokens: {},
    userOfToken: (given) => made.get(createHash("sha256").update(given).digest("hex")),
  });
  const refused = await callers.ask(server, "GET", "WhoAmI()");
  expect(refused.status).toBe(401);
  expect(refused.headers["www-authenticate"]).toContain(`resource_id="${server.organizationUrl}"`);
  made.set(createHash("sha256").update(token).digest("hex"), "application");
  expect((await callers.ask(server, "GET", "WhoAmI()")).status).toBe(200);
});
