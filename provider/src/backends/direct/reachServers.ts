import { ServerSideSyncError } from "../../errors";
import type { PlainObject } from "../../model/plain";
import type { CheckedProfile } from "../../model/profile";
import { known } from "../../model/unknown";
import type * as DiscoverServers from "../../testing/discoverServers";
import type * as Discover from "../../testing/ews/autodiscover/discover";
import type { DiscoveryAccess, TestNetwork } from "../../testing/ews/autodiscover/discover";
import type * as Reach from "../../testing/reach";
import type { SignIn } from "../../testing/types";
import type * as BudgetModule from "../../transport/budget";
import type { Budget } from "../../transport/budget";
import type { SecretResolver } from "../backend";
import { lineResolver } from "./credentialText";
import { discoveryOf, endpointOf, exchangeOptionsOf, isToDiscover, type Direction } from "./endpoints";

/** Seconds for reaching both servers of a profile: no mail is sent, and only autodiscover signs in. */
const reachSeconds = 30;
const directions: readonly Direction[] = ["incoming", "outgoing"];

interface ReachOutputs {
  connectionResults: PlainObject[];
  discoveredServerLocation: string | null;
}

/** Reaches the servers of a profile, after finding them where they are to be discovered. */
export async function reachServers(
  profile: CheckedProfile,
  resolve: SecretResolver,
  network?: TestNetwork,
): Promise<ReachOutputs> {
  // Whatever is wrong in the declaration is wrong before the first connection.
  const servers = directions.map((direction) => serverOf(profile, direction, resolve));
  // Loaded by the first test, never by check.
  const { reachServer } = require("../../testing/reach") as typeof Reach;
  const { Budget } = require("../../transport/budget") as typeof BudgetModule;
  const budget = Budget.ofSeconds(reachSeconds);
  /** By account: both directions mostly have the same. */
  const searches = new Map<string, Promise<string>>();
  const connectionResults = await Promise.all(
    servers.map(async (server, index): Promise<PlainObject> => {
      const test = directions[index];
      if ("notRun" in server) return { test, status: "Not Run", ...server.notRun };
      try {
        const { endpoint, url } = "account" in server ? await find(server) : server;
        await reachServer(endpoint, budget, url);
        return { test, status: "Success" };
      } catch (error) {
        if (!(error instanceof ServerSideSyncError)) throw error;
        const { code, summary: message, remedy, transient } = error;
        return { test, status: "Failure", code, message, remedy, transient };
      }
    }),
  );
  const found = await Promise.all([...searches.values()].map((search) => search.catch(() => null)));
  return { connectionResults, discoveredServerLocation: found.find((url) => url !== null) ?? null };

  async function find({ account, exchange, caCertificates }: ToDiscover) {
    const { discoveredEndpoint } = require("../../testing/discoverServers") as typeof DiscoverServers;
    const { method } = exchange;
    const search = searches.get(account.username) ?? discover(account, { method, caCertificates }, budget, network);
    searches.set(account.username, search);
    const url = await search;
    return { endpoint: discoveredEndpoint(url, caCertificates), url };
  }
}

type Account = Extract<SignIn, { type: "password" }>;
type ToDiscover = { account: Account } & ReturnType<typeof discoveryOf>;
type Server =
  { endpoint: ReturnType<typeof endpointOf>; url: string | undefined } | ToDiscover | { notRun: PlainObject };

function serverOf(profile: CheckedProfile, direction: Direction, resolve: SecretResolver): Server {
  if (!isToDiscover(profile, direction))
    return { endpoint: endpointOf(profile, direction), url: exchangeOptionsOf(profile, direction)?.url };
  const account = accountOf(profile, direction, resolve);
  return account === undefined ? { notRun: withoutAddress } : { account, ...discoveryOf(profile, direction) };
}

const withoutAddress = {
  code: "autodiscover-needs-address",
  message:
    "Autodiscover starts from an email address, and this profile has none: its own account is not named by one, or each mailbox signs in for itself.",
  remedy: "Nothing is to be done: each binding discovers the server from its own address.",
};

/** The profile's own account, where it is named by an address or user principal name. */
function accountOf(profile: CheckedProfile, direction: Direction, resolve: SecretResolver): Account | undefined {
  const side = profile.useSameSettingsForOutgoing ? "incoming" : direction;
  const { credentials } = profile[side];
  if (credentials?.source !== "email-server-profile") return undefined;
  const username = known(credentials.username) ?? "";
  if (!/^[^\\\s]+@[^\\\s]+$/.test(username)) return undefined;
  const password = lineResolver(resolve)(credentials.password, `${side}.credentials.password`);
  return { type: "password", username, password };
}

function discover(
  signIn: Account,
  access: Omit<DiscoveryAccess, "signIn">,
  budget: Budget,
  network: TestNetwork | undefined,
): Promise<string> {
  const { discoverEwsUrl } = require("../../testing/ews/autodiscover/discover") as typeof Discover;
  return discoverEwsUrl(signIn.username, { signIn, ...access }, budget, network);
}
