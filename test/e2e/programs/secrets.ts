/** Hosts, users and addresses that the program keeps secret; with `bad`, rules find fault with each of them. */
import * as pulumi from "@pulumi/pulumi";
import { EmailServerProfile, MailboxBinding, Organization } from "pulumi-server-side-sync";

const config = new pulumi.Config("lab");
const hidden = config.requireSecretObject<Record<string, string>>("passwords");
const secret = (name: string) => hidden.apply((all) => all[name] ?? "");
const bad = config.requireBoolean("bad");

const organization = new Organization({ allowedEmailDomains: bad ? ["contoso.com"] : undefined });
const acceptRisks = [{ rule: "exchange-server-se-not-listed", reason: "as good as 2019" }] as const;
const exchange = new EmailServerProfile("exchange", {
  organization,
  emailSystem: "exchange-server-se",
  incoming: { serverLocation: secret("url"), credentials: { source: "user-or-queue" } },
  testConnection: !bad,
  acceptRisks: [...acceptRisks],
});
const bind = (name: string) =>
  new MailboxBinding(name, {
    profile: exchange,
    emailAddress: secret("address"),
    credentials: { type: "password", username: secret("user"), password: secret("password") },
    test: { timeoutSeconds: 5 },
  });
bind("sales");
if (bad) {
  bind("twice");
  new EmailServerProfile("gmail", {
    organization,
    emailSystem: "gmail",
    incoming: { serverLocation: secret("host") },
  });
  new EmailServerProfile("windows", {
    organization: new Organization({ backend: "dynamics365", url: "https://crm.contoso.com/contoso" }),
    emailSystem: "exchange-server-se",
    incoming: {
      serverLocation: "https://mail.contoso.com/EWS/Exchange.asmx",
      credentials: { source: "email-server-profile", username: secret("user"), password: secret("password") },
    },
    acceptRisks: [...acceptRisks],
  });
}
