import { startEwsServer, type EwsServer, type EwsServerOptions } from "../../servers/ews/ewsServer";
import { ExchangeStore } from "../../servers/ews/store";
import { envelopeOf, type RequestOptions } from "./requests";

export const sales = "sales@contoso.com";
export const support = "support@contoso.com";
export const crm = "crm@contoso.com";

/** A simulated Exchange without TLS, and a caller that signs in by Basic. */
export interface ExchangeCaller {
  store: ExchangeStore;
  server: EwsServer;
  /** Sends the content of a SOAP body, as the account of an address. */
  ask: (body: string, options?: RequestOptions & { as?: string }) => Promise<Reply>;
}
export interface Reply {
  status: number;
  xml: string;
  /** Response codes in their order. */
  codes: string[];
  ids: string[];
  changeKeys: string[];
  /** The text of an element, wherever it stands. */
  text: (name: string) => string;
  all: (name: string) => string[];
}

const password = "pass-word-1";

export async function startExchange(options: Partial<EwsServerOptions> = {}): Promise<ExchangeCaller> {
  const store = options.store ?? new ExchangeStore();
  if (options.store === undefined) {
    store.add(sales, [crm]);
    store.add(support);
    store.add(crm);
  }
  const addresses = [sales, support, crm, "nobody@contoso.com"];
  const server = await startEwsServer({
    store,
    users: Object.fromEntries(addresses.map((address) => [address, password])),
    impersonators: [crm],
    ...options,
  });
  const ask: ExchangeCaller["ask"] = async (body, { as = sales, ...request } = {}) => {
    const response = await fetch(server.url, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${as}:${password}`).toString("base64")}`,
        "content-type": "text/xml",
      },
      body: body.startsWith("<?xml") || !body.startsWith("<m:") ? body : envelopeOf(body, request),
    });
    return read(response.status, await response.text());
  };
  return { store, server, ask };
}

function read(status: number, xml: string): Reply {
  const all = (name: string) =>
    [...xml.matchAll(new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)<`, "g"))].map(([, text = ""]) => text);
  const ids = [...xml.matchAll(/<t:ItemId Id="([^"]+)" ChangeKey="([^"]+)"/g)];
  return {
    status,
    xml,
    codes: all("ResponseCode"),
    ids: ids.map(([, id = ""]) => id),
    changeKeys: ids.map(([, , key = ""]) => key),
    text: (name) => all(name)[0] ?? "",
    all,
  };
}

/** Starts servers that end with the test. */
export function useExchange(): typeof startExchange {
  const started: ExchangeCaller[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map(({ server }) => server.stop()));
  });
  return async (options) => {
    const caller = await startExchange(options);
    started.push(caller);
    return caller;
  };
}
