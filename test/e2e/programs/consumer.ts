/** A mailbox bound to a profile that another stack declares. */
import * as pulumi from "@pulumi/pulumi";
import { MailboxBinding, type EmailServerProfileFacts } from "pulumi-server-side-sync";

const config = new pulumi.Config("lab");
const passwords = config.requireSecretObject<Record<string, string>>("passwords");
const emailAddress = config.require("mailbox");
const source = new pulumi.StackReference(config.require("source"));

new MailboxBinding("elsewhere", {
  profile: source.requireOutput("facts") as pulumi.Output<EmailServerProfileFacts>,
  emailAddress,
  credentials: { type: "password", password: passwords.apply((all) => all[emailAddress] ?? "") },
});
