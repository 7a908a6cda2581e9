import { DialogError } from "../transport/dialog";
import type { Endpoint, SignIn } from "./types";

/** A token is never sent without TLS, whatever the protocol: whoever reads it can use it. */
export function refuseTokenInClear({ security }: Pick<Endpoint, "security">, { type }: Pick<SignIn, "type">): void {
  if (security === "none" && type === "access-token")
    throw new DialogError("TOKEN_WITHOUT_TLS", "an access token is not sent without TLS");
}
