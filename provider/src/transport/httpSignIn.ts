import type { Socket } from "node:net";
import { challengesIn, type Challenge } from "./challenges";
import { DialogError } from "./dialog";
import type { HttpClient, HttpRequest, HttpResponse } from "./http";
import { channelBindingToken } from "./ntlm/channelBinding";
import { authenticateMessage, negotiateMessage, readChallenge, type NtlmAccount } from "./ntlm/messages";

type Send = (request: HttpRequest) => Promise<SignedResponse>;
/** An answer, and whether it is one to the password or token itself: only then does a refusal count against the account. */
export interface SignedResponse extends HttpResponse {
  presented: boolean;
}
/** How a password may be presented. `auto`: the strongest that the server offers, never Basic without TLS. */
export type PasswordMethod = "auto" | "ntlm" | "basic";

/** A token is never sent without TLS: whoever reads it can use it. */
export function withBearer(client: HttpClient, token: string): Send {
  return async (request) => {
    if (request.url.protocol !== "https:")
      throw new DialogError("TOKEN_WITHOUT_TLS", "an access token is not sent without TLS");
    return present(client, withHeader(request, `Bearer ${token}`));
  };
}

export function withPassword(client: HttpClient, account: NtlmAccount, method: PasswordMethod): Send {
  const basic = `Basic ${Buffer.from(`${account.username}:${account.password}`, "utf8").toString("base64")}`;
  let chosen = method;
  const ntlm = new NtlmSession(client, account);
  return async (request) => {
    if (chosen === "basic") return present(client, withHeader(request, basic));
    const response = await ntlm.send(request);
    if (chosen !== "auto") return response;
    if (!ntlm.wasOffered && offers(response, "Basic")) {
      if (request.url.protocol !== "https:")
        throw new DialogError("BASIC_WITHOUT_TLS", "the server offers only Basic, which would show the password");
      chosen = "basic";
      return present(client, withHeader(request, basic));
    }
    return response;
  };
}

async function present(client: HttpClient, request: HttpRequest): Promise<SignedResponse> {
  return { ...(await client.send(request)), presented: true };
}

/** NTLM signs a connection in, not a request: everything on the same connection afterwards needs no more. */
class NtlmSession {
  wasOffered = false;
  private signedIn: Socket | undefined;
  private scheme: "NTLM" | "Negotiate" = "NTLM";
  /** One at a time: two handshakes on one connection would break each other. */
  private queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly client: HttpClient,
    private readonly account: NtlmAccount,
  ) {}

  send(request: HttpRequest): Promise<SignedResponse> {
    const next = this.queue.then(() => this.exchange(request));
    this.queue = next.catch(() => undefined);
    return next;
  }

  private async exchange(request: HttpRequest): Promise<SignedResponse> {
    return (await this.again(request)) ?? this.signIn(request);
  }

  /** The request on the connection that is signed in; undefined where nothing was done and it is to be signed in anew. */
  private async again(request: HttpRequest): Promise<SignedResponse | undefined> {
    const { signedIn } = this;
    this.signedIn = undefined;
    if (signedIn === undefined || signedIn.destroyed) return undefined;
    try {
      const response = await present(this.client, { ...request, onlyOn: signedIn });
      // A server may want a sign-in for each request; what it answers so, it has not done.
      if (response.status === 401) return undefined;
      this.signedIn = signedIn;
      return response;
    } catch (error) {
      // Found closed before anything was sent on it. What was sent is never repeated.
      if (error instanceof DialogError && error.code === "CONNECTION_LOST") return undefined;
      throw error;
    }
  }

  private async signIn(request: HttpRequest): Promise<SignedResponse> {
    const negotiate = negotiateMessage();
    const first = await this.begin(request, negotiate);
    const challenge = challengeIn(first, this.scheme);
    if (challenge === undefined) return { ...first, presented: false };
    this.wasOffered = true;
    const certificate = this.client.certificateOf(first.socket);
    if (certificate === undefined && request.url.protocol === "https:")
      throw new DialogError("CHANNEL_BINDING_UNKNOWN", "the server's certificate is not at hand");
    const authenticate = authenticateMessage({
      account: this.account,
      negotiate,
      challenge: readChallenge(Buffer.from(challenge, "base64")),
      targetName: `HTTP/${request.url.hostname}`,
      channelBindings: certificate === undefined ? undefined : channelBindingToken(certificate),
    });
    const authorization = `${this.scheme} ${authenticate.toString("base64")}`;
    const response = await present(this.client, { ...withHeader(request, authorization), onlyOn: first.socket });
    if (response.status !== 401) this.signedIn = response.socket;
    return response;
  }

  /** Sent unasked and without the body, the first message saves a round trip. */
  private async begin(request: HttpRequest, negotiate: Buffer): Promise<HttpResponse> {
    const send = () =>
      this.client.send(withHeader({ ...request, body: "" }, `${this.scheme} ${negotiate.toString("base64")}`));
    const first = await send();
    // Windows takes NTLM as it is under the name Negotiate, too.
    if (this.scheme === "Negotiate" || offers(first, "NTLM") || !offers(first, "Negotiate")) return first;
    this.scheme = "Negotiate";
    return send();
  }
}

/** The token that comes with a 401 under a scheme. */
function challengeIn(response: HttpResponse, scheme: string): string | undefined {
  return offersOf(response, scheme).find(({ token }) => token !== undefined)?.token;
}

function offers(response: HttpResponse, scheme: string): boolean {
  return offersOf(response, scheme).length > 0;
}

function offersOf({ status, headers }: HttpResponse, wanted: string): Challenge[] {
  if (status !== 401) return [];
  return challengesIn(headers["www-authenticate"]).filter(
    ({ scheme }) => scheme.toLowerCase() === wanted.toLowerCase(),
  );
}

function withHeader(request: HttpRequest, authorization: string): HttpRequest {
  return { ...request, headers: { ...request.headers, authorization } };
}
