import type { Endpoint, SignIn } from "../../../provider/src/testing/types";
import { startFaultServer, type Script } from "../../servers/faultServer";
import type { Authority, CertificateOptions, KeyPair } from "../../servers/pki";

export type Protocol = Endpoint["protocol"];

export const user = "sales@contoso.com";
export const password: SignIn = { type: "password", username: user, password: "s3cret-Of-Faults" };
export const token: SignIn = { type: "access-token", username: user, accessToken: "an-access-token-Of-Faults" };

/** What a user reads of a fault. */
export interface Failure {
  code: string | RegExp;
  transient: boolean;
  /** What the remedy must name. */
  remedy: string;
  /** The server's own words, or the system's in their absence; the message quotes them. */
  says?: string;
}

/** Keys and certificates that the situations share: made once. */
export interface Pki {
  /** Trusted by the test. */
  authority: Authority;
  certificate: KeyPair;
  /** Not trusted by it. */
  stranger: Authority;
  issue: (options: CertificateOptions) => Promise<KeyPair>;
}

/** Who is at the other end. */
export interface Opponent {
  host: string;
  port: number;
  received: () => string;
  connections: () => number;
  stop: () => Promise<void>;
}
export type Start = (pki: Pki, security: Endpoint["security"]) => Promise<Opponent>;

/** One row of the matrix. */
export interface Situation {
  name: string;
  protocol: Protocol;
  /** Default `tls`. */
  security?: Endpoint["security"];
  signIn?: SignIn;
  start: Start;
  comesOut: Failure | "Success";
  /** Only whether it could be sent is asked, as for a queue. */
  accessCheckOnly?: boolean;
  /** Nothing of a sign-in may have reached the server. */
  beforeSignIn?: boolean;
  /** Short where nothing but its end ends the test. Default 10. */
  budgetSeconds?: number;
  /** How often the server may be called; default: what fits into the budget. */
  connections?: number;
}

/** A server that follows a script; fresh for each situation, because scripts remember where they are. */
export const speaking =
  (
    script: () => Script,
    options: {
      certificate?: (pki: Pki) => KeyPair | Promise<KeyPair>;
      implicitTls?: boolean;
    } = {},
  ): Start =>
  async (pki, security) => {
    const certificate = (await options.certificate?.(pki)) ?? pki.certificate;
    const server = await startFaultServer(script(), certificate, options.implicitTls ?? security === "tls");
    return {
      host: "127.0.0.1",
      port: server.port,
      received: () => server.received,
      connections: () => server.connections,
      stop: () => server.stop(),
    };
  };

/** Somewhere that needs no server of ours. */
export const nowhere =
  (host: string, port: number): Start =>
  () =>
    Promise.resolve({
      host,
      port,
      received: () => "",
      connections: () => 0,
      stop: () => Promise.resolve(),
    });

/** Every form in which the secret of a sign-in may travel. */
export function secretForms(signIn: SignIn): string[] {
  if (signIn.type === "anonymous") return [];
  const secret = signIn.type === "password" ? signIn.password : signIn.accessToken;
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return [
    secret,
    base64(secret),
    base64(`\0${signIn.username}\0${secret}`),
    base64(`user=${signIn.username}\u0001auth=Bearer ${secret}\u0001\u0001`),
    base64(`n,a=${signIn.username},\u0001auth=Bearer ${secret}\u0001\u0001`),
  ];
}
