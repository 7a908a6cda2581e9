import { createTransport } from "nodemailer";
import type { Access } from "./access";
import { refusedSignIn } from "./failures";
import { testMail } from "./testMail";
import type { Trust } from "./trust";

/** Sends the mailbox the test message of Test & Enable. */
export async function submit(access: Access, trust: Trust, accessToken: string | undefined): Promise<void> {
  const { username: user, password: pass } = access;
  const transport = createTransport({
    host: access.host,
    port: access.port,
    secure: access.tls && trust.implicitTls,
    requireTLS: access.tls && !trust.implicitTls,
    ignoreTLS: !access.tls,
    ...(access.anonymous
      ? {}
      : { auth: accessToken === undefined ? { user, pass } : { type: "OAuth2" as const, user, accessToken } }),
    tls: { ca: trust.ca, servername: trust.serverName(access.host) },
    connectionTimeout: trust.timeoutMs,
    greetingTimeout: trust.timeoutMs,
    socketTimeout: trust.timeoutMs,
  });
  try {
    await transport.sendMail({ from: access.address, to: access.address, ...testMail });
  } catch (error) {
    const { code, response, message } = error as { code?: string; response?: string; message: string };
    if (code === "EAUTH") throw refusedSignIn("outgoing", response ?? message);
    throw error;
  } finally {
    transport.close();
  }
}
