import { execFileSync, spawn } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crashProcess, endProcess, freePorts, isOpen, until } from "./processes";
import type { KeyPair } from "./pki";

const daemons = "/usr/lib/postfix/sbin";

export interface PostfixOptions {
  directory: string;
  domain: string;
  certificate: KeyPair;
  addresses: readonly string[];
  lmtpSocket: string;
  authSocket: string;
  /** Replies to RCPT by address, such as `451 4.7.1 Greylisting in action`, or `sleep 30`. */
  recipientReplies: Readonly<Record<string, string>>;
  /** Address whose mail is accepted and then returned. */
  bouncing: string;
  limits?: PostfixLimits;
}
export interface PostfixLimits {
  /** In octets. */
  largestMessage?: number;
  /** Connections of one client at a time. */
  smtpConnections?: number;
  /** Users send only as themselves. */
  ownSenderOnly?: boolean;
}
export interface Postfix {
  smtp: { tls: number; starttls: number };
  /** Messages that are accepted and not delivered yet. */
  queued(): number;
  /** Ends it as the power failing would. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** A real Postfix in the foreground, below one directory, on free ports of the loopback. Needs root: its daemons change user. */
export async function startPostfix(options: PostfixOptions): Promise<Postfix> {
  const { directory } = options;
  const [starttls = 0, tls = 0] = await freePorts(2);
  for (const folder of ["etc", "queue", "data", "tls"]) mkdirSync(join(directory, folder), { recursive: true });
  chmodSync(directory, 0o755);
  writeFileSync(join(directory, "tls/server.pem"), options.certificate.certificate);
  writeFileSync(join(directory, "tls/server.key"), options.certificate.key, { mode: 0o600 });
  writeFileSync(join(directory, "etc/mailboxes"), options.addresses.map((address) => `${address} ok\n`).join(""));
  writeFileSync(join(directory, "etc/owners"), options.addresses.map((address) => `${address} ${address}\n`).join(""));
  writeFileSync(
    join(directory, "etc/recipients"),
    Object.entries(options.recipientReplies)
      .map(([address, reply]) => `${address} ${reply}\n`)
      .join(""),
  );
  writeFileSync(
    join(directory, "etc/header_checks"),
    `/^To: <${options.bouncing}>/ FILTER error:5.2.2 Mailbox full, quota exceeded\n`,
  );
  writeFileSync(join(directory, "etc/main.cf"), mainConfiguration(options));
  writeFileSync(join(directory, "etc/master.cf"), masterConfiguration(starttls, tls));
  makeQueue(directory);
  const child = spawn(join(daemons, "master"), ["-s", "-d", "-c", join(directory, "etc")], { stdio: "ignore" });
  await until(
    `Postfix (see ${directory}/log)`,
    async () => {
      if (child.exitCode !== null) throw new Error(`Postfix ended with ${child.exitCode}; see ${directory}/log`);
      return (await isOpen(starttls)) && (await isOpen(tls));
    },
    20_000,
  );
  return {
    smtp: { tls, starttls },
    queued: () => queuedBelow(join(directory, "queue")),
    crash: () => crashProcess(child),
    stop: async () => {
      await endProcess(child);
      await until("Postfix's ports closed", async () => !(await isOpen(starttls)) && !(await isOpen(tls)), 10_000);
    },
  };
}

function queuedBelow(queue: string): number {
  return ["maildrop", "incoming", "active", "deferred"].flatMap((folder) =>
    readdirSync(join(queue, folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
  ).length;
}

/** The queue's folders with the owners and modes that the daemons insist on. */
function makeQueue(directory: string): void {
  const id = (flag: string, name: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
  const postfix = id("-u", "postfix");
  const postdrop = Number(execFileSync("getent", ["group", "postdrop"], { encoding: "utf8" }).split(":")[2]);
  const owned = [
    "active",
    "bounce",
    "corrupt",
    "defer",
    "deferred",
    "flush",
    "hold",
    "incoming",
    "private",
    "saved",
    "trace",
  ];
  const make = (folder: string, owner: number, group: number, mode: number) => {
    const path = join(directory, folder);
    mkdirSync(path, { recursive: true });
    chownSync(path, owner, group);
    chmodSync(path, mode);
  };
  make("data", postfix, 0, 0o700);
  make("queue/pid", 0, 0, 0o755);
  for (const folder of owned) make(`queue/${folder}`, postfix, 0, 0o700);
  make("queue/maildrop", postfix, postdrop, 0o730);
  make("queue/public", postfix, postdrop, 0o710);
}

function mainConfiguration(options: PostfixOptions): string {
  const { directory, domain } = options;
  const { largestMessage = 1048576, smtpConnections = 50, ownSenderOnly = false } = options.limits ?? {};
  return `
compatibility_level = 3.6
queue_directory = ${directory}/queue
data_directory = ${directory}/data
daemon_directory = ${daemons}
command_directory = /usr/sbin
maillog_file = ${directory}/log
maillog_file_prefixes = ${directory}
myhostname = mail.${domain}
mynetworks = 127.0.0.2/32
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = ${domain}
virtual_mailbox_maps = texthash:${directory}/etc/mailboxes
virtual_transport = lmtp:unix:${options.lmtpSocket}
default_transport = error:outbound mail is disabled in the lab
disable_dns_lookups = yes
smtpd_tls_cert_file = ${directory}/tls/server.pem
smtpd_tls_key_file = ${directory}/tls/server.key
smtpd_tls_auth_only = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${options.authSocket}
smtpd_recipient_restrictions = check_recipient_access texthash:${directory}/etc/recipients, permit_sasl_authenticated, reject_unauth_destination
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
message_size_limit = ${largestMessage}
smtpd_client_connection_count_limit = ${smtpConnections}
smtpd_sender_login_maps = texthash:${directory}/etc/owners
smtpd_sender_restrictions = ${ownSenderOnly ? "reject_authenticated_sender_login_mismatch" : ""}
header_checks = regexp:${directory}/etc/header_checks
nested_header_checks =
smtpd_error_sleep_time = 0
bounce_queue_lifetime = 0
maximal_queue_lifetime = 0
`;
}

function masterConfiguration(starttls: number, tls: number): string {
  return `
${starttls} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
${tls} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
`;
}

export function postfixInstalled(): boolean {
  return existsSync(join(daemons, "master")) && existsSync(join(daemons, "lmtp"));
}
