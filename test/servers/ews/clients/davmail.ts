import { execFile, spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Availability } from "../../availability";
import { endProcess, freePorts, isOpen, until } from "../../processes";

const binary = "/usr/bin/davmail";

export function davmailAvailability(): Availability {
  return existsSync(binary) ? { available: true } : { available: false, reason: "davmail is not installed" };
}

/** DavMail: IMAP and SMTP on one side, EWS with Basic on the other. */
export interface Davmail {
  /** Uses the mailbox by IMAP and SMTP, and says what it saw. */
  use(username: string, password: string): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

/** Starts DavMail before an EWS server, with its files below a directory. */
export async function startDavmail(directory: string, ewsUrl: string): Promise<Davmail> {
  const [imap = 0, smtp = 0] = await freePorts(2);
  const settings = {
    server: "true",
    mode: "EWS",
    url: ewsUrl,
    imapPort: String(imap),
    smtpPort: String(smtp),
    popPort: "",
    caldavPort: "",
    ldapPort: "",
    allowRemote: "false",
    disableUpdateCheck: "true",
    enableProxy: "false",
    logFilePath: join(directory, "davmail.log"),
    smtpSaveInSent: "false",
  };
  const file = join(directory, "davmail.properties");
  writeFileSync(
    file,
    Object.entries(settings)
      .map(([name, value]) => `davmail.${name}=${value}\n`)
      .join(""),
  );
  const child = spawn(binary, [file], { stdio: "ignore", cwd: directory });
  await until("DavMail listens", async () => (await Promise.all([imap, smtp].map(isOpen))).every(Boolean), 30_000);
  return {
    use: (username, password) => run(JSON.stringify({ imap, smtp, username, password })),
    stop: () => endProcess(child),
  };
}

function run(given: string): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const script = join(__dirname, "davmail_client.py");
    execFile("/usr/bin/python3", [script, given], { timeout: 60_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as Record<string, unknown>);
      else reject(new Error(`the client of DavMail ended badly: ${stderr.slice(-2000)}`, { cause: error }));
    });
  });
}
