import { ServerSideSyncError } from "../errors";
import { Budget } from "../transport/budget";
import { withHostSlots } from "../transport/hostLimit";
import { sharedTokens, type TokenClient } from "../transport/oauth/tokenClient";
import { sharedBreakers, type Breakers, type ServerWatch } from "./breaker";
import { discoverEwsUrl, searchName, type TestNetwork } from "./ews/autodiscover/discover";
import { anonymous } from "./ews/sessions";
import { withRetries } from "./retries";
import { SignIns } from "./signIns";
import type { ExchangeOptions, MailboxTestRequest, MailSide, SignIn, TokenSignIn, Unlocated } from "./types";

/** A direction over EWS whose server autodiscover has to find. */
export interface SideToDiscover {
  discover: true;
  /** At the servers of autodiscover. */
  signIn: SignIn | TokenSignIn;
  /** At the server that is found: a token may be good for one server only. */
  signInAt: (host: string) => SignIn | TokenSignIn;
  exchange: Omit<ExchangeOptions, "url">;
  caCertificates?: string | undefined;
}

/** A test some of whose servers are to be found first. */
export type TestToLocate = Omit<MailboxTestRequest, "incoming" | "outgoing" | "appointmentsContactsTasks"> & {
  incoming?: MailSide | SideToDiscover | undefined;
  outgoing?: MailSide | SideToDiscover | undefined;
  appointmentsContactsTasks?: MailSide | SideToDiscover | undefined;
};

type Outcome = { url: string } | Unlocated;

/**
 * Finds the servers of a test, each once for all directions that sign in alike, out of the test's own budget. The
 * limit for one mail host holds here for the domain, and afterwards for the host that was found.
 *
 * @returns the test with what is left of its time, and the EWS URL that was found first
 */
export async function discoverServers(
  { incoming, outgoing, appointmentsContactsTasks, ...test }: TestToLocate,
  network?: TestNetwork,
  tokens: TokenClient = sharedTokens,
  breakers: Breakers = sharedBreakers,
): Promise<{ request: MailboxTestRequest; discoveredUrl: string | null }> {
  const wanted = [incoming, outgoing, appointmentsContactsTasks].filter((side) => side !== undefined);
  const searches = new Map(wanted.filter(isToDiscover).map((side) => [keyOf(side), side]));
  if (searches.size === 0)
    return {
      request: { ...test, incoming, outgoing, appointmentsContactsTasks } as MailboxTestRequest,
      discoveredUrl: null,
    };
  const found = new Map<string, Outcome>();
  const name = searchName(test.emailAddress);
  const left = await withHostSlots([name], test.maxConcurrentTests, async () => {
    const budget = Budget.ofSeconds(test.timeoutSeconds);
    const unavailable = breakers.refusal([name]);
    const watch = breakers.watch();
    const search = async ([key, side]: [string, SideToDiscover]) =>
      found.set(
        key,
        unavailable === undefined
          ? await discover(test.emailAddress, side, budget, { network, tokens, watch })
          : { error: unavailable, milliseconds: 0 },
      );
    await Promise.all([...searches].map(search));
    watch.end();
    return budget.remaining();
  });
  const place = (side: MailSide | SideToDiscover | undefined) => {
    const outcome = isToDiscover(side) ? found.get(keyOf(side)) : undefined;
    return isToDiscover(side) && outcome !== undefined ? placed(side, outcome) : side;
  };
  const request = {
    ...test,
    incoming: place(incoming),
    outgoing: place(outgoing),
    appointmentsContactsTasks: place(appointmentsContactsTasks),
    timeoutSeconds: left / 1000,
  } as MailboxTestRequest;
  const [first] = [...found.values()].filter((outcome) => "url" in outcome);
  return { request, discoveredUrl: first?.url ?? null };
}

async function discover(
  address: string,
  { signIn, exchange, caCertificates }: SideToDiscover,
  budget: Budget,
  { network, tokens, watch }: { network: TestNetwork | undefined; tokens: TokenClient; watch: ServerWatch },
): Promise<Outcome> {
  const start = performance.now();
  const signIns = new SignIns(tokens, budget, watch);
  try {
    const url = await withRetries(budget, () =>
      signIns.with(signIn, async (signed) => {
        if (signed.type === "anonymous") throw anonymous();
        return discoverEwsUrl(address, { signIn: signed, method: exchange.method, caCertificates }, budget, network);
      }),
    );
    watch.answered(searchName(address));
    return { url };
  } catch (error) {
    if (!(error instanceof ServerSideSyncError)) throw error;
    watch.learn(error);
    return { error, milliseconds: performance.now() - start };
  }
}

/** Where a discovered EWS URL is reached: always with TLS. */
export function discoveredEndpoint(url: string, caCertificates: string | undefined): MailSide["endpoint"] {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  const endpoint = { protocol: "ews", host, port: Number(port || 443), security: "tls" } as const;
  return caCertificates === undefined ? endpoint : { ...endpoint, caCertificates };
}

function placed({ caCertificates, exchange, signInAt }: SideToDiscover, outcome: Outcome): MailSide | Unlocated {
  if ("error" in outcome) return outcome;
  const endpoint = discoveredEndpoint(outcome.url, caCertificates);
  return { endpoint, signIn: signInAt(endpoint.host), exchange: { ...exchange, url: outcome.url } };
}

function isToDiscover(side: object | undefined): side is SideToDiscover {
  return side !== undefined && "discover" in side;
}

function keyOf({ signIn, exchange, caCertificates }: SideToDiscover): string {
  return JSON.stringify([signIn, exchange.method, caCertificates]);
}
