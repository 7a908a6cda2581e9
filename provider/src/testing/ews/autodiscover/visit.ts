import type { Budget } from "../../../transport/budget";
import { HttpClient, type HttpResponse, type Route } from "../../../transport/http";
import { withBearer, withPassword, type PasswordMethod, type SignedResponse } from "../../../transport/httpSignIn";
import type { SignIn } from "../../types";
import { poxHeaders, poxRequest } from "./pox";
import type { ResolveSrv } from "./serviceRecord";

/** Who asks, and how. */
export interface DiscoveryAccess {
  signIn: Exclude<SignIn, { type: "anonymous" }>;
  method: PasswordMethod;
  /** PEM certificates trusted beside the public ones. */
  caCertificates?: string | undefined;
}
/** The network of a test. Nothing public leads here. */
export interface TestNetwork {
  route?: Route;
  resolveSrv?: ResolveSrv;
}

const userAgent = { "user-agent": "pulumi-server-side-sync" };

/** One host for a while: a connection of its own, closed behind it. */
async function visit<T>(
  url: URL,
  access: DiscoveryAccess,
  budget: Budget,
  network: TestNetwork,
  work: (client: HttpClient) => Promise<T>,
): Promise<T> {
  const client = new HttpClient(url.hostname.replace(/^\[(.*)\]$/, "$1"), access.caCertificates, budget, network.route);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/** GET without credentials. */
export function ask(url: URL, access: DiscoveryAccess, budget: Budget, network: TestNetwork): Promise<HttpResponse> {
  const headers = { accept: "application/json", ...userAgent };
  return visit(url, access, budget, network, (client) => client.send({ method: "GET", url, headers }));
}

/** POST of the plain XML request. Only a server that asks for credentials is shown any. */
export function askSignedIn(
  url: URL,
  address: string,
  access: DiscoveryAccess,
  budget: Budget,
  network: TestNetwork,
): Promise<SignedResponse> {
  const request = { method: "POST", url, headers: { ...poxHeaders, ...userAgent }, body: poxRequest(address) } as const;
  return visit(url, access, budget, network, async (client) => {
    const response = await client.send(request);
    if (response.status !== 401) return { ...response, presented: false };
    const { signIn } = access;
    const send =
      signIn.type === "access-token"
        ? withBearer(client, signIn.accessToken)
        : withPassword(client, signIn, access.method);
    return send(request);
  });
}
