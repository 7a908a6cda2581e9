import type { Budget } from "../transport/budget";
import { diagnosed } from "./faultOf";
import { greet } from "./greeting";
import type { Endpoint } from "./types";

/**
 * Reaches a mail server without signing in: name, port, TLS and certificate, greeting of the right protocol, STARTTLS.
 *
 * @throws ServerSideSyncError with a code of the fault catalogue
 */
export async function reachServer(endpoint: Endpoint, budget: Budget): Promise<void> {
  try {
    const dialog = await greet(endpoint, budget);
    dialog.write(endpoint.protocol === "imap" ? "a9 LOGOUT" : "QUIT");
    dialog.close();
  } catch (error) {
    throw await diagnosed(error, "connect", { endpoint }, budget);
  }
}
