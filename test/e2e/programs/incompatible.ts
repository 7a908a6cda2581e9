/** Five bindings that three different rules refuse. */
import * as pulumi from "@pulumi/pulumi";
import { EmailServerProfile, MailboxBinding, Organization } from "pulumi-server-side-sync";

const config = new pulumi.Config("lab");
const credentials = { type: "password", password: { env: "NOT_NEEDED_IN_PREVIEW", version: "1" } } as const;
const organization = new Organization({ deployment: "on-premises" });

const imap = new EmailServerProfile("imap", {
  organization,
  emailSystem: "other",
  // Nothing but a rule may stop the update.
  testConnection: false,
  incoming: { serverLocation: config.require("host"), port: config.requireNumber("port") },
  outgoing: { serverLocation: config.require("host"), port: config.requireNumber("port") },
});
const online = new EmailServerProfile("online", {
  organization,
  emailSystem: "exchange-online",
  testConnection: false,
});

for (const name of ["calendar-one", "calendar-two"]) {
  new MailboxBinding(name, {
    profile: imap,
    emailAddress: `${name}@contoso.com`,
    credentials,
    appointmentsContactsTasks: "server-side-sync",
  });
}
for (const name of ["on-premises-one", "on-premises-two"]) {
  new MailboxBinding(name, { profile: online, emailAddress: `${name}@contoso.com`, hostedOn: "exchange-server" });
}
new MailboxBinding("outside", { profile: online, emailAddress: "outside@contoso.com", hostedOn: "external" });
