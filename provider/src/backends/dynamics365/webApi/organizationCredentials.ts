import { ServerSideSyncError } from "../../../errors";
import { suggestion } from "../../../model/suggest";
import type { OrganizationCredentials } from "./types";

export const signInMethods = ["windows", "adfs", "entra-secret", "entra-certificate", "access-token"] as const;
type Method = (typeof signInMethods)[number];

/** Reads a stack config key, `namespace:name`. */
export type ConfigReader = (key: string) => string | undefined;

/** The environment variable that stands for a config key: `server-side-sync:clientSecret` is SERVER_SIDE_SYNC_CLIENT_SECRET. */
export function environmentName(namespace: string, key: string): string {
  const words = key.replace(/([a-z])([A-Z])/g, "$1_$2");
  return `${namespace}_${words}`.replace(/[^A-Za-z0-9]/g, "_").toUpperCase();
}

/**
 * How to sign in to the organization. The environment wins over stack config: it is never stale on refresh and destroy,
 * which use the config of the last update.
 *
 * @throws ServerSideSyncError `organization-credentials-missing`, which names what to set, or `organization-credentials-invalid`
 */
export function organizationCredentials(
  config: ConfigReader,
  environment: Readonly<Record<string, string | undefined>>,
  namespace: string,
): OrganizationCredentials {
  const optional = (key: string) =>
    nonEmpty(environment[environmentName(namespace, key)]) ?? nonEmpty(config(`${namespace}:${key}`));
  const auth = methodOf(optional("auth"), namespace);
  const line = (key: string) => {
    const value = optional(key);
    if (value !== undefined && /[\r\n\0]/.test(value)) throw controlCharacter(namespace, key);
    return value;
  };
  const required = (key: string, read = line) => read(key) ?? missing(namespace, key, auth);
  switch (auth) {
    case "windows":
      return { auth, username: required("username"), password: required("password") };
    case "adfs":
      return adfs(namespace, line, required);
    case "entra-secret":
      return { auth, ...app(), clientSecret: required("clientSecret") };
    case "entra-certificate":
      return { auth, ...app(), certificate: required("certificate", optional) };
    case "access-token":
      return { auth, accessToken: required("accessToken") };
  }

  function app() {
    const authority = hostOf(line("authority"), namespace);
    return { tenantId: required("tenantId"), clientId: required("clientId"), authority };
  }
}

/** As a user with a password, or as the client itself with a secret. */
function adfs(
  namespace: string,
  optional: (key: string) => string | undefined,
  required: (key: string) => string,
): OrganizationCredentials {
  const authority = adfsUrl(required("authority"), namespace);
  const [clientId, clientSecret] = [required("clientId"), optional("clientSecret")];
  const isUser = clientSecret === undefined || optional("username") !== undefined || optional("password") !== undefined;
  const account = isUser ? { username: required("username"), password: required("password") } : undefined;
  return { auth: "adfs", authority, clientId, clientSecret, account };
}

function methodOf(auth: string | undefined, namespace: string): Method {
  if (auth === undefined)
    throw new ServerSideSyncError({
      code: "organization-credentials-missing",
      summary: `Nothing says how to sign in to the organization: neither ${environmentName(namespace, "auth")} nor the config key ${namespace}:auth is set.`,
      remedy: `Set one of them to ${signInMethods.join(", ")}, for example with: pulumi config set ${namespace}:auth windows.`,
    });
  const method = signInMethods.find((known) => known === auth);
  if (method !== undefined) return method;
  throw new ServerSideSyncError({
    code: "organization-credentials-invalid",
    summary: `${environmentName(namespace, "auth")} or ${namespace}:auth names no known way to sign in.${suggestion(auth, signInMethods)}`,
    remedy: `Use one of ${signInMethods.join(", ")}.`,
  });
}

const plainKeys = ["username", "clientId", "tenantId", "authority"];

function missing(namespace: string, key: string, auth: Method): never {
  const flag = plainKeys.includes(key) ? "" : "--secret ";
  throw new ServerSideSyncError({
    code: "organization-credentials-missing",
    summary: `Sign-in to the organization by "${auth}" needs ${key}, but neither ${environmentName(namespace, key)} nor the config key ${namespace}:${key} is set.`,
    remedy: `Set the environment variable for this run, or: pulumi config set ${flag}${namespace}:${key}. Refresh and destroy use the config of the last up unless --run-program is given.`,
  });
}

/** A host, or any URL of it. */
function hostOf(authority: string | undefined, namespace: string): string | undefined {
  if (authority === undefined) return undefined;
  const url = authority.includes("://") ? authority : `https://${authority}`;
  if (URL.canParse(url) && new URL(url).protocol === "https:") return new URL(url).host;
  throw notAnAuthority(namespace, "login.microsoftonline.com");
}

function adfsUrl(authority: string, namespace: string): string {
  const url = URL.canParse(authority) ? new URL(authority) : undefined;
  if (url?.protocol !== "https:" || url.username !== "" || url.password !== "")
    throw notAnAuthority(namespace, "https://adfs.contoso.com/adfs");
  return `${url.origin}${url.pathname.replace(/(\/oauth2(\/(token|authorize))?)?\/*$/i, "") || "/adfs"}`;
}

function notAnAuthority(namespace: string, example: string): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "organization-credentials-invalid",
    summary: `${environmentName(namespace, "authority")} or ${namespace}:authority is no address of a server that gives tokens over https.`,
    remedy: `Set it to an address like ${example}.`,
  });
}

function controlCharacter(namespace: string, key: string): ServerSideSyncError {
  return new ServerSideSyncError({
    code: "organization-credentials-invalid",
    summary: `${environmentName(namespace, key)} or ${namespace}:${key} contains a line break or another control character.`,
    remedy: "Set it without; a file that is read into it often ends in a line break.",
  });
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}
