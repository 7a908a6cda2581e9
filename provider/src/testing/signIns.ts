import type { ServerSideSyncError } from "../errors";
import type { Budget } from "../transport/budget";
import { readServiceAccount } from "../transport/oauth/keys";
import type { TokenClient } from "../transport/oauth/tokenClient";
import { TokenRefused } from "../transport/oauth/tokenEndpoint";
import { secretsOf, tokenKey, tokenUrl, type TokenRequest } from "../transport/oauth/tokenRequest";
import { createRedactor, type Redactor } from "../transport/redaction";
import { diagnosed } from "./faultOf";
import { ServerSaid } from "./greeting";
import type { SignIn, TokenSignIn } from "./types";

/** The sign-ins of one test. Directions with the same credentials share one access token, and one permanent refusal. */
export class SignIns {
  private readonly refused = new Map<string, ServerSideSyncError>();

  constructor(
    private readonly tokens: TokenClient,
    private readonly budget: Budget,
  ) {}

  /** @throws ServerSideSyncError with a code of the fault catalogue */
  async of(signIn: SignIn | TokenSignIn): Promise<SignIn> {
    if (signIn.type !== "token-request") return signIn;
    const { username, request } = signIn;
    const key = tokenKey(request);
    const refusal = this.refused.get(key);
    if (refusal !== undefined) throw refusal;
    try {
      return { type: "access-token", username, accessToken: await this.tokens.get(request, this.budget) };
    } catch (error) {
      const diagnosis = await diagnosedToken(error, signIn, this.budget);
      if (!diagnosis.transient) this.refused.set(key, diagnosis);
      throw diagnosis;
    }
  }
}

function diagnosedToken(thrown: unknown, signIn: TokenSignIn, budget: Budget): Promise<ServerSideSyncError> {
  const { request } = signIn;
  const url = tokenUrl(request);
  const endpoint = { protocol: "oauth", host: url.hostname, port: Number(url.port || 443), security: "tls" } as const;
  const app = { name: describeApp(signIn), redact: redactorOf(request) };
  const fault =
    thrown instanceof TokenRefused
      ? new ServerSaid(thrown.message, { replyCode: thrown.status, responseCode: thrown.error })
      : thrown;
  return diagnosed(fault, "sign-in", { endpoint, app }, budget);
}

function describeApp({ username, request }: TokenSignIn): string {
  switch (request.type) {
    case "client-secret":
    case "client-certificate":
      return `app ${request.clientId} (tenant ${request.tenant})`;
    case "microsoft-refresh-token":
      return `user ${username} with app ${request.clientId} (tenant ${request.tenant})`;
    case "google-refresh-token":
      return `user ${username} with app ${request.clientId}`;
    case "google-service-account":
      return `${serviceAccountName(request.key)} for user ${request.subject}`;
  }
}

function serviceAccountName(key: string): string {
  try {
    return `service account ${readServiceAccount(key).email}`;
  } catch {
    return "the service account";
  }
}

/** Signed requests and tokens are JSON Web Tokens, which are masked wherever a server may have them from. */
const jsonWebToken = /\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g;

function redactorOf(request: TokenRequest): Redactor {
  const secrets = secretsOf(request);
  // As a form writes them, too.
  const forms = secrets.map((secret) => new URLSearchParams({ secret }).toString().slice("secret=".length));
  const redact = createRedactor([...secrets, ...forms]);
  return (text) => redact(text).replace(jsonWebToken, "[secret]");
}
