import { runMailboxTest } from "../../provider/src/testing/mailboxTest";
import type { Endpoint, MailboxTestRequest, SignIn, TestResult } from "../../provider/src/testing/types";
import { startFaultServer, type FaultServer, type Script } from "../servers/faultServer";
import { createAuthority, type Authority, type KeyPair } from "../servers/pki";

export const user = "sales@contoso.com";
export const password = "s3cret-Of-Faults";
export const saslPlain = Buffer.from(`\0${user}\0${password}`).toString("base64");
export const token: SignIn = { type: "access-token", username: user, accessToken: "an-access-token-of-the-test" };
const budgetSeconds = 2;
/** A deadline is behaviour: the budget plus 1 s. */
export const latestMs = budgetSeconds * 1000 + 1000;

export interface Trial extends Partial<MailboxTestRequest> {
  implicitTls?: boolean;
  certificate?: KeyPair;
  /** Certificates for those who name these hosts; all others are shown the one above. */
  names?: Readonly<Record<string, KeyPair>>;
  /** The server by this name. */
  host?: string;
  signIn?: SignIn;
}

/** Tests of one direction against fault servers, one server for each. Call it within a `describe`. */
export function faultLab() {
  let authority: Authority;
  let certificate: KeyPair;
  let server: FaultServer | undefined;
  beforeAll(async () => {
    authority = await createAuthority();
    certificate = await authority.issue();
  });
  afterEach(() => server?.stop());

  async function started(
    security: Endpoint["security"],
    script: Script,
    shown = certificate,
    implicitTls = security === "tls",
    names: Trial["names"] = {},
  ): Promise<Endpoint> {
    server = await startFaultServer(script, shown, implicitTls, names);
    const { port } = server;
    return { protocol: "pop3", host: "127.0.0.1", port, security, caCertificates: authority.certificate };
  }

  async function tried(
    protocol: Endpoint["protocol"],
    security: Endpoint["security"],
    script: Script,
    { implicitTls, certificate: shown, names, host = "127.0.0.1", signIn, ...request }: Trial = {},
  ): Promise<TestResult & { took: number }> {
    const endpoint: Endpoint = { ...(await started(security, script, shown, implicitTls, names)), protocol, host };
    const side = { endpoint, signIn: signIn ?? ({ type: "password", username: user, password } as const) };
    const start = performance.now();
    const results = await runMailboxTest({
      emailAddress: user,
      [protocol === "smtp" ? "outgoing" : "incoming"]: side,
      // One direction alone sends nothing around; its inbox is looked into all the same.
      roundTrip: true,
      timeoutSeconds: budgetSeconds,
      maxConcurrentTests: 4,
      ...request,
    });
    const took = performance.now() - start;
    const result = results.find(({ test }) => test === (protocol === "smtp" ? "outgoingEmail" : "incomingEmail"));
    if (result === undefined) throw new Error("no result");
    expect(JSON.stringify(results)).not.toContain(password);
    expect(JSON.stringify(results)).not.toContain(saslPlain);
    return { ...result, took };
  }

  return {
    tried,
    /** Starts a server alone. */
    started,
    authority: () => authority,
    server: () => {
      if (server === undefined) throw new Error("no server yet");
      return server;
    },
    stop: () => server?.stop(),
  };
}
