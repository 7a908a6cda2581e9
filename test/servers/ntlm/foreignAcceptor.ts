import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Availability } from "../availability";
import type { KeyPair } from "../pki";
import { endProcess, until } from "../processes";

/** Who takes the messages of NTLM; none of them is ours. */
export type ForeignAcceptorName = "pyspnego" | "gss-ntlmssp" | "samba";

/** One TLS server of an acceptor. */
export interface AcceptorListener extends KeyPair {
  /** The hash of the certificate's token, in Python's words. */
  hash: "sha256" | "sha384" | "sha512";
  tls: "TLSv1_2" | "TLSv1_3";
  token: "require" | "none";
  /** The scheme of HTTP that it offers. */
  protocol: "ntlm" | "negotiate";
}
/** A request as it arrived. */
export interface ReceivedRequest {
  port: number;
  /** Number of the connection on this port, starting at 1. */
  connection: number;
  /** Type of the NTLM message in it; 0 for none. */
  message: number;
  /** Octets. */
  body: number;
}
export interface ForeignAcceptor {
  /** In the order of the listeners. */
  ports: number[];
  requests: ReceivedRequest[];
  stop(): Promise<void>;
}

const script = resolve(__dirname, "acceptor.py");
/** Debian's own; another may come first on PATH. */
const systemPython = "/usr/bin/python3";
const ownPython = resolve(__dirname, "../../../.work/python/bin/python");
const needs: Readonly<Record<ForeignAcceptorName, { python: string; modules: string; what: string }>> = {
  pyspnego: {
    python: ownPython,
    modules: "spnego, cryptography",
    what: "pyspnego in .work/python (test/servers/ntlm/requirements.txt)",
  },
  "gss-ntlmssp": { python: systemPython, modules: "gssapi", what: "Debian's gss-ntlmssp and python3-gssapi" },
  samba: { python: systemPython, modules: "ssl", what: "Debian's winbind, which has ntlm_auth" },
};
const further: Partial<Record<ForeignAcceptorName, string>> = {
  "gss-ntlmssp": "/etc/gss/mech.d/mech.ntlmssp.conf",
  samba: "/usr/bin/ntlm_auth",
};

export function foreignAcceptorAvailability(name: ForeignAcceptorName): Availability {
  const { python, modules, what } = needs[name];
  return pythonHas(python, modules) && existsSync(further[name] ?? python)
    ? { available: true }
    : { available: false, reason: `needs ${what}` };
}

/** Whether a Python is there and has modules. */
export function pythonHas(python: string, modules: string): boolean {
  try {
    execFileSync(python, ["-c", `import ${modules}`], { stdio: "ignore", timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

/** Users by `DOMAIN:user`; Samba's helper knows one password only, that of the first. */
export async function startForeignAcceptor(
  acceptor: ForeignAcceptorName,
  users: Readonly<Record<string, string>>,
  listeners: readonly AcceptorListener[],
): Promise<ForeignAcceptor> {
  const directory = mkdtempSync(join(tmpdir(), "ntlm-"));
  const file = join(directory, "users");
  writeFileSync(
    file,
    Object.entries(users)
      .map(([name, password]) => `${name}:${password}\n`)
      .join(""),
  );
  const child = spawn(needs[acceptor].python, [script], { stdio: ["pipe", "pipe", "inherit"] });
  const result: ForeignAcceptor = {
    ports: [],
    requests: [],
    stop: async () => {
      child.stdin.end();
      await endProcess(child);
      rmSync(directory, { recursive: true });
    },
  };
  createInterface({ input: child.stdout }).on("line", (line) => {
    const content = JSON.parse(line) as { ports: number[] } | ReceivedRequest;
    if ("ports" in content) result.ports = content.ports;
    else result.requests.push(content);
  });
  const config = { acceptor, directory, users: file, password: Object.values(users)[0] ?? "", listeners };
  child.stdin.write(`${JSON.stringify(config)}\n`);
  await until(
    `the acceptor ${acceptor}`,
    () => {
      if (child.exitCode !== null) throw new Error(`the acceptor ${acceptor} ended with ${child.exitCode}`);
      return result.ports.length === listeners.length;
    },
    15_000,
  );
  return result;
}
