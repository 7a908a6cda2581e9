import { buildTestMessage, testHeader, testSubject, tokenPrefix } from "../../../provider/src/testing/message";
import { openPop3Inbox } from "../../../provider/src/testing/pop3Inbox";
import { Budget } from "../../../provider/src/transport/budget";
import { pop3Capabilities, pop3Script, type Peer, type Script, type Twist } from "../../servers/faultServer";
import { faultLab, password, user } from "../../support/faultLab";

const { token } = buildTestMessage(user, new Date());
const marked = `Subject: ${testSubject(token)}\r\n${testHeader}: ${token}`;
const without = (...names: string[]) => pop3Capabilities.filter((name) => !names.includes(name));
const refuse: Twist["does"] = (peer) => {
  peer.send("-ERR unknown command");
};
/** The server as it is, except for these answers to lines of the client. */
const answering =
  (script: Script, answers: (line: string) => string[] | undefined): Script =>
  (line, peer) => {
    const answer = answers(line);
    if (answer === undefined) script(line, peer);
    else peer.send(...answer);
  };

describe("what is in a maildrop", () => {
  const lab = faultLab();

  const opened = (script: Script) =>
    lab.started("tls", script).then((endpoint) => {
      return openPop3Inbox(endpoint, { type: "password", username: user, password }, Budget.ofSeconds(5), true);
    });

  test("only the test message itself is found, not what quotes it", async () => {
    const other = token.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
    const heads = [
      marked,
      `Subject: RE: ${testSubject(token)}\r\nIn-Reply-To: <${token}@contoso.com>`,
      `Subject: ${testSubject(token)}`,
      `Subject: Server-side synchronization test\r\n ${token}`,
      `Subject: ${testSubject(token)}\r\nContent-Type: multipart/report; report-type=delivery-status`,
      `Subject: ${testSubject(other)}`,
      `Subject: about ${testSubject(other)}`,
      `Subject: ${testSubject(other)}: who sent this?`,
    ];
    const inbox = await opened(pop3Script(undefined, pop3Capabilities, heads));
    expect(await inbox.findMessage(token)).toEqual(["id-1", "id-3", "id-4"]);
    expect(await inbox.findReports()).toEqual(["id-5"]);
    expect(await inbox.findLeftOvers(tokenPrefix(user), token)).toEqual(["id-6"]);
    await inbox.close();
  });

  test.each([
    ["says so", pop3Script({ at: "UIDL", does: refuse }, without("UIDL"), ["Subject: one", marked])],
    [
      "does not know CAPA",
      answering(pop3Script({ at: "UIDL", does: refuse }, [], ["Subject: one", marked]), (line) =>
        line === "CAPA" ? ["-ERR unknown command"] : undefined,
      ),
    ],
  ])("a server without UIDL that %s serves by numbers, within one session", async (_, script) => {
    const inbox = await opened(script);
    const found = await inbox.findMessage(token);
    expect(found).toHaveLength(1);
    await inbox.remove(found);
    expect(lab.server().received.match(/DELE.*/g)).toEqual(["DELE 2"]);
    // Those of the last session mean nothing in this one.
    await inbox.remove(found);
    expect(lab.server().received.match(/DELE.*/g)).toEqual(["DELE 2"]);
    await inbox.close();
  });

  test.each(["UIDL", "TOP"])("without a round trip a server without %s is enough", async (missing) => {
    const script = pop3Script({ at: missing, does: refuse }, without(missing), ["Subject: one"]);
    expect(await lab.tried("pop3", "tls", script, { roundTrip: false })).toMatchObject({ status: "Success" });
    expect(lab.server().received).toContain("STAT\r\nLIST 1\r\nQUIT\r\n");
  });

  test("with a round trip a server without TOP is named as such", async () => {
    const script = pop3Script({ at: "TOP", does: refuse }, without("TOP"), ["Subject: one"]);
    const result = await lab.tried("pop3", "tls", script);
    expect(result).toMatchObject({ status: "Failure", code: "pop3-top-not-offered", transient: false });
  });

  test("a message that vanishes is passed over", async () => {
    const gone = answering(pop3Script(undefined, pop3Capabilities, ["Subject: one", marked]), (line) =>
      line === "TOP 1 0" ? ["-ERR no such message"] : undefined,
    );
    const inbox = await opened(gone);
    expect(await inbox.findMessage(token)).toEqual(["id-2"]);
    await inbox.close();
  });

  test("of 60,000 messages only the newest are asked for", async () => {
    const count = 60_000;
    const script = answering(pop3Script(undefined, [...pop3Capabilities, "PIPELINING"]), (line) => {
      if (line === "STAT") return [`+OK ${count} 1`];
      const [, number] = /^UIDL (\d+)$/.exec(line) ?? [];
      return number === undefined ? undefined : [`+OK ${number} ${"u".repeat(64)}${number}`];
    });
    expect(await lab.tried("pop3", "tls", script)).toMatchObject({ status: "Success" });
    const asked = lab.server().received.match(/(UIDL|TOP).*/g) ?? [];
    expect(asked).toHaveLength(80);
    expect(asked).toContain(`UIDL ${count}`);
    expect(asked).not.toContain("UIDL");
  });

  test("a QUIT that does not delete is named as such, and the connection is closed", async () => {
    const peers = new Set<Peer>();
    const does: Twist["does"] = (peer) => {
      peers.add(peer);
      peer.send("-ERR some deleted messages not removed");
    };
    const inbox = await opened(pop3Script({ at: "QUIT", does }, pop3Capabilities, [marked]));
    const failure = inbox.remove(await inbox.findMessage(token));
    await expect(failure).rejects.toMatchObject({ code: "message-not-removed", transient: false });
    await expect(failure).rejects.toThrow("some deleted messages not removed");
    const deadline = performance.now() + 1000;
    const open = () => [...peers].filter((peer) => !peer.closed());
    while (open().length > 0 && performance.now() < deadline) await new Promise(setImmediate);
    expect(peers.size).toBe(1);
    expect(open()).toEqual([]);
  });
});
