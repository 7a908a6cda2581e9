import { readToken, type TokenEndpoint } from "./tokenEndpoint";
import { tokenUrl, type AccessToken, type TokenRequest } from "./tokenRequest";

type AdfsRequest = Extract<TokenRequest, { type: "adfs-password" | "adfs-client-secret" }>;

/**
 * A token of AD FS from Windows Server 2016 on, whose requests name the resource and no scope (MS-OAPX 2.2.2). Before,
 * AD FS knows only grants that need a browser, and says so.
 */
export async function adfsToken(request: AdfsRequest, endpoint: TokenEndpoint): Promise<AccessToken> {
  const { clientId, clientSecret, resource } = request;
  const form = new URLSearchParams({
    ...(request.type === "adfs-password"
      ? { grant_type: "password", username: request.username, password: request.password }
      : { grant_type: "client_credentials" }),
    client_id: clientId,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
    resource,
  });
  return readToken(await endpoint.post(tokenUrl(request), form.toString()));
}
