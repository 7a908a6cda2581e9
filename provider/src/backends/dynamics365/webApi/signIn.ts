import { ServerSideSyncError } from "../../../errors";
import type { Deployment } from "../../../model/organization";
import { describeApp, diagnosedToken, redactorOf } from "../../../testing/signIns";
import type { TokenSignIn } from "../../../testing/types";
import type { HttpRequest } from "../../../transport/http";
import type { SignedResponse } from "../../../transport/httpSignIn";
import { TokenClient } from "../../../transport/oauth/tokenClient";
import { straight, type TokenRoute } from "../../../transport/oauth/tokenEndpoint";
import type { TokenRequest } from "../../../transport/oauth/tokenRequest";
import { createRedactor, type Redactor } from "../../../transport/redaction";
import { clouds } from "../../direct/clouds";
import type { OrganizationConnection } from "./connection";
import { SignInGate } from "./signInGate";
import type { Call, OrganizationCredentials } from "./types";

/** Who signs in to the organization, and how. One for all connections to it. */
export interface OrganizationSignIn {
  /** For messages. */
  who: { name: string; redact: Redactor };
  usesToken: boolean;
  send(connection: OrganizationConnection, request: HttpRequest, call: Call): Promise<SignedResponse>;
}

/**
 * @param route where requests for tokens go, for tests
 * @throws ServerSideSyncError `organization-credentials-invalid`
 */
export function signInTo(
  url: URL,
  deployment: Deployment,
  credentials: OrganizationCredentials,
  caCertificates: string | undefined,
  route?: TokenRoute,
): OrganizationSignIn {
  if (deployment === "online" && (credentials.auth === "windows" || credentials.auth === "adfs"))
    throw new ServerSideSyncError({
      code: "organization-credentials-invalid",
      summary: `${url.host} is an online organization, which takes no sign-in by auth "${credentials.auth}".`,
      remedy: 'Use "entra-secret", "entra-certificate" or "access-token".',
    });
  switch (credentials.auth) {
    case "windows":
      return passwordSignIn(credentials);
    case "access-token":
      return givenToken(credentials.accessToken);
    case "adfs": {
      // AD FS is a server of the organization's own, behind the same authority.
      const tokens = new TokenClient(route ?? ((endpoint) => ({ url: endpoint, caCertificates })));
      const signIn = adfsSignIn(`${url.origin}/`, credentials);
      return new FetchedToken(signIn, tokens, async (connection, request, call) =>
        adfsSignIn(await resourceOf(url, connection, request, call), credentials),
      );
    }
    case "entra-secret":
    case "entra-certificate":
      return new FetchedToken(entraSignIn(url, credentials), new TokenClient(route ?? straight));
  }
}

function passwordSignIn({ username, password }: { username: string; password: string }): OrganizationSignIn {
  const gate = new SignInGate();
  return {
    who: { name: `user ${username} (password)`, redact: createRedactor([password], [username]) },
    usesToken: false,
    send: (connection, request, call) => gate.pass(call, () => connection.send(request, { username, password }, call)),
  };
}

function givenToken(token: string): OrganizationSignIn {
  return {
    who: { name: "the holder of the given access token", redact: createRedactor([token]) },
    usesToken: true,
    send: (connection, request, call) => connection.send(request, { token }, call),
  };
}

/** Microsoft's cloud of an online organization, by its domain. */
export function authorityOf(url: URL): string {
  if (/\.(microsoftdynamics|appsplatform)\.us$/i.test(url.hostname)) return clouds["us-government"].authority;
  return /\.dynamics\.cn$/i.test(url.hostname) ? clouds.china.authority : clouds.public.authority;
}

type Adfs = Extract<OrganizationCredentials, { auth: "adfs" }>;
type Entra = Extract<OrganizationCredentials, { auth: "entra-secret" | "entra-certificate" }>;

function adfsSignIn(resource: string, { authority, clientId, clientSecret, account }: Adfs): TokenSignIn {
  const app = { endpoint: `${authority.replace(/\/+$/, "")}/oauth2/token`, clientId, resource };
  const request: TokenRequest =
    account === undefined
      ? { type: "adfs-client-secret", ...app, clientSecret: clientSecret ?? "" }
      : { type: "adfs-password", ...app, clientSecret, ...account };
  return { type: "token-request", username: account?.username ?? "", request };
}

/**
 * Under which name AD FS knows the organization: what its 401 says to somebody without a token, otherwise its address
 * without a path. A name elsewhere is not believed: the token would be good there.
 */
async function resourceOf(
  url: URL,
  connection: OrganizationConnection,
  request: HttpRequest,
  call: Call,
): Promise<string> {
  const { headers } = await connection.send(
    { method: "GET", url: request.url, headers: request.headers },
    "none",
    call,
  );
  const challenges = headers["www-authenticate"]?.join(", ") ?? "";
  const named = /\bresource_id="?([^"\s,]+)/i.exec(challenges)?.[1];
  const isOwn = named !== undefined && URL.canParse(named) && new URL(named).origin === url.origin;
  return isOwn ? named : `${url.origin}/`;
}

function entraSignIn(url: URL, credentials: Entra): TokenSignIn {
  const { tenantId: tenant, clientId, authority = authorityOf(url) } = credentials;
  const app = { authority, tenant, clientId, scope: `${url.origin}/.default` };
  const request: TokenRequest =
    credentials.auth === "entra-secret"
      ? { type: "client-secret", ...app, clientSecret: credentials.clientSecret }
      : {
          type: "client-certificate",
          ...app,
          certificate: credentials.certificate,
          privateKey: credentials.certificate,
        };
  return { type: "token-request", username: "", request };
}

/** Remedies of the catalogue that speak of mail, in the words of an organization. */
const remedies: Readonly<Record<string, string>> = {
  "oauth-resource-not-found":
    "Check the url of the Organization and the tenant. AD FS must have the organization registered under this URL, with the slash at its end.",
  "oauth-consent-missing": "Consent to the app in this tenant; an app's own sign-in to Dataverse needs no permission.",
  "oauth-client-refused": "Check clientId and clientSecret.",
  "oauth-delegation-missing": "Allow the client to use this grant and to access the organization.",
};

type Prepare = (connection: OrganizationConnection, request: HttpRequest, call: Call) => Promise<TokenSignIn>;

/** An access token that an app gets for itself, or for a user by password. */
class FetchedToken implements OrganizationSignIn {
  readonly usesToken = true;
  readonly who: OrganizationSignIn["who"];
  /** Asking again would bring an account closer to being locked. */
  private refused: ServerSideSyncError | undefined;
  private isPrepared: boolean;

  /** @param prepare finds out what is missing in the request for the token, once */
  constructor(
    private signIn: TokenSignIn,
    private readonly tokens: TokenClient,
    private readonly prepare?: Prepare,
  ) {
    this.who = { name: describeApp(signIn), redact: redactorOf(signIn.request) };
    this.isPrepared = prepare === undefined;
  }

  async send(connection: OrganizationConnection, request: HttpRequest, call: Call): Promise<SignedResponse> {
    if (!this.isPrepared && this.prepare !== undefined) {
      this.signIn = await this.prepare(connection, request, call);
      this.isPrepared = true;
    }
    const isKept = this.tokens.isKept(this.signIn.request);
    const token = await this.token(call);
    const response = await connection.send(request, { token }, call);
    if (response.status !== 401) return response;
    this.tokens.forget(this.signIn.request, token);
    // One that was fetched for this very request would only be refused again.
    return isKept ? connection.send(request, { token: await this.token(call) }, call) : response;
  }

  private async token({ budget }: Call): Promise<string> {
    if (this.refused !== undefined) throw this.refused;
    try {
      return await this.tokens.get(this.signIn.request, budget);
    } catch (thrown) {
      const error = inOtherWords(await diagnosedToken(thrown, this.signIn, budget));
      if (!error.transient) this.refused = error;
      throw error;
    }
  }
}

function inOtherWords(error: ServerSideSyncError): ServerSideSyncError {
  const { code, summary, transient } = error;
  const remedy = remedies[code];
  return remedy === undefined ? error : new ServerSideSyncError({ code, summary, transient, remedy, cause: error });
}
