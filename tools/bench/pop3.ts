import { mkdtempSync, chmodSync, existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runMailboxTest } from "../../provider/src/testing/mailboxTest";
import { dovecotInstalled, startDovecot } from "../../test/servers/dovecot";
import { createAuthority, type Authority } from "../../test/servers/pki";
import { MailStore } from "../../test/servers/sandbox/mailStore";
import { capabilities, startPop3Server } from "../../test/servers/sandbox/pop3Server";
import { withLines } from "./lines";
import { allSucceeded } from "./outcome";
import { roundTripsOf } from "./roundTrips";
import type { Row } from "./table";

const address = "archive@contoso.com";
const password = "Pa55-word-of-the-bench";
const users = { [address]: password };

/** Incoming tests over POP3 of an empty maildrop, against the plain commands sent one after the other. */
export async function pop3Rows(): Promise<Row[]> {
  const authority = await createAuthority();
  const sequential = capabilities.filter((name) => name !== "PIPELINING");
  const passwordOnly = sequential.filter((name) => !name.startsWith("SASL"));
  return [
    await sandboxRow(authority, "POP3 test, no pipelining", sequential, 1.1),
    await sandboxRow(authority, "POP3 test, no pipelining, no SASL", passwordOnly, 1.1),
    await sandboxRow(authority, "POP3 test, pipelining", capabilities, 1),
    ...(await dovecotRows(authority)),
  ];
}

async function sandboxRow(authority: Authority, what: string, offered: readonly string[], bound: number): Promise<Row> {
  const server = await startPop3Server(await authority.issue(), users, new MailStore([address]), offered);
  try {
    return await row(authority, what, server.port, bound);
  } finally {
    await server.close();
  }
}

async function dovecotRows(authority: Authority): Promise<Row[]> {
  if (!dovecotInstalled() || !existsSync("/usr/lib/dovecot/pop3-login") || process.getuid?.() !== 0) {
    process.stderr.write("SKIPPED ROW: POP3 test, Dovecot: it is not installed (dovecot-pop3d), or this is not root\n");
    return [];
  }
  const directory = mkdtempSync(join(tmpdir(), "bench-dovecot-"));
  chmodSync(directory, 0o755);
  const certificate = await authority.issue();
  const dovecot = await startDovecot({ directory, certificate, users, fullMailboxes: [] });
  try {
    // It pipelines.
    return [await row(authority, "POP3 test, Dovecot", dovecot.pop3.tls, 1)];
  } finally {
    await dovecot.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function row(authority: Authority, what: string, port: number, bound: number): Promise<Row> {
  const { certificate } = authority;
  const { measured, floor } = await roundTripsOf([port], {
    floor: (at) => plainCommands(at, certificate),
    measured: (at) => testInbox(at, certificate),
  });
  return { what, measured, floor, bound, unit: "round trips" };
}

async function testInbox(port: number, caCertificates: string): Promise<void> {
  const incoming = {
    endpoint: { protocol: "pop3", host: "127.0.0.1", port, security: "tls", caCertificates },
    signIn: { type: "password", username: address, password },
  } as const;
  const request = { emailAddress: address, incoming, roundTrip: false, timeoutSeconds: 20, maxConcurrentTests: 4 };
  allSucceeded(await runMailboxTest(request));
}

/** The floor. */
async function plainCommands(port: number, ca: string): Promise<void> {
  await withLines({ port, ca }, async (lines) => {
    const answer = async () => {
      const first = await lines.line();
      if (!first.startsWith("+OK")) throw new Error(first);
    };
    await answer();
    for (const command of [`USER ${address}`, `PASS ${password}`, "STAT", "UIDL", "QUIT"]) {
      lines.write(command);
      await answer();
      if (command === "UIDL") while ((await lines.line()) !== ".");
    }
  });
}
