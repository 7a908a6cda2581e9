import { openImapInbox } from "../../../provider/src/testing/imapInbox";
import { buildTestMessage, testHeader, testSubject, tokenPrefix } from "../../../provider/src/testing/message";
import { Budget } from "../../../provider/src/transport/budget";
import { imapScript, type Script } from "../../servers/faultServer";
import { faultLab, password, user } from "../../support/faultLab";

const { token } = buildTestMessage(user, new Date());
const leftOver = buildTestMessage(user, new Date()).token;
/** By UID. Every search finds them all, as a server does that searches generously. */
const heads = [
  `Subject: ${testSubject(token)}\r\n${testHeader}: ${token}\r\n`,
  `Subject: RE: ${testSubject(token)}\r\n`,
  `Subject: ${testSubject(token)}\r\n`,
  `Subject: RE: ${testSubject(leftOver)}\r\n`,
  `Subject: ${testSubject(leftOver)}\r\n${testHeader}: ${leftOver}\r\n`,
  `Subject: ${testSubject(leftOver)}: who sent this?\r\n`,
  `Subject: ${testSubject(`${tokenPrefix(user)}who-sent-this`)}\r\n`,
];

const withMessages: Script = (line, peer) => {
  const [, uids] = /UID FETCH (\S+)/.exec(line) ?? [];
  if (line.includes(" SEARCH ")) peer.send(`* SEARCH ${heads.map((_, index) => index + 1).join(" ")}`);
  if (uids !== undefined)
    for (const [index, head] of heads.entries())
      peer.send(`* ${index + 1} FETCH (UID ${index + 1} BODY[HEADER.FIELDS (SUBJECT)] {${head.length}}`, `${head})`);
  script(line, peer);
};
const script = imapScript();

describe("what is in an inbox", () => {
  const lab = faultLab();

  test("only the test message itself is found, not what quotes it", async () => {
    const endpoint = { ...(await lab.started("tls", withMessages)), protocol: "imap" } as const;
    const signIn = { type: "password", username: user, password } as const;
    const inbox = await openImapInbox(endpoint, signIn, Budget.ofSeconds(5), new Date());
    expect(await inbox.findMessage(token)).toEqual(["1", "3"]);
    expect(await inbox.findLeftOvers(tokenPrefix(user), token)).toEqual(["5"]);
    await inbox.close();
  });

  /** What the server is asked for when one message is removed, where these others are marked as deleted. */
  async function removal(capabilities: string, marked: readonly number[]) {
    const asked: string[] = [];
    const plain = imapScript(undefined, capabilities);
    const listening: Script = (line, peer) => {
      const command = line.replace(/^\S+ /, "");
      if (/^(UID )?(STORE|EXPUNGE|SEARCH)/.test(command)) asked.push(command);
      if (command.includes("SEARCH")) peer.send(`* SEARCH ${marked.join(" ")}`.trim());
      else plain(line, peer);
      if (command.includes("SEARCH")) peer.send(`${line.split(" ")[0] ?? ""} OK done`);
    };
    const endpoint = { ...(await lab.started("tls", listening)), protocol: "imap" } as const;
    const signIn = { type: "password", username: user, password } as const;
    const inbox = await openImapInbox(endpoint, signIn, Budget.ofSeconds(5), new Date());
    const confirmed = await inbox.remove(["7"]);
    await inbox.close();
    return { asked, confirmed };
  }
  const mark = "UID STORE 7 +FLAGS (\\Deleted)";
  const search = "UID SEARCH DELETED";

  test.each([
    ["a server that expunges single messages", "IMAP4rev1 UIDPLUS", [3], [mark, "UID EXPUNGE 7"]],
    ["nothing else that is marked", "IMAP4rev1", [], [search, mark, "EXPUNGE"]],
    ["ours marked already", "IMAP4rev1", [7], [search, mark, "EXPUNGE"]],
    ["others marked, too", "IMAP4rev1", [3, 7], [search, mark]],
  ])("nothing is expunged that others marked as deleted: %s", async (_what, capabilities, marked, commands) => {
    expect(await removal(capabilities, marked)).toEqual({ asked: commands, confirmed: false });
  });

  test.each([
    ["of it", 2, true],
    ["of another", 1, false],
    ["nothing", undefined, false],
  ])("a message is gone when the server says so: it says so %s", async (_what, number, gone) => {
    const head = `Subject: ${testSubject(token)}\r\n${testHeader}: ${token}\r\n`;
    const plain = imapScript(undefined, "IMAP4rev1 UIDPLUS");
    const announcing: Script = (line, peer) => {
      if (line.includes(" SELECT ")) peer.send("* 2 EXISTS");
      if (line.includes(" SEARCH ")) peer.send("* SEARCH 7");
      if (line.includes(" FETCH "))
        peer.send(`* 2 FETCH (UID 7 BODY[HEADER.FIELDS (SUBJECT)] {${head.length}}`, `${head})`);
      if (line.includes(" EXPUNGE ") && number !== undefined) peer.send(`* ${number} EXPUNGE`);
      if (line.includes(" SELECT ")) peer.send(`${line.split(" ")[0] ?? ""} OK done`);
      else plain(line, peer);
    };
    const endpoint = { ...(await lab.started("tls", announcing)), protocol: "imap" } as const;
    const signIn = { type: "password", username: user, password } as const;
    const inbox = await openImapInbox(endpoint, signIn, Budget.ofSeconds(5), new Date());
    expect(await inbox.remove(await inbox.findMessage(token))).toBe(gone);
    await inbox.close();
  });
});
