import type * as Msal from "@azure/msal-node";
import type { INetworkModule, NetworkResponse } from "@azure/msal-node";
import { readClientCertificate } from "./keys";
import { parsed, readToken, type TokenEndpoint } from "./tokenEndpoint";
import type { AccessToken, TokenRequest } from "./tokenRequest";

type AppRequest = Extract<TokenRequest, { type: "client-secret" | "client-certificate" }>;

/** An app's own token from Microsoft Entra ID (client credentials). The library makes the request; what is sent and kept is ours. */
export async function microsoftAppToken(request: AppRequest, endpoint: TokenEndpoint): Promise<AccessToken> {
  // Loaded by the first token of this kind.
  const { ConfidentialClientApplication, LogLevel } = require("@azure/msal-node") as typeof Msal;
  const exchange = new Exchange(endpoint);
  const application = new ConfidentialClientApplication({
    auth: {
      clientId: request.clientId,
      authority: `https://${request.authority}/${encodeURIComponent(request.tenant)}`,
      // Declared, it is not asked whether it exists.
      knownAuthorities: [request.authority],
      ...proofOf(request),
    },
    system: {
      networkClient: exchange,
      loggerOptions: { loggerCallback: () => undefined, piiLoggingEnabled: false, logLevel: LogLevel.Error },
    },
  });
  try {
    await application.acquireTokenByClientCredential({ scopes: [request.scope] });
  } catch (error) {
    throw exchange.fault ?? error;
  }
  if (exchange.token === undefined) throw new TypeError("the library asked for no token");
  return exchange.token;
}

function proofOf(request: AppRequest) {
  if (request.type === "client-secret") return { clientSecret: request.clientSecret };
  const { thumbprint, privateKey } = readClientCertificate(request.certificate, request.privateKey);
  return { clientCertificate: { thumbprintSha256: thumbprint, privateKey } };
}

/** HTTP for the library. It loses what a server said; this one keeps it. */
class Exchange implements INetworkModule {
  token: AccessToken | undefined;
  fault: unknown;

  constructor(private readonly endpoint: TokenEndpoint) {}

  async sendPostRequestAsync<T>(url: string, options?: { body?: string }): Promise<NetworkResponse<T>> {
    try {
      const response = await this.endpoint.post(new URL(url), options?.body ?? "");
      this.token = readToken(response);
      return { status: response.status, headers: {}, body: parsed(response.body) as T };
    } catch (error) {
      this.fault = error;
      throw error;
    }
  }

  /** Discovery, for which there is no need. */
  sendGetRequestAsync<T>(): Promise<NetworkResponse<T>> {
    const fault = new TypeError("the library wants to discover what is declared");
    this.fault = fault;
    return Promise.reject(fault);
  }
}
