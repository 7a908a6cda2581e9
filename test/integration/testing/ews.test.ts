import { runMailboxTest } from "../../../provider/src/testing/mailboxTest";
import type { SignIn, TestResult } from "../../../provider/src/testing/types";
import type { Interference } from "../../servers/ews/ewsServer";
import {
  account,
  address,
  everything,
  ExchangeLab,
  password,
  secret,
  service,
  token,
} from "../../servers/ews/exchangeLab";
import { envelope, failure, fault, response } from "../../servers/ews/soap";
import { ExchangeStore } from "../../servers/ews/store";

/** An answer of EWS with these messages. */
const soapResponse = (operation: string, messages: readonly string[]) => envelope(response(operation, messages));
const statuses = (results: readonly TestResult[]) => results.map(({ test, status }) => `${test} ${status}`);
const allSuccess = [
  "incomingEmail Success",
  "outgoingEmail Success",
  "appointmentsContactsTasks Success",
  "roundTrip Success",
];
const named = (results: readonly TestResult[], name: TestResult["test"]) => {
  const found = results.find(({ test }) => test === name);
  if (found === undefined) throw new Error(`no result of ${name}`);
  return found;
};
const operations = (requests: readonly string[]) =>
  requests.filter((request) => request !== "POST").map((request) => request.replace("POST ", ""));

describe("Test & Enable over EWS", () => {
  let lab: ExchangeLab;
  beforeAll(async () => {
    lab = await ExchangeLab.create();
  });
  afterEach(async () => {
    await lab.stop();
  });

  const signIns: [string, SignIn, "auto" | "ntlm" | "basic", number][] = [
    ["NTLM with channel binding, as auto picks it", password, "auto", 1],
    ["NTLM", password, "ntlm", 1],
    ["Basic", password, "basic", 0],
    ["an access token", token, "auto", 0],
  ];
  test.each(signIns)(
    "opens, searches, sends, receives and removes over one connection with %s",
    async (_name, signIn, method, extraRequests) => {
      const server = await lab.start({ schemes: ["Negotiate", "NTLM", "Basic", "Bearer"] });
      const results = await runMailboxTest(everything(lab.side(server, signIn, { method })));
      expect(statuses(results)).toEqual(allSuccess);
      expect(named(results, "incomingEmail").serverVersion).toBe("Exchange Server 2016 (15.1.2507.6)");
      expect(server.connections).toBe(1);
      // Requests without an operation are those of the sign-in.
      expect(server.requests.filter((request) => request === "POST")).toHaveLength(extraRequests);
      const [first, second, ...others] = operations(server.requests);
      expect([first, second].sort()).toEqual(["CreateItem", "FindItem"]);
      expect(others).toEqual(["GetFolder", "GetFolder", "GetFolder", "FindItem", "DeleteItem"]);
      expect(server.store.mailbox(address)?.items).toEqual([]);
    },
  );

  test("auto falls back to Basic where nothing stronger is offered, and asks no more for it", async () => {
    const server = await lab.start({ schemes: ["Basic"] });
    expect(statuses(await runMailboxTest(everything(lab.side(server))))).toEqual(allSuccess);
    expect(server.connections).toBe(1);
  });

  test("auto never shows a password without TLS, and a token neither", async () => {
    const server = await lab.start({ certificate: undefined, schemes: ["Basic", "Bearer"] });
    for (const [signIn, code] of [
      [password, "ews-basic-without-tls"],
      [token, "token-without-tls"],
    ] as const) {
      const side = lab.side(server, signIn);
      const results = await runMailboxTest(everything({ ...side, endpoint: { ...side.endpoint, security: "none" } }));
      expect(named(results, "incomingEmail")).toMatchObject({ status: "Failure", code, transient: false });
    }
    expect(server.authorizations.filter((header) => !header.startsWith("NTLM"))).toEqual([]);
  });

  test("with writeAccess creates and deletes an item in each folder and keeps no copy in Sent Items", async () => {
    const server = await lab.start();
    const before = server.store.mailbox(address);
    if (before === undefined) throw new Error("no mailbox");
    // Items of users stay, whatever they are called.
    for (const folder of ["inbox", "sentitems", "calendar", "contacts", "tasks"] as const)
      server.store.put(before, { folder, element: "Message", itemClass: "IPM.Note", subject: "Quarterly", mime: "" });
    const results = await runMailboxTest(everything(lab.side(server), { writeAccess: true }));
    expect(statuses(results)).toEqual(allSuccess);
    expect(operations(server.requests).filter((name) => name === "CreateItem")).toHaveLength(4);
    expect(server.store.mailbox(address)?.items.map(({ subject }) => subject)).toEqual(Array(5).fill("Quarterly"));
    expect(server.connections).toBe(1);
  });

  test("removes what an interrupted test left in any folder", async () => {
    const stopFrom = (operation: string, occurrence: number): Interference => {
      let seen = 0;
      return (request, _response, socket) => {
        if (request.operation !== operation || ++seen < occurrence) return false;
        socket.destroy();
        return true;
      };
    };
    const store = new ExchangeStore();
    store.add(address);
    const broken = await lab.start({ store, script: stopFrom("DeleteItem", 2) });
    const first = await runMailboxTest(everything(lab.side(broken), { writeAccess: true, timeoutSeconds: 5 }));
    expect(statuses(first)).not.toEqual(allSuccess);
    const left = store.mailbox(address)?.items.length ?? 0;
    expect(left).toBeGreaterThan(0);
    const whole = await lab.start({ store });
    expect(statuses(await runMailboxTest(everything(lab.side(whole), { writeAccess: true })))).toEqual(allSuccess);
    expect(store.mailbox(address)?.items).toEqual([]);
  });

  describe("mailboxes that are not the account's own", () => {
    const shared = "r&d.o'brien@contoso.com";
    const own = "crm@contoso.com";
    const prepare = (delegates: string[]) => {
      const store = new ExchangeStore();
      store.add(shared, delegates);
      // A delegate has a mailbox of its own: without one, Exchange does not let it send.
      store.add(own);
      return { store, addresses: { "CONTOSO\\crm": own } };
    };

    test("are opened by impersonation, anchored, and with every character of their address", async () => {
      const server = await lab.start({ ...prepare([]), impersonators: ["CONTOSO\\crm"] });
      const side = lab.side(server, service, { impersonate: true });
      const results = await runMailboxTest(everything(side, { emailAddress: shared, writeAccess: true }));
      expect(statuses(results)).toEqual(allSuccess);
      expect(new Set(server.anchors)).toEqual(new Set([shared]));
      expect(server.store.mailbox(shared)?.items).toEqual([]);
    });

    test("are opened as a delegate", async () => {
      const server = await lab.start(prepare([own]));
      const results = await runMailboxTest(everything(lab.side(server, service), { emailAddress: shared }));
      expect(statuses(results)).toEqual(allSuccess);
    });

    test.each([
      [true, "ews-impersonation-denied", "ErrorImpersonateUserDenied"],
      [false, "ews-access-denied", "ErrorAccessDenied"],
    ])("say what right is missing (impersonation %s)", async (impersonate, code, words) => {
      const server = await lab.start(prepare([]));
      const results = await runMailboxTest(
        everything(lab.side(server, service, { impersonate }), { emailAddress: shared }),
      );
      const incoming = named(results, "incomingEmail");
      expect(incoming).toMatchObject({ status: "Failure", code, transient: false });
      expect(incoming.message).toContain(words);
      expect(incoming.message).toContain(`user CONTOSO\\crm (password), mailbox ${shared}`);
    });
  });

  test("asks Exchange 2010 in its own version, and steps down once where a later one is refused", async () => {
    const server = await lab.start({ version: "2010-sp3" });
    const askedFor = () =>
      server.exchanged.splice(0).map(({ request }) => /RequestServerVersion Version="(\w+)"/.exec(request)?.[1]);
    const declared = await runMailboxTest(everything(lab.side(server, password, { version: "Exchange2010_SP2" })));
    expect(statuses(declared)).toEqual(allSuccess);
    expect(named(declared, "incomingEmail").serverVersion).toBe("Exchange Server 2010 (14.3.513.0)");
    expect(new Set(askedFor())).toEqual(new Set(["Exchange2010_SP2"]));

    expect(statuses(await runMailboxTest(everything(lab.side(server))))).toEqual(allSuccess);
    expect(askedFor().filter((version) => version !== "Exchange2010_SP2")).toEqual(["Exchange2013_SP1"]);

    const neither = await lab.start({
      script: (_request, answer) => {
        answer.writeHead(500, { "content-type": "text/xml" }).end(fault("ErrorInvalidServerVersion", "Never."));
        return true;
      },
    });
    const results = await runMailboxTest(everything(lab.side(neither)));
    expect(named(results, "incomingEmail").code).toBe("ews-version-not-supported");
  });

  test("asks a server that refuses the sign-in once, not once for each direction", async () => {
    const server = await lab.start();
    const wrong: SignIn = { type: "password", username: account, password: "wr0ng" };
    const results = await runMailboxTest(everything(lab.side(server, wrong)));
    expect(results.map(({ code }) => code)).toEqual([
      "ews-authentication-failed",
      "ews-authentication-failed",
      "ews-authentication-failed",
      undefined,
    ]);
    // Type 1, and Type 3 once.
    expect(server.requests).toHaveLength(2);
    expect(named(results, "incomingEmail").remedy).toContain("Extended Protection");
  });

  test("waits as long as a throttling server asks, where the budget allows", async () => {
    let busy = 1;
    const interfere: Interference = ({ operation }, answer) => {
      if (operation !== "FindItem" || busy-- <= 0) return false;
      const wait = { name: "BackOffMilliseconds", text: "700" };
      answer.writeHead(500, { "content-type": "text/xml" }).end(fault("ErrorServerBusy", "Too busy.", wait));
      return true;
    };
    const server = await lab.start({ script: interfere });
    const results = await runMailboxTest(everything(lab.side(server)));
    expect(statuses(results)).toEqual(allSuccess);
    expect(named(results, "incomingEmail").milliseconds).toBeGreaterThanOrEqual(700);
  });

  test.each([
    [
      "BackOffMilliseconds",
      500,
      { "content-type": "text/xml" },
      fault("ErrorServerBusy", "", { name: "BackOffMilliseconds", text: "297749" }),
    ],
    ["Retry-After of 503", 503, { "retry-after": "298" }, ""],
    ["Retry-After of 429", 429, { "retry-after": "298" }, ""],
  ])("ends at once where %s is longer than what is left, and names the wait", async (_name, status, headers, body) => {
    const server = await lab.start({
      script: (_request, answer) => {
        answer.writeHead(status, headers).end(body);
        return true;
      },
    });
    const start = performance.now();
    const results = await runMailboxTest(everything(lab.side(server)));
    expect(performance.now() - start).toBeLessThan(3000);
    const incoming = named(results, "incomingEmail");
    expect(incoming).toMatchObject({ status: "Failure", transient: true });
    expect(incoming.remedy).toContain("Try again in 298 s");
  });

  test("never sends a message again that may have been sent", async () => {
    let creates = 0;
    const server = await lab.start({
      script: ({ operation }, _answer, socket) => {
        if (operation !== "CreateItem") return false;
        creates += 1;
        socket.destroy();
        return true;
      },
    });
    const results = await runMailboxTest(everything(lab.side(server)));
    expect(named(results, "outgoingEmail")).toMatchObject({
      status: "Failure",
      code: "connection-reset",
      transient: true,
    });
    expect(creates).toBe(1);
  });

  test("tries again where the server says that nothing was sent", async () => {
    let creates = 0;
    const server = await lab.start({
      script: ({ operation }, answer) => {
        if (operation !== "CreateItem" || ++creates > 1) return false;
        const body = soapResponse("CreateItem", [
          failure("CreateItem", "ErrorMailboxStoreUnavailable", "Der Postfachspeicher ist nicht da.", "<m:Items/>"),
        ]);
        answer.writeHead(200, { "content-type": "text/xml" }).end(body);
        return true;
      },
    });
    expect(statuses(await runMailboxTest(everything(lab.side(server))))).toEqual(allSuccess);
    expect(creates).toBe(2);
  });

  test("names itself to the server, and prints nothing", async () => {
    const written: string[] = [];
    const spies = (["stdout", "stderr"] as const).map((stream) =>
      jest.spyOn(process[stream], "write").mockImplementation((text) => {
        written.push(String(text));
        return true;
      }),
    );
    const agents = new Set<string | undefined>();
    try {
      const server = await lab.start({
        script: (_request, answer) => {
          agents.add(answer.req.headers["user-agent"]);
          return false;
        },
      });
      await runMailboxTest(everything(lab.side(server), { writeAccess: true }));
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    expect([...agents]).toEqual(["pulumi-server-side-sync"]);
    expect(written).toEqual([]);
  });

  test("for a queue checks access and sends nothing", async () => {
    const server = await lab.start();
    const results = await runMailboxTest(
      everything(lab.side(server), { roundTrip: false, accessCheckOnly: true, appointmentsContactsTasks: undefined }),
    );
    expect(statuses(results)).toEqual(["incomingEmail Success", "outgoingEmail Success", "roundTrip Not Run"]);
    expect(operations(server.requests)).not.toContain("CreateItem");
  });

  test("says in its log what was exchanged, and never the password, its proof or a token", async () => {
    const written: string[] = [];
    const spy = jest.spyOn(process.stderr, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    const before = process.env.SERVER_SIDE_SYNC_LOG;
    process.env.SERVER_SIDE_SYNC_LOG = "trace";
    try {
      const server = await lab.start({ schemes: ["NTLM", "Basic", "Bearer"] });
      await runMailboxTest(everything(lab.side(server)));
      await runMailboxTest(everything(lab.side(server, password, { method: "basic" })));
      await runMailboxTest(everything(lab.side(server, token)));
    } finally {
      spy.mockRestore();
      process.env.SERVER_SIDE_SYNC_LOG = before;
      if (before === undefined) delete process.env.SERVER_SIDE_SYNC_LOG;
    }
    const log = written.join("");
    expect(log).toContain("GetFolder");
    for (const hidden of [secret, Buffer.from(`${account}:${secret}`).toString("base64"), "TlRMTVNTUAAD"])
      expect(log).not.toContain(hidden);
    if (token.type === "access-token") expect(log).not.toContain(token.accessToken);
  });
});
