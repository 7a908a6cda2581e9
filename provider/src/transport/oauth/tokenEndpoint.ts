import { ServerSideSyncError } from "../../errors";
import type { Budget } from "../budget";
import { DialogError } from "../dialog";
import { HttpClient, type HttpResponse } from "../http";
import { log } from "../log";
import { retryAfterMs, tryAgain } from "../retryAfter";
import type { AccessToken } from "./tokenRequest";

/** Where a request to a token endpoint goes, and whom to trust there. Tests lead it to a server of their own. */
export type TokenRoute = (url: URL) => { url: URL; caCertificates: string | undefined };

/** To the endpoint itself. The public authorities are trusted, and those of NODE_EXTRA_CA_CERTS. */
export const straight: TokenRoute = (url) => ({ url, caCertificates: undefined });

/** What a token endpoint refused, in its own words. */
export class TokenRefused extends Error {
  constructor(
    message: string,
    readonly status: number,
    /** `invalid_grant` and its siblings (RFC 6749, section 5.2); undefined where the answer is not a token endpoint's. */
    readonly error: string | undefined,
  ) {
    super(message);
  }
}

const formHeaders = { "content-type": "application/x-www-form-urlencoded;charset=utf-8", accept: "application/json" };

/** How the ways to a token talk to their endpoint. */
export interface TokenEndpoint {
  post(url: URL, form: string): Promise<HttpResponse>;
}

/** Each request has a connection of its own, closed afterwards; aborted, it fails at once. */
export function tokenEndpoint(route: TokenRoute, budget: Budget, signal: AbortSignal): TokenEndpoint {
  return {
    post: async (asked, form) => {
      const { url, caCertificates } = route(asked);
      const client = new HttpClient(url.hostname, caCertificates, budget);
      const close = () => {
        client.close();
      };
      signal.addEventListener("abort", close);
      log("debug", url.host, `> POST ${url.pathname}`);
      try {
        const response = await client.send({ method: "POST", url, headers: formHeaders, body: form });
        log("debug", url.host, `< ${response.status}`);
        return response;
      } catch (error) {
        throw isTimeout(error) ? new DialogError("ETIMEDOUT", "no answer in time") : error;
      } finally {
        signal.removeEventListener("abort", close);
        close();
      }
    },
  };
}

/** The time of a request is ours, not the test's: it may be tried again. */
function isTimeout(error: unknown): boolean {
  return error instanceof ServerSideSyncError && error.code === "test-timeout";
}

/** Where no lifetime is named: long enough for a test. */
const defaultLifetimeSeconds = 300;

/** @throws TokenRefused, or DialogError `NOT_A_TOKEN` */
export function readToken(response: HttpResponse): AccessToken {
  const answer = parsed(response.body);
  const { access_token: value, expires_in: lifetime, error, error_description: description } = answer ?? {};
  if (response.status === 200 && typeof value === "string" && value !== "") {
    const seconds = Number(lifetime);
    return { value, lifetimeSeconds: Number.isFinite(seconds) && seconds > 0 ? seconds : defaultLifetimeSeconds };
  }
  const type = response.headers["content-type"]?.[0] ?? "no content type";
  if (response.status === 200) throw new DialogError("NOT_A_TOKEN", `an answer of ${type} without an access token`);
  const waitMs = retryAfterMs(response.headers["retry-after"]?.[0]);
  const code = typeof error === "string" && error !== "" ? error : undefined;
  const words = code === undefined ? `an answer of ${type}` : [code, textOf(description)].filter(Boolean).join(": ");
  throw new TokenRefused(`HTTP ${response.status}${tryAgain(waitMs)}: ${words}`, response.status, code);
}

export function parsed(body: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
