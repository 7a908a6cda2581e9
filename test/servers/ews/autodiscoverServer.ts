import "reflect-metadata";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import { createSecureContext } from "node:tls";
import type { Route } from "../../../provider/src/transport/http";
import type { KeyPair } from "../pki";
import { NtlmAcceptor } from "./ntlmAcceptor";

/** What a client said. */
export interface HeardRequest {
  /** `GET https://host/path`. */
  line: string;
  host: string;
  headers: IncomingHttpHeaders;
  body: string;
}
export type Answer = (request: HeardRequest, response: ServerResponse, socket: Socket) => void;
/** Answers of one host: by `GET /path`, without the query, in lower case. What is not listed is not found. */
export type Answers = Readonly<Record<string, Answer>>;

export interface AutodiscoverServerOptions {
  /** By origin: `https://autodiscover.contoso.com`, `http://...`. A host without an entry does not exist in DNS. */
  origins: Readonly<Record<string, Answers | "refuses">>;
  certificate: KeyPair;
  /** Hosts that show another certificate. */
  otherCertificates?: Readonly<Record<string, KeyPair>>;
}
export interface AutodiscoverServer {
  requests: HeardRequest[];
  /** Of the https origins, for a proxy that leads there. */
  securePort: number;
  route: Route;
  stop(): Promise<void>;
}

export const jsonPath = (address: string) =>
  `get /autodiscover/autodiscover.json/v1.0/${encodeURIComponent(address).toLowerCase()}`;
export const poxPath = "post /autodiscover/autodiscover.xml";
export const hintPath = "get /autodiscover/autodiscover.xml";

/** The autodiscover hosts of several domains on the loopback, told apart by name, as Exchange publishes them (MS-OXDSCLI). */
export async function startAutodiscoverServer(options: AutodiscoverServerOptions): Promise<AutodiscoverServer> {
  const requests: HeardRequest[] = [];
  const sockets = new Set<Socket>();
  const contexts = Object.fromEntries(
    Object.entries(options.otherCertificates ?? {}).map(([host, { certificate: cert, key }]) => [
      host,
      createSecureContext({ cert, key }),
    ]),
  );
  const serve = (scheme: string) => (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers, socket } = request;
      const host = headers.host ?? "";
      const heard = {
        line: `${method} ${scheme}://${host}${url}`,
        host,
        headers,
        body: Buffer.concat(chunks).toString(),
      };
      requests.push(heard);
      const answers = options.origins[`${scheme}://${host}`];
      const path = `${method} ${url.split("?")[0] ?? ""}`.toLowerCase();
      const answer = answers === undefined || answers === "refuses" ? undefined : answers[path];
      if (answer === undefined) response.writeHead(404, { "content-type": "text/html" }).end("<html>Not here</html>");
      else answer(heard, response, socket);
    });
  };
  const secure = createTlsServer(
    {
      cert: options.certificate.certificate,
      key: options.certificate.key,
      SNICallback: (name, done) => {
        done(null, contexts[name]);
      },
    },
    serve("https"),
  );
  const plain = createServer(serve("http"));
  const closed = createServer();
  const ports = await Promise.all([secure, plain, closed].map(listen));
  const [securePort = 0, plainPort = 0, closedPort = 0] = ports;
  await close(closed);
  for (const server of [secure, plain]) {
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
    });
  }
  return {
    requests,
    securePort,
    route: (host, port) => {
      const scheme = port === 80 ? "http" : "https";
      const origin = `${scheme}://${host}${port === 80 || port === 443 ? "" : `:${port}`}`;
      const answers = options.origins[origin];
      if (answers === undefined) return { lookup: notFound };
      const open = scheme === "http" ? plainPort : securePort;
      return { hostname: "127.0.0.1", port: answers === "refuses" ? closedPort : open };
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await Promise.all([close(secure), close(plain)]);
    },
  };
}

const notFound: NonNullable<ReturnType<Route>["lookup"]> = (host, _options, done) => {
  done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND" }), "", 0);
};

function listen(server: ReturnType<typeof createServer>): Promise<number> {
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      resolve((server.address() as AddressInfo).port);
    }),
  );
}

function close(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
  });
}

export const text =
  (body: string, status = 200, type = "text/xml; charset=utf-8"): Answer =>
  (_request, response) =>
    response.writeHead(status, { "content-type": type }).end(body);
export const json = (value: unknown, status = 200): Answer =>
  text(JSON.stringify(value), status, "application/json; charset=utf-8");
export const redirect =
  (location: string, status = 302): Answer =>
  (_request, response) =>
    response.writeHead(status, { location, "content-length": "0" }).end();
/** Says nothing, ever. */
export const stall: Answer = () => undefined;
/** Sends more than anybody wants, until the client hangs up. */
export const flood: Answer = (_request, response) => {
  response.writeHead(200, { "content-type": "text/xml" });
  const more = Buffer.alloc(64 * 1024, "<a>");
  const write = () => {
    while (!response.destroyed && response.write(more));
  };
  response.on("drain", write);
  write();
};

const envelope = (response: string, schema = "outlook/responseschema/2006a") =>
  `<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006"><Response xmlns="http://schemas.microsoft.com/exchange/autodiscover/${schema}">${response}</Response></Autodiscover>`;

/** One `Protocol` element for each type, in the order of Exchange: EXCH, EXPR, WEB. */
export function settings(urls: Readonly<Record<string, string>>): Answer {
  const protocols = Object.entries(urls).map(
    ([type, url]) =>
      `<Protocol><Type>${type}</Type><Server>mail.contoso.com</Server><ASUrl>${url}</ASUrl><EwsUrl>${url}</EwsUrl><OABUrl>https://mail.contoso.com/OAB/</OABUrl></Protocol>`,
  );
  const web = `<Protocol><Type>WEB</Type><Internal><OWAUrl AuthenticationMethod="Basic, Fba">https://owa.contoso.com/owa/</OWAUrl><Protocol><Type>EXCH</Type><ASUrl>https://inside.contoso.com/EWS/Exchange.asmx</ASUrl></Protocol></Internal></Protocol>`;
  return text(
    envelope(
      `<User><DisplayName>Sales &amp; more</DisplayName></User><Account><AccountType>email</AccountType><Action>settings</Action>${protocols.join("")}${web}</Account>`,
    ),
  );
}
export const redirectUrl = (url: string): Answer =>
  text(envelope(`<Account><Action>redirectUrl</Action><RedirectUrl>${url}</RedirectUrl></Account>`));
export const redirectAddress = (address: string): Answer =>
  text(envelope(`<Account><Action>redirectAddr</Action><RedirectAddr>${address}</RedirectAddr></Account>`));
export const errorElement = (code: number, message: string): Answer =>
  text(
    envelope(
      `<Error Time="21:25:04.8897083" Id="4130155072"><ErrorCode>${code}</ErrorCode><Message>${message}</Message><DebugData /></Error>`,
      "responseschema/2006",
    ),
  );

/** Answers only who signs in: by Basic, by a token, or by NTLM with the channel bound to this certificate. */
export function signedIn(
  access: { user: string; password: string } | { token: string },
  schemes: readonly ("NTLM" | "Basic" | "Bearer")[],
  certificate: KeyPair,
  answer: Answer,
): Answer {
  const acceptors = new WeakMap<Socket, NtlmAcceptor>();
  const passwordOf = (user: string, domain: string) =>
    "user" in access && (domain === "" ? user : `${domain}\\${user}`) === access.user ? access.password : undefined;
  const challenges = (scheme: string, value: string, socket: Socket): string[] => {
    const offers = schemes.map((name) => (name === "Basic" ? 'Basic realm="autodiscover"' : name));
    if (!schemes.some((name) => name === scheme)) return offers;
    if (scheme === "Bearer") return "token" in access && value === access.token ? [] : offers;
    if (scheme === "Basic") {
      const expected = "user" in access ? `${access.user}:${access.password}` : "";
      return Buffer.from(value, "base64").toString() === expected ? [] : offers;
    }
    const acceptor = acceptors.get(socket) ?? new NtlmAcceptor(passwordOf, certificate.certificate, "require");
    acceptors.set(socket, acceptor);
    const outcome = acceptor.accept(Buffer.from(value, "base64"));
    if ("challenge" in outcome) return [`NTLM ${outcome.challenge.toString("base64")}`];
    return "user" in outcome ? [] : offers;
  };
  return (request, response, socket) => {
    const [scheme = "", value = ""] = (request.headers.authorization ?? "").split(" ");
    const headers = challenges(scheme, value, socket);
    if (headers.length === 0) {
      answer(request, response, socket);
      return;
    }
    for (const header of headers) response.appendHeader("WWW-Authenticate", header);
    response.writeHead(401, { "content-length": "0" }).end();
  };
}
