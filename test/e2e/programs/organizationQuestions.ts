/** What a program may ask an organization, and a profile of it that is managed elsewhere. */
import * as pulumi from "@pulumi/pulumi";
import {
  EmailServerProfile,
  getEmailServerProfileOutput,
  getMailboxesOutput,
  getOrganizationOutput,
  MailboxBinding,
  Organization,
} from "pulumi-server-side-sync";

const config = new pulumi.Config("lab");
const organization = new Organization({
  backend: "dynamics365",
  url: config.require("url"),
  deployment: "on-premises",
  fips: false,
  caCertificates: { file: config.require("caFile") },
});

const { id } = getEmailServerProfileOutput({ organization, name: "Existing" });
const existing = EmailServerProfile.get("existing", id, { organization, emailSystem: "exchange-server-2019" });
new MailboxBinding("dave", {
  profile: existing,
  emailAddress: "dave@contoso.com",
  credentials: { type: "password", password: { env: "MAILBOX_PASSWORD", version: "1" } },
  test: { timeoutSeconds: 60 },
});

export const version = getOrganizationOutput({ organization }).version;
export const serverLocation = existing.incoming.apply(({ serverLocation: location }) => location);
export const earlier = getMailboxesOutput({ organization, profile: { name: "Earlier" } }).apply((mailboxes) =>
  mailboxes.map(({ emailAddress }) => emailAddress),
);
