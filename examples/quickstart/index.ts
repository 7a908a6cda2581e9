/**
 * One email server profile and the mailboxes bound to it. `npm start` runs this program against mail servers of its
 * own; the README says how to point it at yours. Everything it needs is in the stack's config.
 */
import * as pulumi from "@pulumi/pulumi";
import {
  EmailServerProfile,
  MailboxBinding,
  parseEmailSystem,
  type EmailServerProfileArgs,
  type MailboxBindingArgs,
} from "pulumi-server-side-sync";

const config = new pulumi.Config("quickstart");
const mailboxes = config.requireObject<string[]>("mailboxes");
const passwords = config.requireSecretObject<Record<string, string>>("passwords");
const caFile = config.get("caFile");

const common = {
  emailSystem: parseEmailSystem(config.get("emailSystem") ?? "other"),
  outgoing: { serverLocation: config.get("smtpHost"), port: config.getNumber("smtpPort"), security: "starttls" },
  caCertificates: caFile === undefined ? undefined : { file: caFile },
  acceptRisks:
    config.get("emailSystem") === undefined
      ? [{ rule: "untested-mail-system", reason: "Test & Enable proves that these servers work" }]
      : undefined,
} satisfies EmailServerProfileArgs;

const profile = new EmailServerProfile("mail", {
  ...common,
  incoming: { serverLocation: config.get("imapHost"), port: config.getNumber("imapPort"), security: "tls" },
});

const bind = (emailAddress: string, to: EmailServerProfile, more: Partial<MailboxBindingArgs> = {}) =>
  new MailboxBinding(emailAddress, {
    profile: to,
    emailAddress,
    credentials: { type: "password", password: passwords.apply((all) => all[emailAddress] ?? "") },
    ...more,
  });
const bindings = mailboxes.map((emailAddress) => ({ profile, binding: bind(emailAddress, profile) }));

// Mailboxes that are read over POP3 need a profile of their own: the protocol is the profile's.
const pop3Mailboxes = config.getObject<string[]>("pop3Mailboxes") ?? [];
if (pop3Mailboxes.length > 0) {
  const overPop3 = new EmailServerProfile("mail-over-pop3", {
    ...common,
    serverType: "pop3-smtp",
    incoming: { serverLocation: config.get("pop3Host"), port: config.getNumber("pop3Port"), security: "tls" },
  });
  for (const emailAddress of pop3Mailboxes) bindings.push({ profile: overPop3, binding: bind(emailAddress, overPop3) });
}

// Exchange synchronizes appointments, contacts, and tasks, too.
const exchangeMailboxes = config.getObject<string[]>("exchangeMailboxes") ?? [];
if (exchangeMailboxes.length > 0) {
  const exchange = new EmailServerProfile("exchange", {
    emailSystem: "exchange-server-2019",
    incoming: { serverLocation: config.get("exchangeUrl"), credentials: { source: "user-or-queue" } },
    caCertificates: common.caCertificates,
    acceptRisks: [{ rule: "exchange-server-end-of-support", reason: "moves to Subscription Edition next" }],
  });
  for (const emailAddress of exchangeMailboxes) {
    const binding = bind(emailAddress, exchange, { appointmentsContactsTasks: "server-side-sync" });
    bindings.push({ profile: exchange, binding });
  }
}

/** What Test & Enable found, mailbox by mailbox. */
export const report = bindings.map(({ profile: { name }, binding }) => ({
  mailbox: binding.emailAddress,
  profile: name,
  incomingEmail: binding.incomingEmailStatus,
  outgoingEmail: binding.outgoingEmailStatus,
  appointmentsContactsTasks: binding.appointmentsContactsTasksStatus,
  results: binding.results,
}));
