import { ImapFlow } from "imapflow";
import type { Access } from "./access";
import { refusedSignIn } from "./failures";
import type { Trust } from "./trust";

/** Signs in, opens the inbox, and searches it. */
export async function openInbox(access: Access, trust: Trust, accessToken: string | undefined): Promise<void> {
  const client = new ImapFlow({
    host: access.host,
    port: access.port,
    secure: access.tls && trust.implicitTls,
    ...(access.tls && !trust.implicitTls ? { doSTARTTLS: true } : {}),
    auth: { user: access.username, ...(accessToken === undefined ? { pass: access.password } : { accessToken }) },
    tls: { ca: trust.ca, servername: trust.serverName(access.host) },
    connectionTimeout: trust.timeoutMs,
    greetingTimeout: trust.timeoutMs,
    socketTimeout: trust.timeoutMs,
    logger: false,
  });
  // What fails is thrown by the call that was under way.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.mailboxOpen("INBOX", { readOnly: true });
    await client.search({ seen: false });
    await client.logout();
  } catch (error) {
    const { authenticationFailed, responseText } = error as { authenticationFailed?: boolean; responseText?: string };
    if (authenticationFailed === true) throw refusedSignIn("incoming", responseText ?? "authentication failed");
    throw error;
  } finally {
    client.close();
  }
}
