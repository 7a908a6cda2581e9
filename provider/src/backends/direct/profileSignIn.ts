import { ServerSideSyncError } from "../../errors";
import type { DeclaredCredentials } from "../../model/credentials";
import { isPlainObject } from "../../model/plain";
import { known } from "../../model/unknown";
import type { SignIn, TokenSignIn } from "../../testing/types";
import type { TokenRequest } from "../../transport/oauth/tokenRequest";
import type { BoundMailbox, ProfileAccount, SecretResolver } from "../backend";
import { appScope, cloudOf } from "./clouds";
import { credentialText, lineResolver } from "./credentialText";
import type { Direction } from "./endpoints";

type AppCredentials = Extract<DeclaredCredentials, { clientId: unknown }>;

/** How the profile's own account signs in; undefined where only a key in Azure Key Vault proves it. */
export function profileSignIn(
  mailbox: BoundMailbox,
  direction: Direction,
  host: string,
  resolve: SecretResolver,
): SignIn | TokenSignIn | undefined {
  // "Same settings" are followed here and not copied: a secret that moves to another path is stored in clear.
  const side = mailbox.profile.useSameSettingsForOutgoing ? "incoming" : direction;
  const { credentials } = mailbox.profile[side];
  const account = mailbox.profileCredentials?.[side] ?? referencedAccount(credentials);
  if (account === undefined) {
    if (hasKeyVault(credentials)) return undefined;
    throw missing(direction);
  }
  if ("password" in account) {
    const at = `profile.${side}.credentials`;
    const password = lineResolver(resolve)(account.password, `${at}.password`);
    return { type: "password", username: credentialText(account.username, `${at}.username`), password };
  }
  if (credentials === null || !("clientId" in credentials)) throw missing(direction);
  const secret = (name: "clientSecret" | "certificate") => {
    const stored = account[name] ?? undefined;
    const resolver = name === "certificate" ? resolve : lineResolver(resolve);
    return stored && resolver(stored, `profile.${side}.credentials.${name}`);
  };
  const proof = proofOf(secret("certificate"), secret("clientSecret"));
  if (proof === undefined) throw missing(direction);
  const request = { ...appOf(credentials, mailbox, direction, host), ...proof };
  return { type: "token-request", username: known(mailbox.emailAddress) ?? "", request };
}

type Proof =
  | Pick<Extract<TokenRequest, { type: "client-secret" }>, "type" | "clientSecret">
  | Pick<Extract<TokenRequest, { type: "client-certificate" }>, "type" | "certificate" | "privateKey">;

/** A certificate, which holds its private key, is stronger than a secret. */
function proofOf(certificate: string | undefined, clientSecret: string | undefined): Proof | undefined {
  if (certificate !== undefined) return { type: "client-certificate", certificate, privateKey: certificate };
  return clientSecret === undefined ? undefined : { type: "client-secret", clientSecret };
}

function appOf(credentials: AppCredentials, mailbox: BoundMailbox, direction: Direction, host: string) {
  const { profile, emailAddress } = mailbox;
  // Entra ID knows a tenant by its domains, too.
  const domain = (known(emailAddress) ?? "").split("@").at(-1) ?? "";
  return {
    authority: cloudOf(profile, host).authority,
    tenant: known(credentials.tenantId) ?? known(profile.exchangeOnlineTenantId) ?? domain,
    clientId: known(credentials.clientId) ?? "",
    scope: appScope(profile, host, profile[direction].protocol, known(credentials.resourceId)),
  };
}

/** Facts of another stack carry no secrets, but they do carry references to them. */
function referencedAccount(credentials: DeclaredCredentials | null): ProfileAccount | undefined {
  if (credentials === null) return undefined;
  if (credentials.source === "email-server-profile") {
    const { username, password } = credentials;
    return isReference(password) ? { username: known(username) ?? "", password } : undefined;
  }
  if (!("clientId" in credentials)) return undefined;
  const { clientSecret, certificate } = credentials;
  if (!isReference(clientSecret) && !isReference(certificate)) return undefined;
  return {
    clientSecret: isReference(clientSecret) ? clientSecret : null,
    certificate: isReference(certificate) ? certificate : null,
  };
}

function isReference(secret: unknown): secret is { env: string } | { config: string } {
  return isPlainObject(secret);
}

function hasKeyVault(credentials: DeclaredCredentials | null): boolean {
  return credentials !== null && "keyVault" in credentials && (credentials.keyVault?.uri ?? null) !== null;
}

function missing(direction: Direction): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "profile-credentials-missing",
    summary: `The profile's own account signs in for ${direction} email, but its password or secret did not reach this binding.`,
    remedy:
      "Bind to the EmailServerProfile itself, or declare the secret there as a reference ({ env } or { config }): facts from another stack carry no secrets.",
  });
}
