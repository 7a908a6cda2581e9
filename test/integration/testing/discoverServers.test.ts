import type { BoundMailbox } from "../../../provider/src/backends/backend";
import { testMailbox } from "../../../provider/src/backends/direct/directBackend";
import { reachServers } from "../../../provider/src/backends/direct/reachServers";
import { normalizeBinding, bindingSchema } from "../../../provider/src/model/binding";
import { factsOf } from "../../../provider/src/model/facts";
import { normalizeProfile } from "../../../provider/src/model/normalizeProfile";
import { profileSchema, type CheckedProfile } from "../../../provider/src/model/profile";
import {
  errorElement,
  json,
  jsonPath,
  poxPath,
  settings,
  signedIn,
  startAutodiscoverServer,
  text,
  type Answer,
  type Answers,
  type AutodiscoverServer,
} from "../../servers/ews/autodiscoverServer";
import { startEwsServer, type EwsServer } from "../../servers/ews/ewsServer";
import { ExchangeStore } from "../../servers/ews/store";
import { createAuthority, type Authority, type KeyPair } from "../../servers/pki";

const address = "sales@contoso.com";
const word = "s3cret-Of-Discovery";
const origin = "https://autodiscover.contoso.com";
const resolve = (secret: unknown) => (typeof secret === "string" ? secret : "");

describe("a profile with autodiscover", () => {
  let authority: Authority;
  let certificate: KeyPair;
  let exchange: EwsServer;
  let server: AutodiscoverServer | undefined;
  beforeAll(async () => {
    authority = await createAuthority();
    certificate = await authority.issue({ hosts: ["autodiscover.contoso.com", "127.0.0.1"] });
    const store = new ExchangeStore();
    store.add(address);
    const users = { [address]: word };
    exchange = await startEwsServer({ store, certificate, users, tokenChecking: "require" });
  });
  afterEach(() => server?.stop());
  afterAll(() => exchange.stop());

  function profile(credentials: unknown): CheckedProfile {
    return normalizeProfile(
      profileSchema.parse({
        emailSystem: "exchange-server-2019",
        autodiscover: true,
        incoming: { credentials },
        caCertificates: authority.certificate,
      }),
    );
  }
  function binding(credentials: unknown = { type: "password", password: word }): BoundMailbox {
    const declared = bindingSchema.parse({
      emailAddress: address,
      appointmentsContactsTasks: "server-side-sync",
      credentials,
      test: { timeoutSeconds: 20 },
    });
    const facts = factsOf(profile({ source: "user-or-queue" }));
    return { ...normalizeBinding(declared, "direct"), profile: facts, profileCredentials: null };
  }
  async function publish(answers: Answers) {
    server = await startAutodiscoverServer({ origins: { [origin]: answers }, certificate });
    const none = () => Promise.reject(Object.assign(new Error("no record"), { code: "ENOTFOUND" }));
    return { route: server.route, resolveSrv: none };
  }

  test("tests every direction of a binding on the server that was found with one search", async () => {
    const network = await publish({ [jsonPath(address)]: json({ Protocol: "EWS", Url: exchange.url }) });
    const { outputs, failures } = await testMailbox(binding(), resolve, network);
    expect(failures).toEqual([]);
    expect(outputs).toMatchObject({
      incomingEmailStatus: "Success",
      outgoingEmailStatus: "Success",
      appointmentsContactsTasksStatus: "Success",
      discoveredServerLocation: exchange.url,
    });
    expect(server?.requests).toHaveLength(1);
    expect(server?.requests[0]?.headers.authorization).toBeUndefined();
    expect(JSON.stringify(outputs)).not.toContain(word);
  });

  test("fails every direction with the one reason, and tests nothing", async () => {
    const user = { user: address, password: word };
    const unknown = signedIn(user, ["NTLM"], certificate, errorElement(500, "The email address can't be found."));
    const network = await publish({ [poxPath]: unknown });
    const before = exchange.requests.length;
    const { outputs, failures } = await testMailbox(binding(), resolve, network);
    expect(failures).toHaveLength(3);
    for (const line of failures) expect(line).toMatch(/^autodiscover-address-unknown: .*error 500: The email address/);
    expect(outputs).toMatchObject({ incomingEmailStatus: "Failure", discoveredServerLocation: null });
    expect(outputs.results).toContainEqual({ test: "roundTrip", status: "Not Run" });
    expect(exchange.requests).toHaveLength(before);
    expect(JSON.stringify([outputs, failures])).not.toContain(word);
  });

  test("tries again what failed for a passing reason", async () => {
    let count = 0;
    const recovers: Answer = (request, response, socket) => {
      count += 1;
      const answer = count === 1 ? text("", 503) : json({ Protocol: "EWS", Url: exchange.url });
      answer(request, response, socket);
    };
    const network = await publish({ [jsonPath(address)]: recovers });
    const { outputs } = await testMailbox(binding(), resolve, network);
    expect(outputs).toMatchObject({ incomingEmailStatus: "Success", discoveredServerLocation: exchange.url });
    expect(count).toBe(2);
  });

  test("reaches the server that its own account's address leads to", async () => {
    const network = await publish({
      [poxPath]: signedIn({ user: address, password: word }, ["NTLM"], certificate, settings({ EXPR: exchange.url })),
    });
    const own = profile({ source: "email-server-profile", username: address, password: word });
    expect(await reachServers(own, resolve, network)).toEqual({
      connectionResults: [
        { test: "incoming", status: "Success" },
        { test: "outgoing", status: "Success" },
      ],
      discoveredServerLocation: exchange.url,
    });
    // Both directions ask once: without credentials by JSON and by XML, then the two steps of NTLM.
    expect(server?.requests.map(({ line }) => line.slice(0, 4).trim())).toEqual(["GET", "POST", "POST", "POST"]);
  });

  test("says so where its own account leads nowhere", async () => {
    const network = await publish({});
    const own = profile({ source: "email-server-profile", username: address, password: word });
    const { connectionResults, discoveredServerLocation } = await reachServers(own, resolve, network);
    expect(discoveredServerLocation).toBeNull();
    expect(connectionResults.map(({ status, code }) => `${String(status)} ${String(code)}`)).toEqual([
      "Failure autodiscover-failed",
      "Failure autodiscover-failed",
    ]);
  });

  test.each([
    ["each mailbox signs in", { source: "user-or-queue" }],
    ["the account is no address", { source: "email-server-profile", username: "CONTOSO\\sync", password: word }],
  ])("leaves the search to the bindings where %s", async (_where, credentials) => {
    const network = await publish({});
    const { connectionResults, discoveredServerLocation } = await reachServers(profile(credentials), resolve, network);
    const result = { status: "Not Run", code: "autodiscover-needs-address" };
    expect(connectionResults).toEqual([expect.objectContaining(result), expect.objectContaining(result)]);
    expect(discoveredServerLocation).toBeNull();
    expect(server?.requests).toEqual([]);
  });
});
