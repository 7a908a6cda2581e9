import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Availability } from "../../availability";

/** Debian's, for which its packages are. */
const python = "/usr/bin/python3";

export interface ExchangelibArguments {
  url: string;
  /** File with the authority's certificate. */
  ca?: string;
  username: string;
  password: string;
  address: string;
  auth: "NTLM" | "basic";
  /** None: exchangelib finds it out. */
  version?: { build: readonly [number, number, number?, number?]; api: string };
  access: "delegate" | "impersonation";
  actions: readonly ("folders" | "mail" | "calendar" | "contact" | "task" | "ndr" | "names")[];
}

export function exchangelibAvailability(): Availability {
  const { status } = spawnSync(python, ["-c", "import exchangelib, requests_ntlm"]);
  return status === 0
    ? { available: true }
    : { available: false, reason: "python3-exchangelib and python3-requests-ntlm are not installed" };
}

/** Runs exchangelib, and says what it saw; `error` is the class of what it raised. */
export function runExchangelib(given: ExchangelibArguments): Promise<Record<string, unknown>> {
  return new Promise((resolve, reject) => {
    const script = join(__dirname, "exchangelib_client.py");
    execFile(python, [script, JSON.stringify(given)], { timeout: 60_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(JSON.parse(stdout) as Record<string, unknown>);
      else reject(new Error(`exchangelib ended badly: ${stderr.slice(-2000)}`, { cause: error }));
    });
  });
}
