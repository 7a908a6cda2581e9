import { buildTestMessage } from "../../provider/src/testing/message";
import { withLines, withUpgradedLines, type Lines } from "./lines";

export interface Account {
  address: string;
  password: string;
  /** PEM of the authority of the servers. */
  ca: string;
}

/** Sign in, open the inbox, search, sign out: each command when the one before is answered. */
export async function inboxFloor(account: Account, port: number): Promise<void> {
  await withLines({ port, ca: account.ca }, async (lines) => {
    const command = await openInbox(lines, account);
    await command("UID SEARCH ALL");
    await command("LOGOUT");
  });
}

/** Sign in and submit a message, with what the server lets follow unasked in one packet. */
export async function submissionFloor(account: Account, port: number, security: "tls" | "starttls"): Promise<void> {
  const server = { port, ca: account.ca };
  const submitAll = async (lines: Lines) => {
    if (security === "tls") await reply(lines, 220);
    await submit(lines, account);
  };
  if (security === "tls") await withLines(server, submitAll);
  else await withUpgradedLines(server, askForTls, submitAll);
}

/** Both side by side; then look for the message, delete it, and sign out. */
export async function roundTripFloor(account: Account, imap: number, smtp: number): Promise<void> {
  await withLines({ port: imap, ca: account.ca }, async (lines) => {
    const [command] = await Promise.all([openInbox(lines, account), submissionFloor(account, smtp, "starttls")]);
    await command("NOOP");
    const found =
      /^\* SEARCH(.*)/m
        .exec(await command("UID SEARCH ALL"))?.[1]
        ?.trim()
        .split(" ") ?? [];
    if (found.join("") === "") throw new Error("the message did not arrive");
    await command(`UID STORE ${found.join(",")} +FLAGS.SILENT (\\Deleted)`);
    await command(`UID EXPUNGE ${found.join(",")}`);
    await command("LOGOUT");
  });
}

type Command = (text: string) => Promise<string>;

async function openInbox(lines: Lines, { address, password }: Account): Promise<Command> {
  let number = 0;
  const command: Command = async (text) => {
    const tag = `a${number++}`;
    lines.write(`${tag} ${text}`);
    const answer: string[] = [];
    do answer.push(await lines.line());
    while (answer.at(-1)?.startsWith(`${tag} `) !== true);
    if (answer.at(-1)?.startsWith(`${tag} OK`) !== true) throw new Error(answer.join(" "));
    return answer.join("\n");
  };
  await lines.line();
  await command(`LOGIN "${address}" "${password}"`);
  await command("SELECT INBOX");
  return command;
}

async function askForTls(lines: Lines): Promise<void> {
  await reply(lines, 220);
  lines.write("EHLO bench");
  await reply(lines, 250);
  lines.write("STARTTLS");
  await reply(lines, 220);
}

async function submit(lines: Lines, { address, password }: Account): Promise<void> {
  lines.write("EHLO bench");
  await reply(lines, 250);
  lines.write(`AUTH PLAIN ${Buffer.from(`\0${address}\0${password}`).toString("base64")}`);
  await reply(lines, 235);
  lines.write(`MAIL FROM:<${address}>`, `RCPT TO:<${address}>`, "DATA");
  for (const code of [250, 250, 354]) await reply(lines, code);
  lines.write(buildTestMessage(address, new Date()).raw, ".");
  await reply(lines, 250);
  lines.write("QUIT");
}

async function reply(lines: Lines, code: number): Promise<void> {
  for (;;) {
    const line = await lines.line();
    if (!line.startsWith(String(code))) throw new Error(line);
    if (line[3] !== "-") return;
  }
}
