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
});
