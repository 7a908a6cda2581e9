import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import {
  startDynamicsServer,
  type DynamicsServer,
  type DynamicsServerOptions,
} from "../../servers/dynamics/dynamicsServer";
import { createAuthority, type Authority } from "../../servers/pki";

const run = promisify(execFile);
const script = resolve(__dirname, "../../servers/dynamics/clients/dynamicsWebApi.js");
const token = "token-of-the-tests";
const profile = {
  name: "Exchange",
  servertype: 0,
  incomingserverlocation: "https://mail.contoso.com/EWS/Exchange.asmx",
  outgoingserverlocation: "https://mail.contoso.com/EWS/Exchange.asmx",
};

interface Outcome {
  result?: unknown;
  error?: { status?: number; code?: string; message?: string; name?: string };
}
let directory: string;
let authority: Authority;
const servers: DynamicsServer[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "dynamics-clients-"));
  authority = await createAuthority();
  writeFileSync(join(directory, "authority.pem"), authority.certificate);
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

async function start(options: Partial<DynamicsServerOptions> = {}): Promise<DynamicsServer> {
  const server = await startDynamicsServer({
    certificate: await authority.issue(),
    tokens: { [token]: "CONTOSO\\pipeline" },
    ...options,
  });
  servers.push(server);
  return server;
}

/** Runs `dynamics-web-api` 2.5.0. */
async function steps(server: DynamicsServer, ...given: readonly (readonly unknown[])[]): Promise<Outcome[]> {
  const version = server.apiUrl.includes("v9.2") ? "9.2" : "9.1";
  const argument = JSON.stringify({ serverUrl: server.organizationUrl, version, token, steps: given });
  const environment = { ...process.env, NODE_EXTRA_CA_CERTS: join(directory, "authority.pem") };
  const { stdout } = await run(process.execPath, [script, argument], { env: environment, timeout: 25_000 });
  return JSON.parse(stdout) as Outcome[];
}

describe.each(["on-premises", "online"] as const)("the simulator %s, by dynamics-web-api", (deployment) => {
  test("creates with an id of the client's, reads, updates, and deletes", async () => {
    const server = await start({ deployment });
    const id = randomUUID();
    const outcomes = await steps(
      server,
      ["create", { collection: "emailserverprofiles", data: { ...profile, emailserverprofileid: id } }],
      ["retrieve", { collection: "emailserverprofiles", key: id, select: ["name", "servertype"] }],
      [
        "update",
        {
          collection: "emailserverprofiles",
          key: id,
          data: { name: "Renamed" },
          returnRepresentation: true,
          select: ["name"],
        },
      ],
      ["deleteRecord", { collection: "emailserverprofiles", key: id }],
      ["retrieve", { collection: "emailserverprofiles", key: id, select: ["name"] }],
    );
    expect(outcomes[0]).toEqual({ result: id });
    expect(outcomes[1]?.result).toMatchObject({ name: "Exchange", servertype: 0, emailserverprofileid: id });
    expect(outcomes[2]?.result).toMatchObject({ name: "Renamed" });
    expect(outcomes[3]).not.toHaveProperty("error");
    expect(outcomes[4]?.error).toMatchObject({ status: 404, code: "0x80040217" });
    expect(server.requests.all.map(({ kind }) => kind)).toEqual(["write", "read", "write", "write", "read"]);
  });

  test("upserts, as If-Match and If-None-Match allow", async () => {
    const server = await start({ deployment });
    const [id, other] = [randomUUID(), randomUUID()];
    const outcomes = await steps(
      server,
      ["upsert", { collection: "emailserverprofiles", key: id, data: profile }],
      ["upsert", { collection: "emailserverprofiles", key: id, data: { name: "Second" }, ifnonematch: "*" }],
      ["upsert", { collection: "emailserverprofiles", key: other, data: profile, ifmatch: "*" }],
      ["upsert", { collection: "emailserverprofiles", key: id, data: { name: "Third" } }],
    );
    expect(outcomes[0]).not.toHaveProperty("error");
    expect(outcomes[1]?.error).toMatchObject({ status: 412, code: "0x80040237" });
    expect(outcomes[2]?.error).toMatchObject({ status: 404, code: "0x80040217" });
    expect(outcomes[3]).not.toHaveProperty("error");
    expect(server.record("emailserverprofiles", id).columns.name).toBe("Third");
  });

  test("binds lookups, expands them, clears them, and knows versions", async () => {
    const server = await start({ deployment });
    const profileId = server.seed.addProfile(profile);
    const { mailboxId, id: userId } = server.seed.addUser({ fullname: "Ann", internalemailaddress: "ann@contoso.com" });
    const collection = "mailboxes";
    const outcomes = await steps(
      server,
      ["retrieve", { collection, key: mailboxId, select: ["name"] }],
      [
        "update",
        {
          collection,
          key: mailboxId,
          data: { "emailserverprofile@odata.bind": `/emailserverprofiles(${profileId})` },
          ifmatch: "<result 0/@odata.etag>",
        },
      ],
      ["update", { collection, key: mailboxId, data: { username: "ann" }, ifmatch: "<result 0/@odata.etag>" }],
      [
        "retrieve",
        {
          collection,
          key: mailboxId,
          select: ["name", "_emailserverprofile_value", "_regardingobjectid_value"],
          expand: [{ property: "emailserverprofile", select: ["name"] }],
          includeAnnotations: "*",
        },
      ],
      ["disassociateSingleValued", { collection, primaryKey: mailboxId, navigationProperty: "emailserverprofile" }],
      [
        "associateSingleValued",
        {
          collection,
          primaryKey: mailboxId,
          navigationProperty: "emailserverprofile",
          relatedCollection: "emailserverprofiles",
          relatedKey: profileId,
        },
      ],
      ["update", { collection, key: mailboxId, data: { "emailserverprofile@odata.bind": null } }],
    );
    expect(outcomes[1]).not.toHaveProperty("error");
    expect(outcomes[2]?.error).toMatchObject({ status: 412, code: "0x80060882" });
    expect(outcomes[3]?.result).toMatchObject({
      _emailserverprofile_value: profileId,
      "_emailserverprofile_value@OData.Community.Display.V1.FormattedValue": "Exchange",
      "_emailserverprofile_value@Microsoft.Dynamics.CRM.lookuplogicalname": "emailserverprofile",
      _regardingobjectid_value: userId,
      "_regardingobjectid_value@Microsoft.Dynamics.CRM.lookuplogicalname": "systemuser",
      emailserverprofile: { name: "Exchange", emailserverprofileid: profileId },
    });
    expect(outcomes.slice(4).map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    expect(server.record(collection, mailboxId).columns._emailserverprofile_value).toBeNull();
  });

  test("pages, counts, filters and orders", async () => {
    const server = await start({ deployment });
    const names = Array.from({ length: 23 }, (_, index) => `user${String(index).padStart(2, "0")}`);
    const ids = names.map(
      (name) => server.seed.addUser({ fullname: name, internalemailaddress: `${name}@contoso.com` }).mailboxId,
    );
    const outcomes = await steps(
      server,
      [
        "retrieveMultiple",
        { collection: "mailboxes", select: ["name"], maxPageSize: 10, orderBy: ["name desc"], count: true },
      ],
      ["retrieveAll", { collection: "mailboxes", select: ["name"], maxPageSize: 10 }],
      [
        "retrieveMultiple",
        {
          collection: "mailboxes",
          select: ["name"],
          filter: "startswith(emailaddress, 'USER0') and not (name eq 'user03')",
        },
      ],
      [
        "retrieveMultiple",
        {
          collection: "mailboxes",
          select: ["name"],
          filter: `Microsoft.Dynamics.CRM.In(PropertyName='mailboxid',PropertyValues=['${ids[1] ?? ""}','${ids[4] ?? ""}'])`,
        },
      ],
      ["count", { collection: "mailboxes" }],
      ["retrieveMultiple", { collection: "mailboxes", select: ["name"], top: 2, orderBy: ["name"] }],
    );
    const namesOf = (index: number) =>
      (outcomes[index]?.result as { value: { name: string }[] }).value.map(({ name }) => name);
    expect(outcomes[0]?.result).toMatchObject({ "@odata.count": 23 });
    expect(namesOf(0)).toEqual([...names].reverse().slice(0, 10));
    expect(namesOf(1).sort()).toEqual(names);
    expect(namesOf(2).sort()).toEqual(names.slice(0, 10).filter((name) => name !== "user03"));
    expect(namesOf(3).sort()).toEqual([names[1], names[4]]);
    expect(outcomes[4]?.result).toBe(23);
    expect(namesOf(5)).toEqual(names.slice(0, 2));
  });

  test("does a batch, and takes a change set back as a whole", async () => {
    const server = await start({ deployment });
    const { mailboxId } = server.seed.addUser({ fullname: "Ann", internalemailaddress: "ann@contoso.com" });
    const [first, second] = [randomUUID(), randomUUID()];
    const create = (id: string, data: object) => [
      "create",
      { collection: "emailserverprofiles", data: { ...profile, emailserverprofileid: id, ...data }, inChangeSet: true },
    ];
    const good = await steps(
      server,
      ["startBatch"],
      ["retrieve", { collection: "mailboxes", key: mailboxId, select: ["name"], inChangeSet: false }],
      create(first, {}),
      ["update", { collection: "mailboxes", key: mailboxId, data: { username: "ann" }, inChangeSet: true }],
      ["executeBatch"],
    );
    expect(good.at(-1)?.result).toMatchObject([{ name: "Ann" }, first, true]);
    const bad = await steps(server, ["startBatch"], create(second, {}), create(first, {}), ["executeBatch"]);
    expect(bad.at(-1)?.error).toMatchObject({ status: 412, code: "0x80040237" });
    expect(() => server.record("emailserverprofiles", second)).toThrow("Does Not Exist");
    expect(server.record("mailboxes", mailboxId).columns.username).toBe("ann");
  });

  test("shows its metadata", async () => {
    const server = await start({ deployment });
    const expand = [{ property: "OptionSet" }, { property: "GlobalOptionSet" }];
    const outcomes = await steps(
      server,
      [
        "retrieveAttribute",
        {
          entityKey: "LogicalName='emailserverprofile'",
          attributeKey: "LogicalName='servertype'",
          castType: "Microsoft.Dynamics.CRM.PicklistAttributeMetadata",
          select: ["LogicalName"],
          expand,
        },
      ],
      ["retrieveAttributes", { entityKey: "LogicalName='mailbox'", select: ["LogicalName", "IsValidForUpdate"] }],
      ["callFunction", "WhoAmI"],
      ["callFunction", "RetrieveVersion"],
      ["retrieveCsdlMetadata"],
    );
    const options = (outcomes[0]?.result as { OptionSet: { Options: { Value: number }[] } }).OptionSet.Options;
    expect(options.map(({ Value }) => Value)).toEqual(deployment === "online" ? [0, 1, 2, 3, 4] : [0, 1, 2, 3]);
    const attributes = (outcomes[1]?.result as { value: object[] }).value;
    expect(attributes).toContainEqual(
      expect.objectContaining({ LogicalName: "regardingobjectid", IsValidForUpdate: false }),
    );
    expect(outcomes[2]?.result).toMatchObject({ OrganizationId: server.organizationId });
    expect(outcomes[3]?.result).toMatchObject({ Version: expect.stringMatching(/^9\./) as string });
    expect(outcomes[4]?.result).toContain('<EntitySet Name="mailboxes"');
  });

  test("lets a request be given up, and tells a token that it does not know", async () => {
    const server = await start({ deployment });
    server.faults.add({ at: 1, does: "stall-before" });
    const [given] = await steps(server, [
      "retrieveMultiple",
      { collection: "mailboxes", select: ["name"], abortAfterMs: 300 },
    ]);
    expect(given?.error?.name).toMatch(/Abort|Error/);
    expect(server.requests.all[0]?.status).toBeUndefined();
    const other = await start({ deployment, tokens: { another: "CONTOSO\\other" } });
    const [refused] = await steps(other, ["callFunction", "WhoAmI"]);
    expect(refused?.error?.status).toBe(401);
    expect(other.requests.all).toEqual([]);
  });
});
