import { readToken, type TokenEndpoint } from "./tokenEndpoint";
import { tokenUrl, type AccessToken, type TokenRequest } from "./tokenRequest";

type RefreshRequest = Extract<TokenRequest, { type: "microsoft-refresh-token" | "google-refresh-token" }>;

/** A user's token for a refresh token (RFC 6749, section 6). A new refresh token in the answer is not kept: the declared one stays good. */
export async function refreshedToken(request: RefreshRequest, endpoint: TokenEndpoint): Promise<AccessToken> {
  const { clientId, clientSecret, refreshToken } = request;
  const form = new URLSearchParams({
    grant_type: "refresh_token",
    client_id: clientId,
    refresh_token: refreshToken,
    ...(clientSecret === undefined ? {} : { client_secret: clientSecret }),
    ...("scope" in request ? { scope: request.scope } : {}),
  });
  return readToken(await endpoint.post(tokenUrl(request), form.toString()));
}
