import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";
import {
  startDynamicsServer,
  type DynamicsServer,
  type DynamicsServerOptions,
} from "../../servers/dynamics/dynamicsServer";
import { createAuthority } from "../../servers/pki";

export const token = "token-of-the-tests";
export const caller = "CONTOSO\\pipeline";

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  json: Record<string, unknown> & { error?: { code: string; message: string }; value?: Record<string, unknown>[] };
}

/** Simulated organizations of one test file, and plain requests to them. */
export class Callers {
  private readonly servers: DynamicsServer[] = [];

  private made: Awaited<ReturnType<typeof madeCertificates>> | undefined;
  private agent = new Agent();

  /** Makes authority and certificate. */
  async begin(): Promise<void> {
    this.made = await madeCertificates();
    this.agent = new Agent({ ca: this.made.authority.certificate });
  }

  /** Who has issued the certificate of every server. */
  get authority() {
    return this.certificates.authority;
  }

  private get certificates() {
    if (this.made === undefined) throw new Error("the tests have not begun");
    return this.made;
  }

  async start(options: Partial<DynamicsServerOptions> = {}): Promise<DynamicsServer> {
    const server = await startDynamicsServer({
      certificate: this.certificates.certificate,
      tokens: { [token]: caller },
      ...options,
    });
    this.servers.push(server);
    return server;
  }

  /** @param path below the service root, encoded as a URL has it; or a whole URL */
  async ask(
    server: DynamicsServer,
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
    const type: Record<string, string> = text === undefined ? {} : { "content-type": "application/json" };
    const response = await this.exchange(new URL(path, server.apiUrl), method, text, { ...type, ...headers });
    let received = "";
    for await (const chunk of response.setEncoding("utf8")) received += String(chunk);
    const isJson = (response.headers["content-type"] ?? "").includes("json");
    const json = (isJson ? JSON.parse(received) : { text: received }) as Answer["json"];
    return { status: response.statusCode ?? 0, headers: response.headers, json };
  }

  private exchange(
    url: URL,
    method: string,
    body: string | undefined,
    headers: Readonly<Record<string, string>>,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const options = { method, agent: this.agent, headers: { authorization: `Bearer ${token}`, ...headers } };
      request(url, options, resolve).on("error", reject).end(body);
    });
  }

  async stopServers(): Promise<void> {
    await Promise.all(this.servers.splice(0).map((server) => server.stop()));
  }

  close(): void {
    this.agent.destroy();
  }
}

const exchangeUrl = "https://mail.contoso.com/EWS/Exchange.asmx";
export const exchangeProfile = {
  name: "Exchange",
  servertype: 0,
  incomingserverlocation: exchangeUrl,
  outgoingserverlocation: exchangeUrl,
};
export const internetProfile = {
  name: "POP3",
  servertype: 1,
  incomingserverlocation: "pop.contoso.com",
  outgoingserverlocation: "smtp.contoso.com",
};

async function madeCertificates() {
  const authority = await createAuthority();
  return { authority, certificate: await authority.issue() };
}

/** Simulated organizations for the tests of a block; what a test has started ends with it. */
export function callersOfTests(): Callers {
  const callers = new Callers();
  beforeAll(() => callers.begin());
  afterEach(() => callers.stopServers());
  afterAll(() => {
    callers.close();
  });
  return callers;
}
