/** One profile and some mailboxes on the servers named by the config. */
import * as pulumi from "@pulumi/pulumi";
import { EmailServerProfile, MailboxBinding } from "pulumi-server-side-sync";

const config = new pulumi.Config("lab");
const passwords = config.requireSecretObject<Record<string, string>>("passwords");
const password = (address: string) => passwords.apply((all) => all[address] ?? "");
/** Address of the account with which the profile itself signs in; none: each mailbox has its own credentials. */
const account = config.get("account");

const profile = new EmailServerProfile("lab", {
  emailSystem: "other",
  description: config.get("description"),
  incoming: {
    serverLocation: config.require("host"),
    port: config.requireNumber("imapPort"),
    security: "tls",
    credentials:
      account === undefined
        ? undefined
        : { source: "email-server-profile", username: account, password: password(account) },
  },
  outgoing: { serverLocation: config.require("host"), port: config.requireNumber("smtpPort"), security: "starttls" },
  useSameSettingsForOutgoing: account !== undefined,
  caCertificates: { file: config.require("caFile") },
  acceptRisks: [{ rule: "untested-mail-system", reason: "real servers of the tests" }],
});

for (const emailAddress of config.requireObject<string[]>("mailboxes")) {
  new MailboxBinding(emailAddress, {
    profile,
    emailAddress,
    credentials: account === undefined ? { type: "password", password: password(emailAddress) } : undefined,
    test: { timeoutSeconds: 30 },
  });
}

export const facts = profile.facts;
