import { randomBytes } from "node:crypto";
import type { Grant } from "../oauth/answers";

/** The tokens of a token server, and whose they are: `make` is for that server, `userOf` for the organization. */
export class IssuedTokens {
  private readonly grants = new Map<string, Grant>();

  /** @param users of applications, by client id: each has an application user in the organization */
  constructor(private readonly users: Readonly<Record<string, string>> = {}) {}

  readonly make = (grant: Grant): string => {
    const token = randomBytes(24).toString("base64url");
    this.grants.set(token, grant);
    return token;
  };

  /** Undefined for a token that is not known, is for another resource, or of an application without a user. */
  readonly userOf = (token: string, resource: string): string | undefined => {
    const grant = this.grants.get(token);
    const wanted = resource.replace(/\/$/, "");
    if (grant?.scope.replace(/\/(?:\.default|user_impersonation)?$/, "") !== wanted) return undefined;
    return grant.user ?? this.users[grant.clientId];
  };

  /** As time does. */
  expireAll(): void {
    this.grants.clear();
  }
}
