import { spawn } from "node:child_process";
import { openSync, closeSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SandboxAccess, SandboxMailboxes } from "../../test/servers/sandbox/sandbox";
import { repositoryRoot } from "../repository";

/** Everything of a run lies here, and goes with it. */
export const workFolder = join(repositoryRoot, ".work/start");
export const stateFolder = join(workFolder, "state");
export const caFile = join(workFolder, "ca.pem");
const lifeline = join(workFolder, "sandbox");
const startMs = 15_000;
const lookMs = 20;

/** The mailboxes of the quickstart, by the protocol with which they are read. */
export const mailboxes = {
  imap: ["sales@contoso.example", "support@contoso.example", "info@contoso.example"],
  pop3: ["archive@contoso.example"],
  exchange: ["ceo@contoso.example"],
};

/** Starts the sandbox; it lives until {@link stopSandbox}, also when this process ends earlier. */
export async function startSandboxProcess(): Promise<SandboxAccess> {
  await mkdir(stateFolder, { recursive: true });
  await writeFile(lifeline, "The sandbox of npm start ends when this file is removed.\n");
  const answers = join(workFolder, "sandbox.log");
  const output = openSync(answers, "w");
  const script = join(repositoryRoot, "build/test/servers/sandbox/main.js");
  const { imap, pop3, exchange } = mailboxes;
  const served: SandboxMailboxes = { internet: [...imap, ...pop3], exchange };
  const child = spawn(process.execPath, [script, lifeline, JSON.stringify(served)], {
    stdio: ["ignore", output, output],
    detached: true,
  });
  closeSync(output);
  child.unref();
  const deadline = Date.now() + startMs;
  for (;;) {
    const text = readFileSync(answers, "utf8");
    if (text.includes("\n") && text.startsWith("{")) {
      const access = JSON.parse(text) as SandboxAccess;
      await writeFile(caFile, access.caCertificate);
      return access;
    }
    if (child.exitCode !== null || Date.now() > deadline)
      throw new Error(`sandbox-not-started: The mail servers of the sandbox did not start: ${text.trim()}`);
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

export async function stopSandbox(): Promise<void> {
  await rm(workFolder, { recursive: true, force: true });
}
