import "reflect-metadata";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { NtlmAcceptor, type TokenChecking } from "./ntlmAcceptor";

export type Scheme = "Negotiate" | "NTLM" | "Basic" | "Bearer";

export interface AuthenticationOptions {
  /** Password by user name: an address, or `DOMAIN\user`. */
  users: Readonly<Record<string, string>>;
  /** User by access token. */
  tokens?: Readonly<Record<string, string>>;
  schemes?: readonly Scheme[];
  tokenChecking?: TokenChecking;
}
/** Headers of a 401. */
export interface Challenge {
  headers: string[];
  diagnostics?: Record<string, string>;
}

const invalidToken: Challenge = {
  headers: ['Bearer client_id="00000002-0000-0ff1-ce00-000000000000", error="invalid_token"'],
  diagnostics: {
    "x-ms-diagnostics": '2000003;reason="The audience claim value is invalid.";error_category="invalid_resource"',
  },
};

/** Signs requests in as IIS does: Basic and Bearer each request, NTLM each connection. */
export class Authentication {
  private readonly acceptors = new WeakMap<Socket, NtlmAcceptor>();
  private readonly signedIn = new WeakMap<Socket, string>();
  /** Why NTLM was refused last. */
  refusal = "";

  constructor(
    private readonly options: AuthenticationOptions,
    private readonly certificate: string | undefined,
  ) {}

  /** The user's name, or what a 401 asks for. */
  userOf({ socket, headers }: IncomingMessage): string | Challenge {
    const schemes = this.options.schemes ?? ["Negotiate", "NTLM", "Basic"];
    const [scheme = "", value = ""] = (headers.authorization ?? "").split(" ");
    const known = this.signedIn.get(socket);
    if (known !== undefined && scheme === "") return known;
    const offer = { headers: schemes.map((name) => (name === "Basic" ? 'Basic realm="127.0.0.1"' : name)) };
    if (!schemes.some((name) => name.toLowerCase() === scheme.toLowerCase())) return offer;
    if (/^basic$/i.test(scheme)) return this.basic(value) ?? offer;
    if (/^bearer$/i.test(scheme)) return this.options.tokens?.[value] ?? invalidToken;
    return this.ntlm(socket, scheme, Buffer.from(value, "base64")) ?? offer;
  }

  private basic(value: string): string | undefined {
    const [, user = "", password = ""] = /^([^:]*):(.*)$/.exec(Buffer.from(value, "base64").toString("utf8")) ?? [];
    return this.options.users[user] === password ? user : undefined;
  }

  private ntlm(socket: Socket, scheme: string, message: Buffer): string | Challenge | undefined {
    const { users, tokenChecking = "allow" } = this.options;
    const passwordOf = (user: string, domain: string) => users[domain === "" ? user : `${domain}\\${user}`];
    const acceptor = this.acceptors.get(socket) ?? new NtlmAcceptor(passwordOf, this.certificate, tokenChecking);
    this.acceptors.set(socket, acceptor);
    const outcome = acceptor.accept(message);
    if ("challenge" in outcome) return { headers: [`${scheme} ${outcome.challenge.toString("base64")}`] };
    if ("refused" in outcome) {
      this.refusal = outcome.refused;
      this.acceptors.delete(socket);
      return undefined;
    }
    this.signedIn.set(socket, outcome.user);
    return outcome.user;
  }
}
