import { ServerSideSyncError } from "../../errors";
import type { DeclaredMailboxCredentials } from "../../model/credentials";
import { known } from "../../model/unknown";
import type { ExchangeOptions, SignIn, TokenSignIn } from "../../testing/types";
import type { TokenRequest } from "../../transport/oauth/tokenRequest";
import type { BoundMailbox, SecretResolver } from "../backend";
import { appScope, cloudOf, isMicrosofts, userScope, userTenant } from "./clouds";
import { credentialText, lineResolver } from "./credentialText";
import type { Direction } from "./endpoints";
import { profileSignIn } from "./profileSignIn";

/** Why a direction stays "Not Run" although its method is server-side synchronization. */
export interface NotTestable {
  code: string;
  message: string;
  remedy: string;
}

/** With which credentials a direction signs in at `host`, or why the direct back end cannot. */
export function signInOf(
  mailbox: BoundMailbox,
  direction: Direction,
  host: string,
  resolve: SecretResolver,
): SignIn | TokenSignIn | NotTestable {
  // Where the profile does not say who signs in, each mailbox does.
  const source = mailbox.profile[direction].credentials?.source ?? "user-or-queue";
  switch (source) {
    case "user-or-queue":
      return ofMailbox(mailbox, direction, host, resolve);
    case "anonymous":
      return { type: "anonymous" };
    case "email-server-profile":
    case "oauth":
    case "exchange-hybrid-modern-auth":
      return (
        profileSignIn(mailbox, direction, host, resolve) ?? notTestable(`"${source}" and a key in Azure Key Vault`)
      );
    case "server-to-server":
    case "windows-integrated":
    case "gmail-oauth":
      return notTestable(`"${source}"`);
  }
}

function notTestable(how: string): NotTestable {
  return {
    code: "not-testable-directly",
    message: `The direct back end cannot sign in as Dynamics does with ${how}.`,
    remedy: 'Use backend: "dynamics365", whose Test & Enable runs inside Dynamics.',
  };
}

export function isNotTestable(signIn: SignIn | TokenSignIn | NotTestable): signIn is NotTestable {
  return !("type" in signIn);
}

/** An app has no mailbox of its own: over EWS its token is good only for impersonation. */
export function mustImpersonate<T extends Pick<ExchangeOptions, "impersonate">>(
  signIn: SignIn | TokenSignIn,
  exchange: T,
): T {
  const app =
    signIn.type === "token-request" &&
    (signIn.request.type === "client-secret" || signIn.request.type === "client-certificate");
  return app ? { ...exchange, impersonate: true } : exchange;
}

function ofMailbox(
  { credentials, emailAddress, profile }: BoundMailbox,
  direction: Direction,
  host: string,
  resolve: SecretResolver,
): SignIn | TokenSignIn {
  if (credentials === null) {
    throw new ServerSideSyncError({
      code: "credentials-missing",
      summary: "The profile signs in with each mailbox's own credentials, and this binding has none.",
      remedy: "Set credentials on the binding, or let the profile sign in with an account of its own.",
    });
  }
  const username = credentialText(known(credentials.username) ?? known(emailAddress) ?? "", "credentials.username");
  const line = lineResolver(resolve);
  if (credentials.type === "password") {
    return { type: "password", username, password: line(credentials.password, "credentials.password") };
  }
  if (credentials.type === "access-token") {
    return { type: "access-token", username, accessToken: line(credentials.accessToken, "credentials.accessToken") };
  }
  const request = requestOf(credentials, { profile, username, host, direction }, (name, secret) =>
    (manyLines.includes(name) ? resolve : line)(secret, `credentials.${name}`),
  );
  return { type: "token-request", username, request };
}

/** Secrets in PEM or JSON. */
const manyLines = ["certificate", "privateKey", "key"];

type TokenCredentials = Exclude<DeclaredMailboxCredentials, { type: "password" | "access-token" }>;
type Stored = Parameters<SecretResolver>[0];

function requestOf(
  credentials: TokenCredentials,
  {
    profile,
    username,
    host,
    direction,
  }: Pick<BoundMailbox, "profile"> & Record<"username" | "host", string> & { direction: Direction },
  secret: (name: string, stored: Stored) => string,
): TokenRequest {
  const { protocol } = profile[direction];
  if (credentials.type === "google-service-account")
    return { type: credentials.type, key: secret("key", credentials.key), subject: username };
  const { authority } = cloudOf(profile, host);
  const clientId = known(credentials.clientId) ?? "";
  const tenant = known(credentials.tenantId);
  if (credentials.type === "refresh-token") {
    const proof = {
      clientId,
      clientSecret: credentials.clientSecret && secret("clientSecret", credentials.clientSecret),
      refreshToken: secret("refreshToken", credentials.refreshToken),
    };
    if (tenant === undefined && !isMicrosofts(profile)) return { type: "google-refresh-token", ...proof };
    const scope = userScope(profile, host, protocol);
    return { type: "microsoft-refresh-token", authority, tenant: tenant ?? userTenant(profile), scope, ...proof };
  }
  const app = { authority, tenant: tenant ?? "", clientId, scope: appScope(profile, host, protocol) };
  if (credentials.type === "client-secret")
    return { type: credentials.type, ...app, clientSecret: secret("clientSecret", credentials.clientSecret) };
  return {
    type: credentials.type,
    ...app,
    certificate: secret("certificate", credentials.certificate),
    privateKey: secret("privateKey", credentials.privateKey),
  };
}
