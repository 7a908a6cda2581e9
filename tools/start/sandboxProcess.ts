import { spawn } from "node:child_process";
import { openSync, closeSync, existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxAccess, SandboxOptions } from "../../test/servers/sandbox/sandbox";
import { repositoryRoot } from "../repository";
import type { Backend } from "./arguments";

/** Everything of a run lies here, and goes with it. */
export const workFolder = join(repositoryRoot, ".work/start");
export const stateFolder = join(workFolder, "state");
export const caFile = join(workFolder, "ca.pem");
/** For play: how to sign in to the organization, as a shell reads it. */
export const environmentFile = join(workFolder, "organization.env");
/** What the organization held before the stack. */
export const foundFile = join(workFolder, "found.json");
const lifeline = join(workFolder, "sandbox");
const answers = join(workFolder, "sandbox.log");
const startMs = 15_000;
const lookMs = 20;
/** For the owner alone: there are passwords in it. */
export const ownersMode = 0o600;

/** The mailboxes of the quickstart, by the protocol with which they are read. */
export interface Mailboxes {
  imap: readonly string[];
  pop3: readonly string[];
  exchange: readonly string[];
}
const mailboxes: Mailboxes = {
  imap: ["sales@contoso.example", "support@contoso.example", "info@contoso.example"],
  pop3: ["archive@contoso.example"],
  exchange: ["ceo@contoso.example"],
};

/** An on-premises organization knows no IMAP, so there all of the internet's mailboxes are read over POP3. */
export function mailboxesOn(backend: Backend): Mailboxes {
  const { imap, pop3, exchange } = mailboxes;
  return backend === "direct" ? mailboxes : { imap: [], pop3: [...imap, ...pop3], exchange };
}

/** Starts the sandbox; it lives until {@link stopSandbox}, also when this process ends earlier. */
export async function startSandboxProcess(backend: Backend): Promise<SandboxAccess> {
  await mkdir(stateFolder, { recursive: true });
  await writeFile(lifeline, "The sandbox of npm start ends when this file is removed.\n");
  const output = openSync(answers, "w", ownersMode);
  const script = join(repositoryRoot, "build/test/servers/sandbox/main.js");
  const { imap, pop3, exchange } = mailboxes;
  const options: SandboxOptions = {
    internet: [...imap, ...pop3],
    exchange,
    organization: backend === "dynamics365",
  };
  const child = spawn(process.execPath, [script, lifeline, JSON.stringify(options)], {
    stdio: ["ignore", output, output],
    detached: true,
  });
  closeSync(output);
  child.unref();
  const deadline = Date.now() + startMs;
  for (;;) {
    const access = runningSandbox();
    if (access !== undefined) {
      await writeFile(caFile, access.caCertificate);
      return access;
    }
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`sandbox-not-started: The servers of the sandbox did not start: ${answered().trim()}`);
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

/** How to reach the sandbox that this or an earlier run has started; its process may have ended since. */
export function runningSandbox(): SandboxAccess | undefined {
  const [line = "", ...rest] = answered().split("\n");
  return rest.length > 0 && line.startsWith("{") ? (JSON.parse(line) as SandboxAccess) : undefined;
}

function answered(): string {
  return existsSync(answers) ? readFileSync(answers, "utf8") : "";
}

export async function stopSandbox(): Promise<void> {
  await rm(workFolder, { recursive: true, force: true });
}
