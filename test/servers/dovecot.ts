import { spawn, type ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crashProcess, endProcess, freePorts, isOpen, until } from "./processes";
import type { KeyPair } from "./pki";
import { tokenKey } from "./tokens";

export const dovecotBinary = "/usr/sbin/dovecot";

export interface DovecotOptions {
  directory: string;
  certificate: KeyPair;
  users: Readonly<Record<string, string>>;
  /** Addresses whose mailbox is as good as full. */
  fullMailboxes: readonly string[];
  /** IMAP sessions of one user from one address. */
  imapSessions?: number;
}
export interface Dovecot {
  imap: { tls: number; starttls: number };
  pop3: { tls: number; starttls: number };
  /** Sockets for Postfix. */
  lmtpSocket: string;
  authSocket: string;
  setUsers(users: Readonly<Record<string, string>>): void;
  /** Ends it as the power failing would. */
  crash(): Promise<void>;
  stop(): Promise<void>;
}

/** A real Dovecot in the foreground, below one directory, on free ports of the loopback. */
export async function startDovecot(options: DovecotOptions): Promise<Dovecot> {
  const { directory } = options;
  const [imaps = 0, imap = 0, pop3s = 0, pop3 = 0] = await freePorts(4);
  for (const folder of ["run", "state", "mail", "tls", "oauth/default/HS256"])
    mkdirSync(join(directory, folder), { recursive: true });
  for (const folder of ["", "mail", "oauth", "oauth/default", "oauth/default/HS256"])
    chmodSync(join(directory, folder), 0o777);
  writeFileSync(join(directory, "tls/server.pem"), options.certificate.certificate);
  writeFileSync(join(directory, "tls/server.key"), options.certificate.key);
  writeFileSync(join(directory, "oauth/default/HS256/default"), Buffer.from(tokenKey).toString("base64"));
  writeFileSync(
    join(directory, "oauth2.conf.ext"),
    `introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix=${directory}/oauth/\nusername_attribute = sub\n`,
  );
  const setUsers = (users: Readonly<Record<string, string>>) => {
    writeFileSync(join(directory, "users"), userFile(directory, users, options.fullMailboxes));
  };
  setUsers(options.users);
  writeFileSync(
    join(directory, "dovecot.conf"),
    configuration(directory, { imap, imaps, pop3, pop3s }, options.imapSessions),
  );
  const child = spawn(dovecotBinary, ["-F", "-c", join(directory, "dovecot.conf")], { stdio: "ignore" });
  const ports = [imap, imaps, pop3, pop3s];
  await ready(child, ports, join(directory, "log"));
  return {
    imap: { tls: imaps, starttls: imap },
    pop3: { tls: pop3s, starttls: pop3 },
    lmtpSocket: join(directory, "run/lmtp-pub"),
    authSocket: join(directory, "run/auth-pub"),
    setUsers,
    crash: () => crashProcess(child),
    stop: async () => {
      await endProcess(child);
      await until("Dovecot's ports closed", async () => !(await Promise.all(ports.map(isOpen))).includes(true), 10_000);
    },
  };
}

async function ready(child: ChildProcess, ports: readonly number[], log: string): Promise<void> {
  await until(
    `Dovecot (see ${log})`,
    async () => {
      if (child.exitCode !== null) throw new Error(`Dovecot ended with ${child.exitCode}; see ${log}`);
      return !(await Promise.all(ports.map(isOpen))).includes(false);
    },
    15_000,
  );
}

/** Uid and gid 65534 (nobody): Dovecot never delivers as root. */
function userFile(directory: string, users: Readonly<Record<string, string>>, full: readonly string[]): string {
  return Object.entries(users)
    .map(([address, password]) => {
      const quota = full.includes(address) ? " userdb_quota_rule=*:storage=1B" : "";
      return `${address}:{PLAIN}${password}:65534:65534::${directory}/mail/${address}::${quota}\n`;
    })
    .join("");
}

function configuration(
  directory: string,
  ports: Record<"imap" | "imaps" | "pop3" | "pop3s", number>,
  imapSessions = 100,
): string {
  return `
base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/log
protocols = imap pop3 lmtp
listen = 127.0.0.1
default_internal_user = dovecot
default_login_user = dovenull
ssl = yes
ssl_cert = <${directory}/tls/server.pem
ssl_key = <${directory}/tls/server.key
ssl_min_protocol = TLSv1.2
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0 secs
auth_cache_size = 0
mail_location = maildir:${directory}/mail/%u
mail_fsync = never
first_valid_uid = 1
mail_plugins = quota
plugin {
  quota = count:User quota
  quota_vsizes = yes
}
protocol lmtp {
  mail_plugins = quota
}
protocol imap {
  mail_max_userip_connections = ${imapSessions}
}
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = ${directory}/oauth2.conf.ext
}
passdb {
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%u ${directory}/users
}
userdb {
  driver = passwd-file
  args = username_format=%u ${directory}/users
}
# Tests refuse passwords on purpose; the penalty would slow every later sign-in from this address.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  inet_listener imap {
    port = ${ports.imap}
  }
  inet_listener imaps {
    port = ${ports.imaps}
    ssl = yes
  }
}
service pop3-login {
  inet_listener pop3 {
    port = ${ports.pop3}
  }
  inet_listener pop3s {
    port = ${ports.pop3s}
    ssl = yes
  }
}
service lmtp {
  unix_listener lmtp-pub {
    mode = 0666
  }
}
service auth {
  unix_listener auth-pub {
    mode = 0666
  }
}
`;
}

export function dovecotInstalled(): boolean {
  return existsSync(dovecotBinary) && existsSync("/usr/lib/dovecot/imap-login") && existsSync("/usr/lib/dovecot/lmtp");
}
