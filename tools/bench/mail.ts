import { runMailboxTest } from "../../provider/src/testing/mailboxTest";
import type { MailboxTestRequest, MailSide } from "../../provider/src/testing/types";
import { mailLabAvailability, startMailLab } from "../../test/servers/mailLab";
import { createAuthority } from "../../test/servers/pki";
import { startImapServer } from "../../test/servers/sandbox/imapServer";
import { MailStore } from "../../test/servers/sandbox/mailStore";
import { startSmtpServer } from "../../test/servers/sandbox/smtpServer";
import { inboxFloor, roundTripFloor, submissionFloor, type Account } from "./mailFloors";
import { allSucceeded } from "./outcome";
import { roundTripsOf } from "./roundTrips";
import type { Row } from "./table";

const bounds = { imap: 1.75, smtp: 1.1, roundTrip: 1.15 };

/** Tests over IMAP and SMTP, one direction and both with the message in between, against the same commands by sockets. */
export async function mailRows(): Promise<Row[]> {
  return [...(await sandboxRows()), ...(await labRows())];
}

/** What the product brings is held against servers that deliver at once, so that no wait between two looks is in it. */
async function sandboxRows(): Promise<Row[]> {
  const authority = await createAuthority();
  const certificate = await authority.issue();
  const account = (name: string): Account => ({
    address: `${name}@contoso.com`,
    password: "Pa55-word-of-the-bench",
    ca: authority.certificate,
  });
  const [reader, sender, both] = [account("reader"), account("sender"), account("both")];
  const users = Object.fromEntries([reader, sender, both].map(({ address, password }) => [address, password]));
  const store = new MailStore(Object.keys(users));
  const imap = await startImapServer(certificate, users, store);
  const smtp = await startSmtpServer(certificate, users, store);
  try {
    return [
      await imapRow("own server", reader, imap.port),
      await smtpRow("STARTTLS, own server", sender, smtp.port, "starttls"),
      await roundTripRow("own servers", both, imap.port, smtp.port),
    ];
  } finally {
    await Promise.all([imap.close(), smtp.close()]);
  }
}

async function labRows(): Promise<Row[]> {
  const lab = mailLabAvailability();
  if (!lab.available) {
    process.stderr.write(`SKIPPED ROWS: IMAP and SMTP tests on real servers: ${lab.reason}\n`);
    return [];
  }
  const servers = await startMailLab();
  const account = (name: string): Account => {
    const address = `${name}@${servers.domain}`;
    return { address, password: servers.users[address] ?? "", ca: servers.caCertificate };
  };
  try {
    return [
      await imapRow("Dovecot", account("alice"), servers.imap.tls),
      await smtpRow("TLS, Postfix", account("bob"), servers.smtp.tls, "tls"),
      await smtpRow("STARTTLS, Postfix", account("carol"), servers.smtp.starttls, "starttls"),
    ];
  } finally {
    await servers.stop();
  }
}

async function imapRow(where: string, account: Account, port: number): Promise<Row> {
  const { measured, floor } = await roundTripsOf([port], {
    floor: (at = 0) => inboxFloor(account, at),
    measured: (at = 0) => run(account, { incoming: incoming(account, at) }),
  });
  return { what: `IMAP test, ${where}`, measured, floor, bound: bounds.imap, unit };
}

async function smtpRow(where: string, account: Account, port: number, security: "tls" | "starttls"): Promise<Row> {
  const { measured, floor } = await roundTripsOf([port], {
    floor: (at = 0) => submissionFloor(account, at, security),
    measured: (at = 0) => run(account, { outgoing: outgoing(account, at, security) }),
  });
  return { what: `SMTP test, ${where}`, measured, floor, bound: bounds.smtp, unit };
}

async function roundTripRow(where: string, account: Account, imap: number, smtp: number): Promise<Row> {
  const { measured, floor } = await roundTripsOf([imap, smtp], {
    floor: (imapAt = 0, smtpAt = 0) => roundTripFloor(account, imapAt, smtpAt),
    measured: (imapAt = 0, smtpAt = 0) =>
      run(account, { incoming: incoming(account, imapAt), outgoing: outgoing(account, smtpAt, "starttls") }),
  });
  return { what: `round trip, ${where}`, measured, floor, bound: bounds.roundTrip, unit };
}

const unit = "round trips";

async function run({ address }: Account, sides: Pick<MailboxTestRequest, "incoming" | "outgoing">): Promise<void> {
  const roundTrip = sides.incoming !== undefined && sides.outgoing !== undefined;
  const request = { emailAddress: address, ...sides, roundTrip, timeoutSeconds: 20, maxConcurrentTests: 4 };
  allSucceeded(await runMailboxTest(request));
}

function incoming({ address, password, ca }: Account, port: number): MailSide {
  return {
    endpoint: { protocol: "imap", host: "127.0.0.1", port, security: "tls", caCertificates: ca },
    signIn: { type: "password", username: address, password },
  };
}

function outgoing({ address, password, ca }: Account, port: number, security: "tls" | "starttls"): MailSide {
  return {
    endpoint: { protocol: "smtp", host: "127.0.0.1", port, security, caCertificates: ca },
    signIn: { type: "password", username: address, password },
  };
}
