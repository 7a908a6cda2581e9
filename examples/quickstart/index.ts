/**
 * One email server profile and the mailboxes bound to it. `npm start` runs this program against mail servers of its
 * own; the README says how to point it at yours. Everything it needs is in the stack's config.
 */
import * as pulumi from "@pulumi/pulumi";
import { EmailServerProfile, MailboxBinding, parseEmailSystem } from "pulumi-server-side-sync";

const config = new pulumi.Config("quickstart");
const mailboxes = config.requireObject<string[]>("mailboxes");
const passwords = config.requireSecretObject<Record<string, string>>("passwords");
const caFile = config.get("caFile");

const profile = new EmailServerProfile("mail", {
  emailSystem: parseEmailSystem(config.get("emailSystem") ?? "other"),
  incoming: { serverLocation: config.get("imapHost"), port: config.getNumber("imapPort"), security: "tls" },
  outgoing: { serverLocation: config.get("smtpHost"), port: config.getNumber("smtpPort"), security: "starttls" },
  caCertificates: caFile === undefined ? undefined : { file: caFile },
  acceptRisks:
    config.get("emailSystem") === undefined
      ? [{ rule: "untested-mail-system", reason: "Test & Enable proves that these servers work" }]
      : undefined,
});

const bindings = mailboxes.map(
  (emailAddress) =>
    new MailboxBinding(emailAddress, {
      profile,
      emailAddress,
      credentials: { type: "password", password: passwords.apply((all) => all[emailAddress] ?? "") },
    }),
);

/** What Test & Enable found, mailbox by mailbox. */
export const report = bindings.map((binding) => ({
  mailbox: binding.emailAddress,
  profile: profile.name,
  incomingEmail: binding.incomingEmailStatus,
  outgoingEmail: binding.outgoingEmailStatus,
  results: binding.results,
}));
