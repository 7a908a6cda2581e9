import { ServerSideSyncError } from "../errors";
import type { Budget } from "../transport/budget";
import { isInDoubt } from "../transport/inDoubt";
import { readServiceAccount } from "../transport/oauth/keys";
import type { TokenClient } from "../transport/oauth/tokenClient";
import { TokenRefused } from "../transport/oauth/tokenEndpoint";
import { secretsOf, tokenKey, tokenUrl, type TokenRequest } from "../transport/oauth/tokenRequest";
import { createRedactor, type Redactor } from "../transport/redaction";
import { diagnosed } from "./faultOf";
import { ServerSaid } from "./greeting";
import type { ServerWatch } from "./breaker";
import { serverName } from "./serverFault";
import type { SignIn, TokenSignIn } from "./types";

/** What a server says to credentials, in whatever protocol. */
const refusal = /-(token-refused|authentication-failed)$/;

interface HeldToken {
  value: Promise<string>;
  /** Made for an earlier test. */
  isOld: boolean;
}

/** The sign-ins of one test. Directions with the same credentials share one access token, and one permanent refusal. */
export class SignIns {
  private readonly held = new Map<string, HeldToken>();
  private readonly refused = new Map<string, ServerSideSyncError>();

  constructor(
    private readonly tokens: TokenClient,
    private readonly budget: Budget,
    private readonly watch?: ServerWatch,
  ) {}

  /**
   * Work with credentials. An access token from an earlier test that is refused is fetched anew, once a test; one that
   * was fetched for this test is not, but no later test gets it.
   *
   * @throws ServerSideSyncError with a code of the fault catalogue, and what the work throws
   */
  async with<T>(signIn: SignIn | TokenSignIn, work: (signIn: SignIn) => Promise<T>): Promise<T> {
    if (signIn.type !== "token-request") return work(signIn);
    const accessToken = await this.tokenOf(signIn);
    try {
      return await work({ type: "access-token", username: signIn.username, accessToken });
    } catch (error) {
      if (!(error instanceof ServerSideSyncError) || !refusal.test(error.code) || isInDoubt(error)) throw error;
      if (!(await this.isRenewable(signIn, accessToken))) throw error;
      return this.with(signIn, work);
    }
  }

  private async tokenOf(signIn: TokenSignIn): Promise<string> {
    const { request } = signIn;
    const key = tokenKey(request);
    const refused = this.refused.get(key);
    if (refused !== undefined) throw refused;
    const isKept = this.tokens.isKept(request);
    try {
      const held = this.held.get(key) ?? this.hold(key, request, isKept);
      const token = await held.value;
      if (!isKept) this.watch?.answered(serverName(tokenServer(request)));
      return token;
    } catch (error) {
      const diagnosis = await diagnosedToken(error, signIn, this.budget);
      if (!diagnosis.transient) this.refused.set(key, diagnosis);
      throw diagnosis;
    }
  }

  private hold(key: string, request: TokenRequest, isOld: boolean): HeldToken {
    const held = { value: this.tokens.get(request, this.budget), isOld };
    this.held.set(key, held);
    // A failure is asked for again.
    held.value.catch(() => {
      if (this.held.get(key) === held) this.held.delete(key);
    });
    return held;
  }

  /** Takes a refused token out of use. True where this test gets another in its place, or another direction has got it. */
  private async isRenewable({ request }: TokenSignIn, token: string): Promise<boolean> {
    this.tokens.forget(request, token);
    const key = tokenKey(request);
    const held = this.held.get(key);
    if ((await held?.value.catch(() => undefined)) !== token || held === undefined) return true;
    if (held.isOld && this.held.get(key) === held) this.hold(key, request, false);
    return held.isOld;
  }
}

/** The endpoint that makes the token. */
export function tokenServer(request: TokenRequest): { host: string; port: number } {
  const { hostname: host, port } = tokenUrl(request);
  return { host, port: Number(port || 443) };
}

/** Turns whatever was thrown while asking for a token into a diagnosed error. */
export function diagnosedToken(thrown: unknown, signIn: TokenSignIn, budget: Budget): Promise<ServerSideSyncError> {
  const { request } = signIn;
  const endpoint = { protocol: "oauth", ...tokenServer(request), security: "tls" } as const;
  const app = { name: describeApp(signIn), redact: redactorOf(request) };
  const fault =
    thrown instanceof TokenRefused
      ? new ServerSaid(thrown.message, { replyCode: thrown.status, responseCode: thrown.error })
      : thrown;
  return diagnosed(fault, "sign-in", { endpoint, app, answered: thrown instanceof TokenRefused }, budget);
}

/** Who asks for a token. */
export function describeApp({ username, request }: TokenSignIn): string {
  switch (request.type) {
    case "client-secret":
    case "client-certificate":
      return `app ${request.clientId} (tenant ${request.tenant})`;
    case "microsoft-refresh-token":
      return `user ${username} with app ${request.clientId} (tenant ${request.tenant})`;
    case "adfs-password":
      return `user ${username} with app ${request.clientId}`;
    case "adfs-client-secret":
      return `app ${request.clientId}`;
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

export function redactorOf(request: TokenRequest): Redactor {
  const secrets = secretsOf(request);
  // As a form writes them, too.
  const forms = secrets.map((secret) => new URLSearchParams({ secret }).toString().slice("secret=".length));
  const redact = createRedactor([...secrets, ...forms]);
  return (text) => redact(text).replace(jsonWebToken, "[secret]");
}
