import type { Budget } from "../transport/budget";
import { diagnosed } from "./faultOf";
import { HttpClient } from "../transport/http";
import { greet, ServerSaid } from "./greeting";
import type { Endpoint } from "./types";

/**
 * Reaches a mail server without signing in: name, port, TLS and certificate, greeting of the right protocol, STARTTLS.
 * For EWS `url` is the service.
 *
 * @throws ServerSideSyncError with a code of the fault catalogue
 */
export async function reachServer(endpoint: Endpoint, budget: Budget, url?: string): Promise<void> {
  try {
    if (url !== undefined) {
      await reachExchange(endpoint, url, budget);
      return;
    }
    const dialog = await greet(endpoint, budget);
    dialog.write(endpoint.protocol === "imap" ? "a9 LOGOUT" : "QUIT");
    dialog.close();
  } catch (error) {
    throw await diagnosed(error, "connect", { endpoint }, budget);
  }
}

/** Asks for EWS without signing in: whoever wants a sign-in, or explains the service, is there. */
async function reachExchange({ host, caCertificates }: Endpoint, url: string, budget: Budget): Promise<void> {
  const client = new HttpClient(host, caCertificates, budget);
  try {
    const { status, headers } = await client.send({ method: "GET", url: new URL(url), headers: {} });
    const there = status === 200 || status === 401 || status === 405;
    if (!there)
      throw new ServerSaid(`HTTP ${status}${headers.location?.[0] === undefined ? "" : ` to ${headers.location[0]}`}`, {
        replyCode: status,
      });
  } finally {
    client.close();
  }
}
