import type { Grant, TokenAnswer } from "./answers";

/** An application of AD FS, and what it may ask tokens for. */
export interface AdfsApplication {
  clientId: string;
  /** None for a public client, which signs users in. */
  secret?: string;
  /** Relying parties, as URLs: of Dynamics the organization's. */
  resources: readonly string[];
}
export interface AdfsOptions {
  applications: readonly AdfsApplication[];
  /** Password by user name. */
  users?: Readonly<Record<string, string>>;
}

const refuses = (error: string, description: string, status = 400): TokenAnswer => ({
  status,
  body: { error, error_description: description },
});

/** AD FS 2016 or later (`/adfs/oauth2/token`): client credentials, and a user's name and password. */
export function adfsGrant(form: URLSearchParams, { applications, users = {} }: AdfsOptions): Grant | TokenAnswer {
  const clientId = form.get("client_id") ?? "";
  const application = applications.find((candidate) => candidate.clientId === clientId);
  if (application === undefined)
    return refuses(
      "unauthorized_client",
      `MSIS9223: Received invalid OAuth request. The client '${clientId}' is unknown.`,
    );
  if (application.secret !== undefined && form.get("client_secret") !== application.secret)
    return refuses("invalid_client", "MSIS9607: The 'client_secret' parameter in the request is invalid.", 401);
  // A resource of its own, or in front of the scope as newer clients send it.
  const resource = form.get("resource") ?? (form.get("scope") ?? "").replace(/\/?(?:\.default|openid)$/, "");
  const known = application.resources.find((each) => each.replace(/\/$/, "") === resource.replace(/\/$/, ""));
  if (known === undefined)
    return refuses("invalid_resource", `MSIS9602: The received 'resource' parameter is invalid: '${resource}'.`);
  const scope = known;
  if (form.get("grant_type") === "client_credentials")
    return application.secret === undefined
      ? refuses("unauthorized_client", "MSIS9321: A public client has no credentials of its own.")
      : { clientId, scope };
  if (form.get("grant_type") !== "password")
    return refuses("unsupported_grant_type", "MSIS9611: The grant is unknown.");
  const user = form.get("username") ?? "";
  if (users[user] === undefined || users[user] !== form.get("password"))
    return refuses("invalid_grant", "MSIS9659: Invalid 'username' or 'password'.");
  return { clientId, scope, user };
}
