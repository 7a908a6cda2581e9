import { z } from "zod";
import { guid, secret, text } from "./fields";

const oauthSources = ["oauth", "gmail-oauth", "exchange-hybrid-modern-auth"] as const;

const keyVault = z.strictObject({
  uri: text(2084),
  keyName: text(200),
  clientId: guid,
  clientSecret: secret.optional(),
});

/** Profile credentials: "Authenticate Using" on the form of an email server profile. */
export const credentialsSchema = z.discriminatedUnion("source", [
  z.strictObject({ source: z.literal("user-or-queue") }),
  z.strictObject({ source: z.literal("server-to-server") }),
  z.strictObject({ source: z.literal("windows-integrated") }),
  z.strictObject({ source: z.literal("anonymous") }),
  z.strictObject({ source: z.literal("email-server-profile"), username: text(250), password: secret }),
  ...oauthSources.map((source) =>
    z.strictObject({
      source: z.literal(source),
      clientId: guid,
      clientSecret: secret.optional(),
      tenantId: guid.optional(),
      certificate: secret.optional(),
      resourceId: text(1024).optional(),
      keyVault: keyVault.optional(),
    }),
  ),
]);
export type DeclaredCredentials = z.output<typeof credentialsSchema>;
export type CredentialSource = DeclaredCredentials["source"];

const username = text(200).optional();

/** Credentials of one mailbox. */
export const mailboxCredentialsSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("password"), username, password: secret }),
  z.strictObject({ type: z.literal("access-token"), username, accessToken: secret }),
  z.strictObject({ type: z.literal("client-secret"), username, tenantId: guid, clientId: guid, clientSecret: secret }),
  z.strictObject({
    type: z.literal("client-certificate"),
    username,
    tenantId: guid,
    clientId: guid,
    certificate: secret,
    privateKey: secret,
  }),
  z.strictObject({
    type: z.literal("refresh-token"),
    username,
    clientId: text(1024),
    clientSecret: secret.optional(),
    refreshToken: secret,
    tenantId: guid.optional(),
  }),
  z.strictObject({ type: z.literal("google-service-account"), username, key: secret }),
]);
export type DeclaredMailboxCredentials = z.output<typeof mailboxCredentialsSchema>;

/** Names of the properties that hold secrets, wherever they stand in credentials. */
export const secretProperties: readonly string[] = [
  "password",
  "accessToken",
  "clientSecret",
  "certificate",
  "privateKey",
  "refreshToken",
  "key",
];
