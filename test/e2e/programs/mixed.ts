/** 40 good and 12 bad resources: good means that nothing is to be said of them. */
import * as pulumi from "@pulumi/pulumi";
import { EmailServerProfile, MailboxBinding, Organization } from "pulumi-server-side-sync";

const organization = new Organization({
  deployment: "on-premises",
  fips: false,
  allowedEmailDomains: ["contoso.com"],
  acceptRisks: [
    { rule: "untested-mail-system", reason: "our own servers" },
    { rule: "gmail-app-password", reason: "app passwords only" },
    { rule: "ssl-required", reason: "an old server, gone since" },
  ],
});
const fips = new Organization({ deployment: "on-premises", fips: true, configNamespace: "fips" });
const password = { type: "password", password: { env: "NOT_NEEDED_IN_PREVIEW", version: "1" } } as const;
const token = { type: "access-token", accessToken: { env: "NOT_NEEDED_IN_PREVIEW", version: "1" } } as const;

// Four good profiles.
const lab = new EmailServerProfile("lab", {
  organization,
  emailSystem: "other",
  incoming: { serverLocation: pulumi.output("imap.contoso.com") },
  outgoing: { serverLocation: "smtp.contoso.com", port: 587 },
});
const gmail = new EmailServerProfile("gmail", { organization, emailSystem: "gmail" });
const yahoo = new EmailServerProfile("yahoo", { organization, emailSystem: "yahoo-mail" });
const outlook = new EmailServerProfile("outlook", { organization, emailSystem: "outlook.com" });

// Thirty-six good bindings.
for (const [prefix, profile, credentials] of [
  ["lab", lab, password],
  ["gmail", gmail, password],
  ["yahoo", yahoo, token],
  ["outlook", outlook, token],
] as const) {
  for (let number = 1; number <= 9; number++) {
    const name = `${prefix}-${number}`;
    new MailboxBinding(name, { profile, emailAddress: `${name}@contoso.com`, credentials });
  }
}

// Four bad profiles.
new EmailServerProfile("bad-2007", {
  organization,
  emailSystem: "exchange-server-2007",
  autodiscover: true,
  incoming: { credentials: { source: "user-or-queue" } },
});
new EmailServerProfile("bad-fips", { organization: fips, emailSystem: "msn" });
new EmailServerProfile("bad-mixed", {
  organization,
  emailSystem: "exchange-server-se",
  incoming: { serverLocation: "https://mail.contoso.com/EWS/Exchange.asmx", credentials: { source: "user-or-queue" } },
  outgoing: { protocol: "smtp", serverLocation: "smtp.contoso.com" },
  acceptRisks: [{ rule: "exchange-server-se-not-listed", reason: "as good as 2019" }],
});
new EmailServerProfile("bad-anonymous", {
  organization,
  emailSystem: "gmail",
  incoming: { credentials: { source: "anonymous" } },
});

// Eight bad bindings.
const bind = (name: string, args: Partial<ConstructorParameters<typeof MailboxBinding>[1]>) =>
  new MailboxBinding(name, { profile: lab, emailAddress: `${name}@contoso.com`, credentials: password, ...args });
bind("bad-calendar", { appointmentsContactsTasks: "server-side-sync" });
bind("bad-tracking", { manualTrackingInOutlook: true });
bind("bad-queue", { regarding: { queue: "Support" }, incomingEmail: "outlook" });
bind("bad-forward", { regarding: { forwardMailbox: "All" }, outgoingEmail: "server-side-sync" });
bind("bad-delete", { deleteEmailsAfterProcessing: true });
bind("bad-domain", { emailAddress: "sales@fabrikam.com" });
bind("bad-twice", { emailAddress: "Bad-Credentials@contoso.com" });
bind("bad-credentials", { credentials: undefined });
