import { ServerSideSyncError } from "../../../errors";
import { DialogError } from "../../../transport/dialog";
import type { HttpRequest, HttpResponse } from "../../../transport/http";
import { inDoubt, isInDoubt } from "../../../transport/inDoubt";
import { log, maskInLog } from "../../../transport/log";
import type { TokenRoute } from "../../../transport/oauth/tokenEndpoint";
import { createRedactor } from "../../../transport/redaction";
import { leastAttemptMs, withCallRetries } from "./call";
import { OrganizationConnection } from "./connection";
import { ConnectionPool } from "./connectionPool";
import { errorIn, explained, refusalIn, type Asked } from "./errors";
import { signInTo, type OrganizationSignIn } from "./signIn";
import { Throttle } from "./throttle";
import type { Call, OrganizationCredentials, WebApiOptions } from "./types";

/** Online, 52 at once are too many for one account (service protection), and others may use the same one. */
const connectionsAtOnce = 20;
/** The server itself ends what takes two minutes; a connection on which nothing comes must not use up all of a long wait. */
const requestMs = 125_000;

export interface ApiRequest {
  method: HttpRequest["method"];
  /** Below the root of the Web API, with its query; or a whole URL of the same origin. */
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  /** Doing it twice is the same as doing it once. */
  isRepeatable: boolean;
  /** Texts in the body that no message may hold. */
  secrets?: readonly string[];
}

export interface RequesterOptions extends WebApiOptions {
  /** For tests: where tokens are fetched, how long one request may take, and the first wait before another attempt. */
  tokenRoute?: TokenRoute;
  requestMs?: number;
  backoffMs?: number;
}

const standardHeaders = {
  accept: "application/json",
  "odata-version": "4.0",
  "odata-maxversion": "4.0",
  // Nothing of what is read may come from a cache.
  "if-none-match": "null",
  "user-agent": "pulumi-server-side-sync",
};

/** Requests to one organization: connections, sign-in, retries and errors. */
export class Requester {
  /** Root of the Web API, with a slash at its end. */
  readonly root: URL;
  private readonly signIn: OrganizationSignIn;
  private readonly pool: ConnectionPool;
  private readonly endpoint: Asked["endpoint"];
  private readonly requestMs: number;
  private readonly backoffMs: number | undefined;
  private readonly throttle = new Throttle();

  /** @throws ServerSideSyncError `organization-url-invalid` or `organization-credentials-invalid` */
  constructor(options: RequesterOptions) {
    const { deployment, caCertificates, credentials } = options;
    const organization = organizationUrl(options.organizationUrl);
    const version = options.apiVersion ?? defaultVersions[deployment];
    this.root = new URL(`${organization.href.replace(/\/+$/, "")}/api/data/${version}/`);
    this.signIn = signInTo(organization, deployment, credentials, caCertificates, options.tokenRoute);
    maskInLog(secretsOf(credentials));
    const host = organization.hostname.replace(/^\[(.*)\]$/, "$1");
    this.endpoint = { host, port: Number(organization.port || 443), caCertificates };
    this.pool = new ConnectionPool(() => new OrganizationConnection(host, caCertificates), connectionsAtOnce);
    this.requestMs = options.requestMs ?? requestMs;
    this.backoffMs = options.backoffMs;
  }

  /**
   * A request and its answer of 2xx. What failed for a passing reason is repeated within the budget, a change only where
   * the server said that it was not made or where making it twice is the same.
   *
   * @throws ServerSideSyncError; `isInDoubt(error)` where a change may have been made all the same
   */
  send(request: ApiRequest, call: Call): Promise<HttpResponse> {
    return withCallRetries(call, request.isRepeatable, () => this.attempt(request, call), this.backoffMs);
  }

  /** Closes idle connections. */
  close(): void {
    this.pool.close();
  }

  /** What a caller found wrong with an answer, as an error about this request. */
  explain(thrown: unknown, request: Pick<ApiRequest, "method" | "path" | "secrets">, call: Call) {
    const { who, usesToken } = this.signIn;
    const redactValues = createRedactor(request.secrets ?? []);
    return explained(
      thrown,
      {
        endpoint: this.endpoint,
        who: { name: who.name, redact: (text) => redactValues(who.redact(text)) },
        usesToken,
        doing: `${request.method} ${this.pathOf(request.path)}`,
      },
      call.budget,
    );
  }

  private async attempt(request: ApiRequest, call: Call): Promise<HttpResponse> {
    const { method } = request;
    const isChange = method !== "GET" && !request.isRepeatable;
    await this.throttle.wait(call);
    try {
      const response = await this.pool.with(call, isChange, (connection) => {
        const slice = { ...call, budget: call.budget.slice(this.requestMs) };
        log("debug", this.endpoint.host, `> ${method} ${this.pathOf(request.path)}`);
        return this.signIn.send(connection, this.httpRequest(request), slice);
      });
      log("debug", this.endpoint.host, `< ${response.status}`);
      if (response.status >= 200 && response.status < 300) return response;
      const refusal = refusalIn(response);
      throw isChange && mayBeDone(response) ? inDoubt(refusal) : refusal;
    } catch (thrown) {
      const error = await this.explain(inTime(thrown, call), request, call);
      this.throttle.learn(error);
      throw error;
    }
  }

  private httpRequest({ method, path, headers, body }: ApiRequest): HttpRequest {
    const type = { "content-type": "application/json; charset=utf-8" };
    const all = { ...standardHeaders, ...(body === undefined ? {} : type), ...headers };
    return { method, url: new URL(path, this.root), headers: all, body };
  }

  private pathOf(path: string): string {
    return new URL(path, this.root).pathname.slice(this.root.pathname.length);
  }
}

/** On-premises every 9.x has v9.0, also where 9.1 is not yet. */
const defaultVersions: Readonly<Record<WebApiOptions["deployment"], string>> = {
  "on-premises": "v9.0",
  online: "v9.2",
};

function secretsOf(credentials: OrganizationCredentials): string[] {
  const { clientSecret, certificate, accessToken, password, account } = credentials as Partial<
    Record<"clientSecret" | "certificate" | "accessToken" | "password", string> & { account: { password: string } }
  >;
  const secrets = [clientSecret, certificate, accessToken, password, account?.password];
  return secrets.filter((secret) => secret !== undefined);
}

/** A gateway in between, or a server that broke down: neither says what became of the request. */
function mayBeDone({ status, body }: HttpResponse): boolean {
  return status === 502 || status === 504 || (status === 500 && errorIn(body).code === undefined);
}

/** One request that took too long is like a connection that broke: there may be time for another. */
function inTime(thrown: unknown, call: Call): unknown {
  const isTimeout = thrown instanceof ServerSideSyncError && thrown.code === "test-timeout";
  if (!isTimeout || call.budget.remaining() < leastAttemptMs) return thrown;
  const error = new DialogError("ETIMEDOUT", "no answer in time");
  return isInDoubt(thrown) ? inDoubt(error) : error;
}

/** @throws ServerSideSyncError `organization-url-invalid` */
function organizationUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const problem =
    url === undefined
      ? "is no URL"
      : url.protocol !== "https:"
        ? "does not begin with https, so that passwords would travel in clear text"
        : url.username !== "" || url.password !== ""
          ? "holds a user name or password"
          : /\/api\/data\b|\.aspx$|[?#]/i.test(url.href)
            ? "is more than the address of an organization"
            : undefined;
  if (url !== undefined && problem === undefined) return url;
  throw new ServerSideSyncError({
    code: "organization-url-invalid",
    summary: `The url of the Organization ${problem ?? "is no URL"}.`,
    remedy: "Set it to https://SERVER/ORGANIZATION on-premises, or to https://ORGANIZATION.crm.dynamics.com online.",
  });
}
