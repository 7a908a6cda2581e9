import { Budget } from "../budget";
import { adfsToken } from "./adfs";
import { serviceAccountToken } from "./googleServiceAccount";
import { microsoftAppToken } from "./microsoftApp";
import { refreshedToken } from "./refreshToken";
import { straight, tokenEndpoint, type TokenEndpoint, type TokenRoute } from "./tokenEndpoint";
import { tokenKey, type AccessToken, type TokenRequest } from "./tokenRequest";

/** Endpoints answer in well under a second; several tests may wait for one answer, each no longer than its own budget. */
const fetchSeconds = 20;
/** A token has to outlast the test that it is given to. */
const marginMs = 5 * 60_000;

interface Kept {
  value: string;
  freshUntil: number;
}
interface Fetch {
  token: Promise<AccessToken>;
  waiting: number;
  abandon: () => void;
}

/**
 * Fetches access tokens and keeps them in memory: many mailboxes use one app. A request under way is shared, a failed
 * one is not kept.
 */
export class TokenClient {
  private readonly kept = new Map<string, Kept>();
  private readonly underWay = new Map<string, Fetch>();

  constructor(private readonly route: TokenRoute = straight) {}

  /** Whether a token is at hand, so that nobody has to be asked. */
  has(request: TokenRequest): boolean {
    return this.fresh(tokenKey(request)) !== undefined;
  }

  /** @throws TokenRefused, an error of the socket or of TLS, DialogError, or ServerSideSyncError `test-timeout` */
  async get(request: TokenRequest, budget: Budget): Promise<string> {
    const key = tokenKey(request);
    const kept = this.fresh(key);
    if (kept !== undefined) return kept.value;
    const fetch = this.underWay.get(key) ?? this.start(key, request);
    fetch.waiting += 1;
    try {
      return (await budget.run("The request for an access token", fetch.token)).value;
    } finally {
      fetch.waiting -= 1;
      if (fetch.waiting === 0) fetch.abandon();
    }
  }

  /** Whether a token is at hand: it was made for an earlier test, and what it was made from may have changed since. */
  isKept(request: TokenRequest): boolean {
    return this.fresh(tokenKey(request)) !== undefined;
  }

  /** Forgets a token that a mail server refused. Another one that came in its place stays. */
  forget(request: TokenRequest, token: string): void {
    const key = tokenKey(request);
    if (this.kept.get(key)?.value === token) this.kept.delete(key);
  }

  private fresh(key: string): Kept | undefined {
    const kept = this.kept.get(key);
    return kept !== undefined && kept.freshUntil > Date.now() ? kept : undefined;
  }

  private start(key: string, request: TokenRequest): Fetch {
    const controller = new AbortController();
    const token = fetchToken(request, tokenEndpoint(this.route, Budget.ofSeconds(fetchSeconds), controller.signal));
    const end = () => {
      if (this.underWay.get(key) === fetch) this.underWay.delete(key);
    };
    const fetch: Fetch = {
      token,
      waiting: 0,
      abandon: () => {
        end();
        controller.abort();
      },
    };
    this.underWay.set(key, fetch);
    token.then(({ value, lifetimeSeconds }) => {
      const lifetimeMs = lifetimeSeconds * 1000;
      this.kept.set(key, { value, freshUntil: Date.now() + lifetimeMs - Math.min(marginMs, lifetimeMs / 2) });
      end();
    }, end);
    return fetch;
  }
}

/** For everything that this process tests. */
export const sharedTokens = new TokenClient();

function fetchToken(request: TokenRequest, endpoint: TokenEndpoint): Promise<AccessToken> {
  switch (request.type) {
    case "client-secret":
    case "client-certificate":
      return microsoftAppToken(request, endpoint);
    case "microsoft-refresh-token":
    case "google-refresh-token":
      return refreshedToken(request, endpoint);
    case "adfs-client-secret":
    case "adfs-password":
      return adfsToken(request, endpoint);
    case "google-service-account":
      return serviceAccountToken(request, endpoint);
  }
}
