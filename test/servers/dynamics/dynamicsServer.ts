import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { KeyPair } from "../pki";
import { answerBatch } from "./batch";
import type { Deployment, TableName } from "./columns";
import { noSuchResource, WebApiError } from "./errors";
import { failAfter, failBefore, Faults } from "./faults";
import { openOrganization, type OrganizationOptions } from "./openOrganization";
import type { Organization } from "./organization";
import { Requests, type Recorded } from "./requests";
import { Seed, snapshotOf, wholeSnapshot, type RecordSnapshot, type Snapshot } from "./seed";
import { ProtectedService, type ServiceProtection } from "./serviceProtection";
import { SignIn, type SignInOptions } from "./signIn";
import { TestAndEnable, type TestAndEnableOptions } from "./testAndEnable";
import { scriptedTester, type Tester, type TestScript } from "./tester";
import { answer, refusal, type ApiAnswer, type ApiRequest } from "./webApi";

export interface DynamicsServerOptions extends SignInOptions, OrganizationOptions, Partial<TestAndEnableOptions> {
  certificate: KeyPair;
  /** Default on-premises. */
  deployment?: Deployment;
  /** What tests of mailboxes find, by address; not with `tester`. Whoever is not in it passes. */
  script?: TestScript;
  tester?: Tester;
  /** Online only, as documented; default the documented limits. */
  serviceProtection?: ServiceProtection;
  /** What each request takes. */
  latencyMs?: number;
}
export interface DynamicsServer {
  port: number;
  /** `https://127.0.0.1:PORT/ORG/` on-premises, `https://127.0.0.1:PORT/` online. */
  organizationUrl: string;
  /** With the version, ending in a slash. */
  apiUrl: string;
  organizationId: string;
  requests: Requests;
  faults: Faults;
  seed: Seed;
  /** Test & Enable: `runs`, `synchronize(mailboxId)`. */
  tests: TestAndEnable;
  /** What a test may change while it runs: `approval`, `readOnlyColumns`, `settings`, ... */
  organization: Organization;
  /** Connections that are open now. */
  readonly connections: number;
  /** Why NTLM was refused last. */
  readonly ntlmRefusal: string;
  record(setOrTable: string, id: string): RecordSnapshot;
  snapshot(): Snapshot;
  /** As somebody does in the browser meanwhile: lookups by id. */
  editByHand(setOrTable: string, id: string, changes: Readonly<Record<string, unknown>>): void;
  /** Columns of the organization's record; lookups by id. */
  configure(changes: Readonly<Record<string, unknown>>): void;
  stop(): Promise<void>;
}

const largestRequest = 4 * 1024 * 1024;
/** [WA-COMPOSE] says how long a URL may be; longer ones go in a batch. */
const longestUrl = 32_768;
const versions = "v9\\.[0-2]";

/**
 * A Dynamics 365 organization as far as its Web API shows it, over TLS on the loopback.
 *
 * @example
 * const server = await startDynamicsServer({
 *   certificate: await authority.issue(),
 *   windowsUsers: { "CONTOSO\\crmadmin": "pass-word-1" },
 *   script: { "bob@contoso.com": { outgoing: { transient: 2 } } },
 * });
 * const { mailboxId } = server.seed.addUser({ fullname: "Bob", internalemailaddress: "bob@contoso.com" });
 * server.faults.add({ at: ({ method }) => method === "PATCH", does: "drop-after", times: 1 });
 * server.record("mailboxes", mailboxId).columns.incomingemailstatus;
 */
export async function startDynamicsServer(options: DynamicsServerOptions): Promise<DynamicsServer> {
  const { deployment = "on-premises", certificate, latencyMs = 0 } = options;
  const sockets = new Set<Socket>();
  const [requests, faults] = [new Requests(), new Faults()];
  const server = createServer(
    { cert: certificate.certificate, key: certificate.key, maxHeaderSize: 2 * longestUrl },
    (request, response) => {
      serve(request, response).catch((error: unknown) => {
        response.destroy(error instanceof Error ? error : undefined);
      });
    },
  );
  server.on("secureConnection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const name = options.organizationName ?? "Contoso";
  const prefix = deployment === "on-premises" ? `/${name}/` : "/";
  const organizationUrl = `https://127.0.0.1:${port}${prefix}`;
  const organization = openOrganization(deployment, organizationUrl, options);
  const tests = new TestAndEnable(organization, {
    ...testDefaults,
    tester: scriptedTester(options.script ?? {}),
    ...options,
  });
  const signIn = new SignIn(options, certificate.certificate, () => organizationUrl);
  const protection = deployment === "online" ? new ProtectedService(options.serviceProtection ?? {}) : undefined;
  const rootPattern = new RegExp(`^${prefix}api/data/${versions}/`, "i");
  const seed = new Seed(organization);
  return {
    port,
    organizationUrl,
    apiUrl: `${organizationUrl}api/data/${deployment === "online" ? "v9.2" : "v9.1"}/`,
    organizationId: organization.id,
    requests,
    faults,
    seed,
    tests,
    organization,
    get connections() {
      return sockets.size;
    },
    get ntlmRefusal() {
      return signIn.refusal;
    },
    record: (setOrTable, id) => snapshotOf(organization, tableNamed(organization, setOrTable), id),
    snapshot: () => wholeSnapshot(organization),
    editByHand: (setOrTable, id, changes) => {
      seed.edit(setOrTable, id, changes);
    },
    configure: (changes) => {
      seed.edit("organization", organization.id, changes);
    },
    stop: () =>
      new Promise((resolve) => {
        tests.stop();
        for (const socket of sockets) socket.destroy();
        server.close(() => {
          resolve();
        });
      }),
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on("error", () => response.destroy());
    const body = await bodyOf(request);
    if (body === undefined) return void request.destroy();
    // The clock of the organization is what its answers tell.
    response.setHeader("date", organization.store.now().toUTCString());
    const user = signIn.userOf(request);
    if (typeof user !== "string") {
      for (const header of user.headers) response.appendHeader("WWW-Authenticate", header);
      response.writeHead(401, { "content-length": "0" }).end();
      return;
    }
    organization.userIdOf(user);
    const read = readRequest(request, body, user);
    if (!("root" in read)) {
      send(response, read);
      return;
    }
    const recorded = requests.add(
      { method: read.method, path: read.search === "" ? read.path : `${read.path}?${read.search}`, body, user },
      read.headers["content-type"] ?? "",
    );
    const fault = faults.next(recorded);
    if (failBefore(fault, response)) return;
    const replied = await handled(read, recorded);
    if (failAfter(fault, response, replied.body)) return;
    send(response, replied);
  }

  async function handled(read: ApiRequest, recorded: Recorded): Promise<ApiAnswer> {
    let done: (() => void) | undefined;
    try {
      done = protection?.admit(read.user);
      if (latencyMs > 0) await delay(latencyMs);
      const replied = read.path === "$batch" ? answerBatch(organization, read) : answer(organization, read);
      tests.startScheduled();
      recorded.status = replied.status;
      return replied;
    } catch (error) {
      if (!(error instanceof WebApiError)) throw error;
      recorded.status = error.status;
      return refusal(error);
    } finally {
      done?.();
    }
  }

  function readRequest(request: IncomingMessage, body: string, user: string): ApiRequest | ApiAnswer {
    const url = request.url ?? "";
    if (url.length > longestUrl) return { status: 414, headers: {}, body: "" };
    const root = rootPattern.exec(url)?.[0];
    if (root === undefined) return refusal(noSuchResource(url.split("?")[0] ?? ""));
    const [path = "", search = ""] = url.slice(root.length).split(/\?(.*)/s);
    return {
      method: request.method ?? "",
      path: decodeURIComponent(path).replace(/\/+$/, ""),
      search,
      headers: headersOf(request),
      body,
      user,
      root: `https://127.0.0.1:${port}${root}`,
    };
  }
}

const testDefaults: Omit<TestAndEnableOptions, "tester"> = {
  secondsPerMinute: 0.05,
  waitMinutes: 0.5,
  runMinutes: 0.5,
  retryMinutes: 5,
  mostRetries: 10,
  completion: "at-once",
  alerts: true,
};

function tableNamed({ store }: Organization, setOrTable: string): TableName {
  const table = Object.values(store.tables).find(({ name, set }) => name === setOrTable || set === setOrTable);
  if (table === undefined) throw new Error(`no table ${setOrTable}`);
  return table.name;
}

function headersOf(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : (value ?? ""),
    ]),
  );
}

function send(response: ServerResponse, { status, headers, body }: ApiAnswer): void {
  const length = status === 204 || status === 304 ? {} : { "content-length": Buffer.byteLength(body) };
  response.writeHead(status, { ...headers, ...length }).end(body);
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > largestRequest) return undefined;
      chunks.push(chunk);
    }
  } catch {
    // The client went away.
    return undefined;
  }
  return Buffer.concat(chunks).toString("utf8");
}
