/**
 * Email server profiles and the mailboxes bound to them. `npm start` runs this program against mail servers of its own;
 * the README says how to point it at yours. Everything it needs is in the stack's config.
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
const passwords = config.requireSecretObject<Record<string, string>>("passwords");
const caFile = config.get("caFile");
const caCertificates = caFile === undefined ? undefined : { file: caFile };
const emailSystem = config.get("emailSystem");

/** Binds each mailbox that the config lists under `key` to one profile; nothing where it lists none. */
function bindAll(
  key: string,
  name: string,
  profileArgs: EmailServerProfileArgs,
  bindingArgs: Partial<MailboxBindingArgs> = {},
): { profile: string; binding: MailboxBinding }[] {
  const mailboxes = config.getObject<string[]>(key) ?? [];
  if (mailboxes.length === 0) return [];
  const profile = new EmailServerProfile(name, { ...profileArgs, caCertificates });
  return mailboxes.map((emailAddress) => ({
    profile: name,
    binding: new MailboxBinding(emailAddress, {
      profile,
      emailAddress,
      credentials: { type: "password", password: passwords.apply((all) => all[emailAddress] ?? "") },
      ...bindingArgs,
    }),
  }));
}

const internet = {
  emailSystem: parseEmailSystem(emailSystem ?? "other"),
  outgoing: { serverLocation: config.get("smtpHost"), port: config.getNumber("smtpPort"), security: "starttls" },
  acceptRisks:
    emailSystem === undefined
      ? [{ rule: "untested-mail-system", reason: "Test & Enable proves that these servers work" }]
      : undefined,
} satisfies EmailServerProfileArgs;

const bindings = [
  ...bindAll("mailboxes", "mail", {
    ...internet,
    incoming: { serverLocation: config.get("imapHost"), port: config.getNumber("imapPort"), security: "tls" },
  }),
  // Mailboxes that are read over POP3 need a profile of their own: the protocol is the profile's.
  ...bindAll("pop3Mailboxes", "mail-over-pop3", {
    ...internet,
    serverType: "pop3-smtp",
    incoming: { serverLocation: config.get("pop3Host"), port: config.getNumber("pop3Port"), security: "tls" },
  }),
  // Exchange synchronizes appointments, contacts, and tasks, too.
  ...bindAll(
    "exchangeMailboxes",
    "exchange",
    {
      emailSystem: parseEmailSystem(config.get("exchangeSystem") ?? "exchange-server-2019"),
      incoming: { serverLocation: config.get("exchangeUrl"), credentials: { source: "user-or-queue" } },
    },
    { appointmentsContactsTasks: "server-side-sync" },
  ),
];

/** What Test & Enable found, mailbox by mailbox. */
export const report = bindings.map(({ profile, binding }) => ({
  mailbox: binding.emailAddress,
  profile,
  incomingEmail: binding.incomingEmailStatus,
  outgoingEmail: binding.outgoingEmailStatus,
  appointmentsContactsTasks: binding.appointmentsContactsTasksStatus,
  results: binding.results,
}));
