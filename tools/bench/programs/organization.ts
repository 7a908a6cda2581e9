/** So many mailboxes of one profile in the organization of the bench. */
import * as pulumi from "@pulumi/pulumi";
import { EmailServerProfile, MailboxBinding, Organization } from "pulumi-server-side-sync";

const config = new pulumi.Config("lab");
const organization = new Organization({
  backend: "dynamics365",
  url: config.require("url"),
  deployment: "on-premises",
  fips: false,
  caCertificates: { file: config.require("caFile") },
});
const profile = new EmailServerProfile("profile", {
  organization,
  emailSystem: "exchange-server-2019",
  incoming: {
    serverLocation: "https://mail.contoso.com/EWS/Exchange.asmx",
    credentials: {
      source: "email-server-profile",
      username: "crm@contoso.com",
      password: { env: "BENCH_PASSWORD", version: "1" },
    },
    useImpersonation: true,
  },
});
for (const [index, emailAddress] of config.requireObject<string[]>("addresses").entries())
  new MailboxBinding(`mailbox-${index}`, { profile, emailAddress });
