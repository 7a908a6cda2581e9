import { Resolver } from "node:dns/promises";
import type { SrvRecord } from "node:dns";
import type { Budget } from "../../../transport/budget";
import { hostName } from "./trust";

/** Asks DNS for the SRV records of a name. */
export type ResolveSrv = (name: string) => Promise<SrvRecord[]>;

/** The origin of the best SRV record for autodiscover, always https; undefined where there is none. */
export async function serviceOrigin(
  name: string,
  budget: Budget,
  resolve: ResolveSrv | undefined,
): Promise<string | undefined> {
  const resolver = new Resolver();
  const records = await budget.run(
    "The SRV record",
    (resolve ?? ((wanted) => resolver.resolveSrv(wanted)))(name),
    () => {
      resolver.cancel();
    },
  );
  const [best] = [...records].sort((one, other) => one.priority - other.priority || other.weight - one.weight);
  if (best === undefined || hostName(best.name) === "") return undefined;
  const origin = `https://${hostName(best.name)}:${best.port}`;
  return URL.canParse(origin) ? new URL(origin).origin : undefined;
}
