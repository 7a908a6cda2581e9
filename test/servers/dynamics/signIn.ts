import type { IncomingMessage } from "node:http";
import { Authentication, type Challenge, type Scheme } from "../ews/authentication";

export interface SignInOptions {
  /** Password by `DOMAIN\user`: who signs in with Windows, with the channel binding of the server's certificate. */
  windowsUsers?: Readonly<Record<string, string>>;
  /** User by access token. */
  tokens?: Readonly<Record<string, string>>;
  /** Whose the token is, if it is for this URL; for tokens that a token server makes as it goes. */
  userOfToken?: (token: string, organizationUrl: string) => string | undefined;
  /** What a 401 names as the place to get a token; default Entra ID's, and that of AD FS on-premises. */
  authority?: string;
}

/** Signs in as IIS does for an on-premises organization, and as the online service does with tokens. */
export class SignIn {
  private readonly windows: Authentication | undefined;

  constructor(
    private readonly options: SignInOptions,
    certificate: string,
    private readonly resource: () => string,
  ) {
    const { windowsUsers: users } = options;
    const schemes: Scheme[] = ["Negotiate", "NTLM"];
    if (users !== undefined)
      this.windows = new Authentication({ users, schemes, tokenChecking: "require" }, certificate);
  }

  /** Why NTLM was refused last. */
  get refusal(): string {
    return this.windows?.refusal ?? "";
  }

  /** The user's name, or what a 401 asks for. */
  userOf(request: IncomingMessage): string | Challenge {
    const token = /^bearer (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const { tokens, userOfToken } = this.options;
    const takesTokens = tokens !== undefined || userOfToken !== undefined;
    if (takesTokens && token !== undefined) {
      const user = tokens?.[token] ?? userOfToken?.(token, this.resource());
      return user ?? { headers: [`${this.bearer()}, error="invalid_token"`] };
    }
    const windows = this.windows?.userOf(request);
    if (typeof windows === "string") return windows;
    return { headers: [...(takesTokens ? [this.bearer()] : []), ...(windows?.headers ?? [])] };
  }

  private bearer(): string {
    const { authority = "https://login.microsoftonline.com/common/oauth2/authorize" } = this.options;
    return `Bearer authorization_uri="${authority}", resource_id="${this.resource()}"`;
  }
}
