import { runMailboxTest } from "../../provider/src/testing/mailboxTest";
import type { MailServers } from "./mailServersProcess";
import { allSucceeded } from "./outcome";

export const password = "Pa55-word-of-the-bench";
/** What a profile tests at once at one host, by default. */
const maxConcurrentTests = 4;

export function addressesOf(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `mailbox-${index}@contoso.com`);
}

export function usersOf(addresses: readonly string[]): Record<string, string> {
  return Object.fromEntries(addresses.map((address) => [address, password]));
}

/** The tests of these mailboxes without Pulumi, as many at once as with it. */
export async function testAll(servers: MailServers, addresses: readonly string[]): Promise<void> {
  await Promise.all(addresses.map((address) => testOne(servers, address)));
}

async function testOne({ imapPort, smtpPort, caCertificate }: MailServers, emailAddress: string): Promise<void> {
  const signIn = { type: "password", username: emailAddress, password } as const;
  const endpoint = { host: "127.0.0.1", caCertificates: caCertificate } as const;
  const results = await runMailboxTest({
    emailAddress,
    incoming: { endpoint: { ...endpoint, protocol: "imap", port: imapPort, security: "tls" }, signIn },
    outgoing: { endpoint: { ...endpoint, protocol: "smtp", port: smtpPort, security: "starttls" }, signIn },
    roundTrip: true,
    timeoutSeconds: 60,
    maxConcurrentTests,
  });
  allSucceeded(results);
}
