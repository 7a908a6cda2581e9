import { isIP } from "node:net";

/** How connections to mail servers are made. */
export interface Trust {
  /** PEM of authorities. */
  ca: string[];
  timeoutMs: number;
  /** TLS from the first byte; otherwise after STARTTLS. */
  implicitTls: boolean;
  serverName(host: string): string;
}

export const trustIn = (caCertificates: readonly string[], timeoutMs: number): Omit<Trust, "implicitTls"> => ({
  ca: [...caCertificates],
  timeoutMs,
  serverName: (host) => (isIP(host) === 0 ? host : ""),
});

/** What a server says that has no TLS yet when a client begins with it. */
export function isPlainText(error: unknown): boolean {
  const { code = "", message = "" } = error as { code?: string; message?: string };
  return /wrong version number|packet length too long|EPROTO|SSL routines/i.test(`${code} ${message}`);
}

/**
 * Ports do not tell whether TLS comes first (dynamics.md 8.13 leaves open how Dynamics chooses): it is tried first, and
 * STARTTLS where the server answers in clear text.
 */
export async function withTls(
  trust: Omit<Trust, "implicitTls">,
  tls: boolean,
  act: (trust: Trust) => Promise<void>,
): Promise<void> {
  if (!tls) return act({ ...trust, implicitTls: false });
  try {
    await act({ ...trust, implicitTls: true });
    return;
  } catch (error) {
    if (!isPlainText(error)) throw error;
    await act({ ...trust, implicitTls: false });
    return;
  }
}
